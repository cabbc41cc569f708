import * as fs from 'node:fs'
import { join } from 'node:path'
import { backUp, FolderSource, openAt, openDestination, parseKey64, prune, StateFolder } from '#engine/index.ts'
import { bytesBelow, type CommandLine, KEY_TEXT } from '../helpers/command-line.ts'
import { database, noise } from '../helpers/scene.ts'

/** Something that people do, that may be killed at any moment. */
export type Act = Readonly<{
  name: string
  /** Everything up to the act. */
  prepare(line: CommandLine, megabytes: number): Promise<void>
  command(line: CommandLine): readonly [string, ...string[]]
  /** What must hold after it was killed, and that the next run brings it to its end. @throws Error when it does not */
  verify(line: CommandLine): Promise<void>
}>

type Files = ReadonlyMap<string, Buffer>

let observers = 0

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

async function mustEnd(
  exit: number,
  running: Promise<Readonly<{ exit: number | null; json: unknown }>>,
): Promise<unknown> {
  const ended = await running
  must(ended.exit === exit, `ended with ${ended.exit} instead of ${exit}: ${JSON.stringify(ended.json)}`)
  return ended.json
}

/** A computer that knows nothing restores a snapshot, the newest if none is named, to exactly these files. */
async function mustRestore(
  line: CommandLine,
  secret: readonly string[],
  files: Files,
  snapshot?: string,
): Promise<void> {
  const number = ++observers
  const to = line.path(`restored-${number}`)
  const which = snapshot === undefined ? [] : ['--snapshot', snapshot]
  await mustEnd(0, line.quickOn(`observer-${number}`, 'restore', '--to', to, ...which, ...secret))
  mustBeSame(bytesBelow(to), files)
  fs.rmSync(to, { recursive: true })
}

function mustBeSame(found: Files, files: Files): void {
  const wrong = [...files].filter(([name, bytes]) => !found.get(name)?.equals(bytes)).map(([name]) => name)
  must(wrong.length === 0, `not restored, or wrong: ${wrong.join(', ')}`)
  must(found.size === files.size, 'more was restored than was backed up')
}

const mustBeWhole = (line: CommandLine, secret: readonly string[]): Promise<unknown> =>
  mustEnd(0, line.quick('check', '--read-data', ...secret))

const backup = (line: CommandLine): readonly [string, ...string[]] => ['backup', '--source', line.chats, ...line.key]

async function snapshotIds(line: CommandLine): Promise<readonly string[]> {
  const list = await mustEnd(0, line.quickOn(`observer-${++observers}`, 'snapshots', ...line.key))
  return (list as { id: string }[]).map(({ id }) => id)
}

function writeChats(line: CommandLine, megabytes: number): void {
  line.write({
    ...Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`Chat ${i}/chat.txt`, `${i}: hello\n`.repeat(200 + i)]),
    ),
    ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`photo-${i}.jpg`, noise(20_000 + i, i)])),
    'film.mp4': noise(megabytes * 1_000_000, 77),
    'msgstore.db': database(Array.from({ length: 60 }, (_, page) => page + 1)),
  })
}

/** Keeps what the first snapshot holds, and goes on chatting. */
function chatOn(line: CommandLine): void {
  fs.cpSync(line.chats, line.path('first chats'), { recursive: true })
  line.write({
    'Chat 3/chat.txt': 'something new\n'.repeat(300),
    'Chat new/photo.jpg': noise(50_000, 200),
    'msgstore.db': database(Array.from({ length: 70 }, (_, page) => (page % 9 === 0 ? page + 900 : page + 1))),
  })
  fs.rmSync(join(line.chats, 'Chat 5'), { recursive: true })
}

async function createWithChats(line: CommandLine, megabytes: number): Promise<void> {
  writeChats(line, megabytes)
  await line.prepare('create', ...line.key)
}

async function withSnapshots(line: CommandLine, megabytes: number): Promise<void> {
  await createWithChats(line, megabytes)
  await line.prepare(...backup(line))
  chatOn(line)
  await line.prepare(...backup(line))
}

