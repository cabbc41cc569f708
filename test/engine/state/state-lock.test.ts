import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StateFolder } from '#engine/state/state-folder.ts'

let folder: string
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-lock-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await fs.rm(folder, { recursive: true })
})

const busy = { code: 'busy' }

/** Another process that holds the lock until it is killed. */
async function holder(): Promise<ChildProcess> {
  const stateFolder = new URL('../../../electron/engine/state/state-folder.ts', import.meta.url).href
  const script = `
    const { StateFolder } = await import(${JSON.stringify(stateFolder)})
    await new StateFolder(process.argv[1]).lock()
    console.log('held')
    process.stdin.resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  await new Promise<void>((held, failed) => {
    child.stdout?.once('data', () => held())
    child.once('exit', (code) => failed(new Error(`the holder ended with ${code}`)))
  })
  return child
}

it('R24: is held by one run at a time, whichever way the folder is written', async () => {
  const lock = await new StateFolder(folder).lock()
  await expect(new StateFolder(folder).lock()).rejects.toMatchObject(busy)
  await fs.symlink(folder, `${folder}-link`)
  try {
    await expect(new StateFolder(`${folder}-link`).lock()).rejects.toMatchObject(busy)
  } finally {
    await fs.rm(`${folder}-link`)
  }
  await lock[Symbol.asyncDispose]()
  const again = await new StateFolder(folder).lock()
  await again[Symbol.asyncDispose]()
})

it('leaves other folders free, and makes its own', async () => {
  await using _lock = await new StateFolder(folder).lock()
  await using _other = await new StateFolder(join(folder, 'inside', 'another')).lock()
  expect((await fs.stat(join(folder, 'inside', 'another'))).isDirectory()).toBe(true)
})

it('of another process is respected while that lives, and dies with it however it ends', async () => {
  const child = await holder()
  await expect(new StateFolder(folder).lock()).rejects.toMatchObject(busy)
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await ended
  const lock = await new StateFolder(folder).lock()
  await lock[Symbol.asyncDispose]()
})

it('one of many that come at once gets it', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => new StateFolder(folder).lock()))
  const won = tries.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  expect(won).toHaveLength(1)
  await won[0]?.[Symbol.asyncDispose]()
})
