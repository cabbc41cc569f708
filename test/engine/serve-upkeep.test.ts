import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createEngineHandlers } from '#engine/index.ts'
import { freezeRetention } from '#engine/retention/freeze.ts'
import { StateFolder } from '#engine/state/state-folder.ts'

const KEEP = { daily: 7, weekly: 4, monthly: 12 }
const SECRET = { kind: 'key', key: '0123456789abcdef'.repeat(4) } as const
const NOTHING = () => undefined
const EMIT = { backupProgress: NOTHING, restoreProgress: NOTHING, turnOffProgress: NOTHING, openBrowser: NOTHING }

/** A backup in a folder, with one run behind it, and the engine as the main process talks to it. */
async function newBackup() {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-upkeep-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [stateFolder, place, chats] = ['state', 'place', 'chats'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const one of [place, chats]) await mkdir(one)
  await writeFile(join(chats, 'Mum.txt'), 'Tea at four')
  await writeFile(
    join(chats, 'photo.jpg'),
    new Uint8Array(100_000).map((_, i) => (i * i) % 251),
  )
  const engine = createEngineHandlers({ stateFolder, deviceName: 'laptop', emit: EMIT })
  const deviceKey = new Uint8Array(32).fill(7)
  const secret = SECRET
  const { repository } = await engine.repository.create.run({ place, secret, another: false, deviceKey })
  const opened = { place, repository, deviceKey }
  const sources = [{ path: chats, label: 'chats' }]
  await engine.backup.start.run({ run: 'a', ...opened, sources })
  const cleanUp = (accepted = false) =>
    engine.upkeep.cleanUp.run({ run: 'b', ...opened, keep: KEEP, fewer: { daily: 1, weekly: 0, monthly: 0 }, accepted })
  return { engine, opened, sources, place, chats, cleanUp, state: new StateFolder(stateFolder).repository(repository) }
}

it('cleaning up a young backup takes nothing, and tells what the place holds', async () => {
  const { cleanUp, place } = await newBackup()
  const before = (await readdir(place, { recursive: true })).length
  const outcome = await cleanUp()
  expect(outcome).toMatchObject({ dropped: 0, freedBytes: 0, isWhole: true, goingBytes: 0, fewerBytes: 0, silent: [] })
  expect(outcome.usedBytes).toBeGreaterThan(90_000)
  expect((await readdir(place, { recursive: true })).length).toBe(before)
})

it('while a backup waits for a yes nothing is cleaned up, accepted or not', async () => {
  const { cleanUp, state } = await newBackup()
  await freezeRetention(state)
  for (const accepted of [false, true]) {
    await expect(cleanUp(accepted)).rejects.toMatchObject({ code: 'looks-wrong', facts: { reason: 'frozen' } })
  }
})

it('a proof counts what is whole and what is not; reading all again in a backup stores the damaged anew', async () => {
  const { engine, opened, sources, place } = await newBackup()
  const prove = () => engine.upkeep.prove.run({ run: 'c', ...opened })
  expect(await prove()).toMatchObject({ files: 2, broken: 0 })
  const names = await readdir(place, { recursive: true })
  for (const name of names.filter((one) => one.includes('/packs-'))) {
    const path = join(place, name)
    const bytes = await readFile(path).catch(() => null)
    if (bytes && bytes.length > 50_000) await writeFile(path, bytes.fill(1, 20_000, 20_100))
  }
  expect(await prove()).toMatchObject({ broken: 1 })
  const manners = { bytesPerSecond: null, isPolite: false, rereadAll: true }
  await engine.backup.start.run({ run: 'd', ...opened, sources, manners })
  expect(await prove()).toMatchObject({ files: 2, broken: 0 })
})

it('a computer that is silent for 90 days is named, until a person says that it is gone', async () => {
  const { engine, opened, sources, state } = await newBackup()
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-second-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const second = createEngineHandlers({ stateFolder: folder, deviceName: 'Old laptop', emit: EMIT })
  await second.repository.signIn.run({ ...opened, secret: SECRET })
  await second.backup.start.run({ run: 'f', ...opened, deviceKey: new Uint8Array(32).fill(7), sources })
  const later = createEngineHandlers({
    stateFolder: dirname(state.path),
    deviceName: 'laptop',
    emit: EMIT,
    now: () => Date.now() + 91 * 24 * 3600 * 1000,
  })
  const silent = async () => {
    const how = { keep: KEEP, fewer: null, accepted: false }
    return (await later.upkeep.cleanUp.run({ run: 'g', ...opened, ...how })).silent
  }
  const [device, ...others] = await silent()
  expect(device).toMatchObject({ name: 'Old laptop' })
  expect(others).toEqual([])
  await later.upkeep.retire.run({ ...opened, deviceId: device?.deviceId ?? '' })
  expect(await silent()).toEqual([])
  const retire = engine.upkeep.retire.run({ ...opened, deviceId: 'f'.repeat(32) })
  await expect(retire).rejects.toMatchObject({ code: 'not-found' })
})

it('gives way when it is cancelled', async () => {
  const { engine, opened } = await newBackup()
  const proving = engine.upkeep.prove.run({ run: 'e', ...opened })
  await engine.run.cancel.run({ run: 'e' })
  await expect(proving).rejects.toThrow(/abort|cancel/i)
})