/** Of two snapshots both come back. */
async function mustRestoreBoth(line: CommandLine, secret: readonly string[]): Promise<void> {
  const list = await mustEnd(0, line.quickOn(`observer-${++observers}`, 'snapshots', ...secret))
  const ids = (list as { id: string }[]).map(({ id }) => id)
  must(ids.length === 2, `${ids.length} snapshots instead of 2`)
  await mustRestore(line, secret, bytesBelow(line.chats), ids[0])
  await mustRestore(line, secret, bytesBelow(line.path('first chats')), ids[1])
}

const create: Act = {
  name: 'create',
  prepare: async (line, megabytes) => writeChats(line, megabytes),
  command: (line) => ['create', '--new-key-file', line.path('new.key')],
  async verify(line) {
    const newKey = line.path('new.key')
    const secret = ['--key-file', newKey]
    const isWhole = fs.existsSync(newKey) && /^[0-9a-f]{64}\n$/.test(fs.readFileSync(newKey, 'latin1'))
    const { exit } = await line.quickOn('observer', 'snapshots', ...(isWhole ? secret : line.key))
    must(exit === 11 || (isWhole && exit === 0), `a repository that its key does not open: ${exit}`)
    if (exit === 11) {
      fs.rmSync(newKey, { force: true })
      await mustEnd(0, line.quick('create', ...secret.with(0, '--new-key-file')))
    }
    must(fs.readdirSync(line.place).length === 1, 'a creation that was cut off was left behind')
    await mustEnd(0, line.quick('backup', '--source', line.chats, ...secret))
    await mustRestore(line, secret, bytesBelow(line.chats))
    await mustBeWhole(line, secret)
  },
}

const firstBackup: Act = {
  name: 'first backup',
  prepare: createWithChats,
  command: backup,
  async verify(line) {
    const ids = await snapshotIds(line)
    must(ids.length <= 1, 'snapshots out of nothing')
    if (ids.length === 1) await mustRestore(line, line.key, bytesBelow(line.chats), ids[0])
    await mustBeWhole(line, line.key)
    await mustEnd(0, line.quick(...backup(line)))
    await mustRestore(line, line.key, bytesBelow(line.chats))
    await mustBeWhole(line, line.key)
  },
}

const laterBackup: Act = {
  name: 'later backup',
  async prepare(line, megabytes) {
    await createWithChats(line, megabytes)
    await line.prepare(...backup(line))
    chatOn(line)
  },
  command: backup,
  async verify(line) {
    const ids = await snapshotIds(line)
    const [first = ''] = ids.slice(-1)
    must(ids.length === 1 || ids.length === 2, `${ids.length} snapshots`)
    await mustRestore(line, line.key, bytesBelow(line.path('first chats')), first)
    if (ids.length === 2) await mustRestore(line, line.key, bytesBelow(line.chats), ids[0])
    await mustEnd(0, line.quick(...backup(line)))
    await mustRestore(line, line.key, bytesBelow(line.chats))
    await mustRestore(line, line.key, bytesBelow(line.path('first chats')), first)
    await mustBeWhole(line, line.key)
  },
}

const restore: Act = {
  name: 'restore',
  prepare: withSnapshots,
  command: (line) => ['restore', '--to', line.path('out'), ...line.key],
  async verify(line) {
    const { exit, json } = await line.quick(...restore.command(line))
    const isDone = exit === 21 && !fs.existsSync(line.path('out', '.keepsake-restore')) // killed after its last step
    must(exit === 0 || isDone, `ended with ${exit}: ${JSON.stringify(json)}`)
    mustBeSame(bytesBelow(line.path('out')), bytesBelow(line.chats))
  },
}

const changeSecret: Act = {
  name: 'change-secret',
  prepare: withSnapshots,
  command: (line) => ['change-secret', ...line.key, '--new-key-file', line.path('new.key')],
  async verify(line) {
    const newKey = ['--key-file', line.path('new.key')]
    const opens = async (secret: readonly string[]): Promise<boolean> =>
      (await line.quickOn(`observer-${++observers}`, 'snapshots', ...secret)).exit === 0
    const [isOld, isNew] = [await opens(line.key), await opens(newKey)]
    must(isOld !== isNew, `${isOld ? 'both keys open' : 'no key opens'} it`)
    const secret = isNew ? newKey : line.key
    await mustRestoreBoth(line, secret)
    const last = line.path('last.key')
    await mustEnd(0, line.quick('change-secret', ...secret, '--new-key-file', last))
    await mustRestoreBoth(line, ['--key-file', last])
    must(!(await opens(secret)), 'a replaced key opens it')
    await mustBeWhole(line, ['--key-file', last])
    must(line.objects('slot').length === 2, 'slots were left behind')
  },
}

