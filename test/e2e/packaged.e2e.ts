import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import {
  chooseChatsAndPlace,
  finishFirstBackup,
  lockWithPassword,
  restoreEverything,
  turnOff,
  unlock,
} from '../helpers/app-steps.ts'
import { filesBelow } from '../helpers/engine-handle.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import { argumentsOf, environment } from '../helpers/keepsake-app.ts'
import { copyWithout, filesInArchive, fusesOf, PACKED_FOLDER, packedProgram } from '../helpers/packed-app.ts'
import { TrayHost } from '../helpers/tray-host.ts'
import { addLargeFiles, launchApp, newComputer } from './fixture.ts'

const SECRET = { kind: 'password', password: 'nine copper lanterns at noon' } as const
const ROOT = resolve(import.meta.dirname, '../..')

it('the packed app does the whole main job: native parts load from beside its archive, and what comes back is the same', async () => {
  const computer = newComputer()
  const tray = await TrayHost.open(process.env)
  addLargeFiles(computer.chats, 48) // so much is stored by worker threads
  const app = await launchApp({ ...computer, program: packedProgram() })
  expect(await app.electron.evaluate(({ app: main }) => main.isPackaged)).toBe(true)
  await chooseChatsAndPlace(app, computer)
  await lockWithPassword(app, SECRET.password)
  await finishFirstBackup(app)
  await tray.says(/backed up today/)
  expect(await tray.picture()).toMatch(/^[0-9a-f]{12}$/) // it lies beside the archive
  const script = filesBelow(computer.place).find((file) => basename(file) === 'restore-1.mjs') ?? ''
  expect(fs.readFileSync(script)).toEqual(fs.readFileSync(join(ROOT, 'resources/restore/restore-1.mjs')))

  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await unlock(app, SECRET)
  await restoreEverything(app, computer.back)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])

  const beside = join(PACKED_FOLDER, 'resources/app.asar.unpacked/node_modules')
  expect(mappedFiles(await app.enginePid())).toContain(
    join(beside, `sodium-native/prebuilds/linux-${process.arch}/sodium-native.node`),
  )
  expect(mappedFiles(app.electron.process().pid)).toContain(join(beside, 'keytar/build/Release/keytar.node'))

  await app.press('Done')
  await app.heading('Your chats are backed up')
  await turnOff(app, SECRET, true)
  expect(fs.readdirSync(computer.place)).toEqual([])
})

it('nothing is packed but what runs', () => {
  const archive = join(PACKED_FOLDER, 'resources/app.asar')
  const files = [...filesInArchive(archive).keys()]
  const own = files.filter((file) => !file.startsWith('node_modules/'))
  const built = filesBelow(join(ROOT, 'out')).map((file) => file.slice(ROOT.length + 1))
  const icons = fs.readdirSync(join(ROOT, 'resources/icons/tray')).map((name) => `resources/icons/tray/${name}`)
  expect(own.toSorted()).toEqual(['package.json', 'resources/restore/restore-1.mjs', ...icons, ...built].toSorted())

  const packages = files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [])
  expect([...new Set(packages)].toSorted()).toEqual([
    '@bokuweb/zstd-wasm',
    'bare-addon-resolve',
    'bare-module-resolve',
    'bare-semver',
    'keytar',
    'node-sqlite3-wasm',
    'require-addon',
    'sodium-native',
    'which-runtime',
  ])
  const native = /\.(node|bare|dll|dylib|so)$/
  expect([...filesInArchive(archive)].filter(([file]) => native.test(file))).toEqual([
    [`node_modules/sodium-native/prebuilds/linux-${process.arch}/sodium-native.node`, 'beside'],
    ['node_modules/keytar/build/Release/keytar.node', 'beside'],
  ])
  expect(files.filter((file) => /\.(ts|tsx|mts|cts|map|c|cc|h|gyp)$|(^|\/)tests?\//.test(file))).toEqual([])
  expect(fs.readdirSync(join(PACKED_FOLDER, 'resources')).toSorted()).toEqual(['app.asar', 'app.asar.unpacked'])
})

it('T67: the fuses that are burnt into the program are those of a shipped one, but for the one by which it is driven', () => {
  expect(fusesOf(packedProgram())).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: true, // shipped: false
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  })
})

it('T67: neither ELECTRON_RUN_AS_NODE nor NODE_OPTIONS nor --inspect make something else of the program', async () => {
  const computer = newComputer()
  const app = await launchApp({ ...computer, program: packedProgram() })
  const shipped = `${packedProgram()}-as-shipped`
  copyWithout('enableNodeCliInspectArguments', packedProgram(), shipped)
  onTestFinished(() => fs.rmSync(shipped, { force: true }))
  const script = join(computer.home, 'intruder.cjs')
  const trace = join(computer.home, 'intruder-was-here')
  fs.writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(trace)}, '')`)

  // A second start ends at once, so that what each one did can be told.
  const startAgain = async (program: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const child = spawn(program, [...args, ...argumentsOf(computer.home, program)], {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(exitCode).toBe(0)
    return stderr
  }
  const seen = app.electron.evaluate(
    ({ app: main }) => new Promise<void>((done) => main.once('second-instance', () => done())),
  )
  await startAgain(shipped, [script], { ELECTRON_RUN_AS_NODE: '1' })
  await seen
  await startAgain(shipped, [], { NODE_OPTIONS: `--require ${script}` })
  await startAgain(shipped, ['--require', script], {})
  expect(fs.existsSync(trace)).toBe(false)

  expect(await startAgain(shipped, ['--inspect=0'], {})).not.toContain('Debugger listening')
  expect(await startAgain(packedProgram(), ['--inspect=0'], {})).toContain('Debugger listening') // as it is driven
})

/** Files that a process has in its memory. */
function mappedFiles(pid: number | null | undefined): readonly string[] {
  const lines = fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')
  return [...new Set(lines.flatMap((line) => /\s(\/.*)$/.exec(line)?.[1] ?? []))]
}
