import * as fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { BackupError, ERROR_CODES, type ErrorCode, EXIT_CODES } from '#common/errors.ts'
import { supportCode } from '#common/support-code.ts'
import { StateFolder } from '#engine/index.ts'
import { explain } from '../../electron/cli/sentences.ts'
import { CommandLine, type Ended, KEY_TEXT, PASSWORD, start } from '../helpers/command-line.ts'
import { noise } from '../helpers/scene.ts'

const FAILING_DISK = new URL('../helpers/failing-disk.ts', import.meta.url)

/** Stands in names of chats, in what they say, and in secrets: nothing of it may be said about a failure. */
const MARKER = 'zelda'
const WEAK = `${MARKER}1`

/** Files enough for the brake to ask when they go. */
function chats(): Record<string, string> {
  const many = Array.from({ length: 150 }, (_, i) => [`Chat with ${MARKER}/${MARKER}-${i}.txt`, `${MARKER} says ${i}`])
  return Object.fromEntries(many)
}

type Case = Readonly<{ run: (line: CommandLine) => Promise<Ended>; isResult?: true }>

const backUp = (line: CommandLine): Promise<Ended> => line.run('backup', '--source', line.chats, ...line.key)

/** A backup on a disk that refuses files whose path has `at`. */
const refused =
  (at: string, code: string): Case['run'] =>
  (line) => {
    const args = ['backup', line.place, '--json', '--state', line.path('state'), '--source', line.chats, ...line.key]
    line.write({ [`new-${MARKER}.txt`]: MARKER })
    return start(args, { preload: FAILING_DISK, env: { FAIL_AT: at, FAIL_WITH: code } }).ended
  }

/** How each failure is come by that the command line can meet. */
const CASES: Readonly<Partial<Record<ErrorCode, readonly Case[]>>> = {
  unexpected: [{ run: refused('/packs-', 'EWEIRD') }, { run: refused('/announced', 'EWEIRD') }],
  usage: [
    { run: (line) => line.run('backup', '--source', line.chats, ...line.key, ...line.password) },
    { run: (line) => line.run('snapshots', '--key-file', line.path(MARKER)) },
  ],
  'destination-missing': [
    {
      run: (line) => start(['snapshots', line.path(MARKER, 'Gone'), '--state', line.path('other'), ...line.key]).ended,
    },
    { run: refused('/packs-', 'EIO') },
  ],
  'no-repository': [
    { run: (line) => start(['snapshots', line.path(), '--state', line.path('other'), ...line.key]).ended },
  ],
  'wrong-secret': [
    { run: (line) => line.run('snapshots', '--password-file', line.file('other.txt', `${PASSWORD}${MARKER}`)) },
  ],
  damaged: [
    {
      isResult: true,
      run: (line) => {
        line.change('pack', (bytes) => bytes.fill(7, 100, 2000))
        return line.run('check', '--read-data', ...line.key)
      },
    },
  ],
  'rolled-back': [
    {
      run: (line) => {
        fs.rmSync(line.repository, { recursive: true })
        return backUp(line)
      },
    },
  ],
  'destination-full': [{ run: refused('/packs-', 'ENOSPC') }],
  'secret-weak': [
    { run: (line) => line.run('change-secret', ...line.key, '--new-password-file', line.file('weak.txt', WEAK)) },
  ],
  'sign-in-needed': [{ run: refused('/packs-', 'EROFS') }],
  'source-unreadable': [{ run: (line) => line.run('backup', '--source', line.path(MARKER, 'gone'), ...line.key) }],
  'too-new': [
    {
      run: (line) => {
        line.change('slot', (bytes) => bytes.set([2], 4))
        return line.run('snapshots', ...line.key)
      },
    },
  ],
  'key-settings': [
    {
      run: (line) => {
        line.change('slot', (bytes) => bytes.set([1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff], 40))
        return line.run('snapshots', ...line.password)
      },
    },
  ],
  'target-unusable': [{ run: (line) => line.run('restore', '--to', line.chats, ...line.key) }],
  'looks-wrong': [
    {
      run: (line) => {
        fs.rmSync(join(line.chats, `Chat with ${MARKER}`), { recursive: true })
        line.write({ 'one.txt': 'one' })
        return backUp(line)
      },
    },
  ],
  'repository-exists': [
    { run: (line) => start(['create', line.place, '--state', line.path('other'), ...line.password]).ended },
  ],
  'key-malformed': [
    { run: (line) => line.run('snapshots', '--key-file', line.file('bad.key', `${KEY_TEXT.slice(0, 60)}${MARKER}`)) },
    { run: (line) => line.run('snapshots', '--key-file', line.file('long.key', `${KEY_TEXT}00`)) },
  ],
  'not-found': [
    { run: (line) => line.run('restore', '--to', line.path('out'), '--only', `no/${MARKER}`, ...line.key) },
  ],
  'disk-full': [{ run: refused('/announced', 'ENOSPC') }],
  busy: [
    {
      run: async (line) => {
        await using _ = await new StateFolder(line.path('state')).lock()
        return await backUp(line)
      },
    },
  ],
  cancelled: [
    {
      run: async (line) => {
        line.write({ [`${MARKER}.mp4`]: noise(30_000_000, 1) })
        const before = line.objects('pack').length
        const running = line.start('backup', '--source', line.chats, ...line.key)
        while (line.objects('pack').length === before && running.child.exitCode === null) await sleep(2)
        running.child.kill('SIGINT')
        return running.ended
      },
    },
  ],
}

/** No folder fails like this, and the command line has no keychain. */
const ELSEWHERE: readonly ErrorCode[] = ['offline', 'keychain-locked']

async function withBackup(): Promise<CommandLine> {
  const line = new CommandLine()
  line.write(chats())
  await line.prepare('create', ...line.key)
  await line.prepare('backup', '--source', line.chats, ...line.key)
  return line
}

const cases = Object.entries(CASES).flatMap(([code, list]) => list.map((one, i) => ({ code, number: i + 1, ...one })))

it.each(cases)('T58: $code ($number) says nothing of chats, of their names, of secrets or of where things lie', async ({
  code,
  run,
  isResult,
}) => {
  using line = await withBackup()
  const { exit, stdout, stderr } = await run(line)
  expect({ exit, stderr }).toEqual({ exit: EXIT_CODES[code as ErrorCode], stderr })
  for (const secret of [MARKER, PASSWORD, KEY_TEXT, KEY_TEXT.slice(0, 16), line.top]) {
    expect(stderr).not.toContain(secret)
    if (!isResult) expect(stdout).not.toContain(secret)
  }
  expect(stderr.length).toBeGreaterThan(10)
})

it('T58: support codes and plain errors hold codes and frames, and nothing of what went wrong', () => {
  for (const code of ERROR_CODES) {
    const error = new BackupError(code, {}, new Error(`${MARKER} in /home/${MARKER}`))
    expect(JSON.stringify(error.toPlain()) + explain(error) + supportCode(error)).not.toContain(MARKER)
  }
})

it('T58: every failure is met, but for those that no folder and no command line has', () => {
  expect(ERROR_CODES.filter((code) => !(code in CASES))).toEqual(ELSEWHERE)
})