const rotate: Act = {
  name: 'rotate',
  prepare: withSnapshots,
  command: (line) => ['rotate', ...line.key],
  async verify(line) {
    await mustRestoreBoth(line, line.key)
    await mustEnd(0, line.quick(...rotate.command(line)))
    await mustRestoreBoth(line, line.key)
    await mustBeWhole(line, line.key)
    must(line.objects('slot').length === 2, 'slots were left behind')
  },
}

const turnOff: Act = {
  name: 'turn-off --delete-backups',
  async prepare(line, megabytes) {
    await withSnapshots(line, megabytes)
    line.file(join('Disk', 'mine.txt'), 'mine')
  },
  command: (line) => ['turn-off', ...line.key, '--confirm', '--delete-backups'],
  async verify(line) {
    const { exit, json } = await line.quick(...turnOff.command(line))
    must(exit === 0 || exit === 11, `ended with ${exit}: ${JSON.stringify(json)}`)
    must([...bytesBelow(line.place).keys()].join() === 'mine.txt', 'something was left, or too much went')
    for (const state of ['state', 'observer']) await mustEnd(11, line.quickOn(state, 'snapshots', ...line.key))
    await line.prepare('create', ...line.key)
  },
}

const DAY_MS = 24 * 3600 * 1000

/** Fifty days of backups with a clean-up in them, so that the next one has everything to do that there is. */
async function prepareHistory(line: CommandLine, megabytes: number): Promise<void> {
  await createWithChats(line, megabytes)
  const openIt = () =>
    openAt({
      place: openDestination(line.place),
      state: new StateFolder(line.path('state')),
      opener: { kind: 'key', bytes: parseKey64(KEY_TEXT) },
    })
  let nowMs = Date.now() - 50 * DAY_MS
  const options = { deviceName: 'here', now: () => nowMs }
  const backUpOn = async (day: number): Promise<void> => {
    line.write({ 'today.jpg': noise(10_000, 100 + day), [`day-${day}.jpg`]: noise(15_000, 300 + day) })
    if (day % 2 === 1) fs.rmSync(join(line.chats, `day-${day - 1}.jpg`), { force: true })
    const sources = [{ label: 'chats', open: () => new FolderSource(line.chats) }]
    const { snapshot } = await backUp(await openIt(), { ...options, sources, acceptChange: true })
    fs.cpSync(line.chats, line.path('kept', snapshot), { recursive: true })
    nowMs += DAY_MS
  }
  for (let day = 0; day < 6; day++) await backUpOn(day)
  await prune(await openIt(), { ...options, policy: { daily: 3, weekly: 0, monthly: 0 }, acceptChange: true })
  for (let day = 6; day < 10; day++) {
    nowMs += 9 * DAY_MS
    await backUpOn(day)
  }
}

const cleanUp: Act = {
  name: 'prune',
  prepare: prepareHistory,
  command: (line) => {
    const keep = ['--keep-daily', '3', '--keep-weekly', '0', '--keep-monthly', '0']
    return ['prune', ...keep, '--accept-change', ...line.key]
  },
  async verify(line) {
    const mustRestoreAll = async (): Promise<void> => {
      const ids = await snapshotIds(line)
      must(ids.length >= 3, `${ids.length} snapshots are left`)
      for (const id of ids) await mustRestore(line, line.key, bytesBelow(line.path('kept', id)), id)
    }
    await mustRestoreAll()
    await mustEnd(0, line.quick(...cleanUp.command(line)))
    await mustRestoreAll()
    await mustBeWhole(line, line.key)
    await mustEnd(0, line.quick(...backup(line)))
    await mustRestore(line, line.key, bytesBelow(line.chats))
  },
}

export const ACTS: readonly Act[] = [create, firstBackup, laterBackup, restore, changeSecret, rotate, turnOff, cleanUp]
