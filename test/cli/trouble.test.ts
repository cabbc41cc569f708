import * as fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { bytesBelow, CommandLine, failure, KEY_TEXT, PASSWORD, type Running } from '../helpers/command-line.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import { noise } from '../helpers/scene.ts'

const SNAP = /record-[0-9]+-snap-/

/** A repository with a snapshot of a chat and a photo. */
async function withSnapshot(): Promise<CommandLine> {
  const line = new CommandLine()
  line.write({ 'Anna/chat.txt': 'Anna: tea at four\n'.repeat(50), 'photo.jpg': noise(30_000, 1) })
  await line.prepare('create', ...line.key)
  await line.prepare('backup', '--source', line.chats, ...line.key)
  return line
}

describe('check and prove', () => {
  it('of a sound backup are content, and write nothing at the place', async () => {
    using line = await withSnapshot()
    const chats = new DatabaseSync(join(line.chats, 'msgstore.db'))
    chats.exec("CREATE TABLE message (text); INSERT INTO message VALUES ('tea')")
    chats.close()
    await line.prepare('backup', '--source', line.chats, ...line.key)
    fs.writeFileSync(join(line.repository, 'desktop.ini'), 'not ours')
    const before = bytesBelow(line.place)
    const checked = await line.run('check', '--read-data', ...line.key)
    expect(checked).toMatchObject({ exit: 0 })
    expect(checked.json).toEqual({ ok: true, problems: [], ignored: 1 })
    const proven = await line.run('prove', ...line.key)
    expect(proven).toMatchObject({ exit: 0 })
    expect(proven.json).toEqual({ ok: true, files: 3, databases: 1, seconds: expect.any(Number) })
    expect(bytesBelow(line.place)).toEqual(before)
  })

  it('R09: of a damaged one name what is, restore lists what is missing, and all exit 13', async () => {
    using line = await withSnapshot()
    line.change('pack', (bytes) => bytes.set([(bytes[20_000] ?? 0) ^ 1], 20_000))
    expect((await line.run('check', ...line.key)).exit).toBe(0) // packs are read with --read-data only
    const checked = await line.run('check', '--read-data', ...line.key)
    expect(checked.exit).toBe(13)
    expect(checked.json).toEqual({
      ok: false,
      problems: [{ code: 'damaged', name: line.objects('pack')[0] }],
      ignored: 0,
    })
    const proven = await line.run('prove', ...line.key)
    expect(proven).toMatchObject({ exit: 13, json: { ok: false, files: 1, databases: 0 } })
    const restored = await line.run('restore', '--to', line.path('out'), ...line.key)
    expect(restored.exit).toBe(13)
    expect(restored.json).toMatchObject({ files: 1, missing: [{ path: 'photo.jpg', code: 'damaged' }], notes: [] })
    expect([...bytesBelow(line.path('out')).keys()]).toEqual([join('Anna', 'chat.txt')])
  })
})

describe('a place that is not what it was', () => {
  it('T09: gone, or without its backup: 10 when it is away, 14 when the known backup is, 11 where none was', async () => {
    using line = await withSnapshot()
    fs.renameSync(line.repository, line.path('kept'))
    for (const command of ['snapshots', 'check']) {
      expect(await line.run(command, ...line.key)).toMatchObject(failure('rolled-back', 14))
    }
    const backup = ['backup', '--source', line.chats] as const
    expect(await line.run(...backup, ...line.key)).toMatchObject(failure('rolled-back', 14))
    expect(await line.runOn('new', ...backup, ...line.key)).toMatchObject(failure('no-repository', 11))
    expect(fs.readdirSync(line.place)).toEqual([])
    fs.rmdirSync(line.place)
    expect(await line.run(...backup, ...line.key)).toMatchObject(failure('destination-missing', 10))
    expect(fs.existsSync(line.place)).toBe(false)
  })

  it('T07: older: looking still prints, nothing is written unless that is wanted', async () => {
    using line = await withSnapshot()
    fs.cpSync(line.place, line.path('older'), { recursive: true })
    line.write({ 'Anna/chat.txt': 'new' })
    await line.prepare('backup', '--source', line.chats, ...line.key)
    fs.rmSync(line.place, { recursive: true })
    fs.renameSync(line.path('older'), line.place)
    const before = bytesBelow(line.place)
    const listed = await line.run('snapshots', ...line.key)
    expect(listed).toMatchObject({ exit: 14, json: [{ files: 2 }] })
    expect(await line.run('check', ...line.key)).toMatchObject({ exit: 14, json: { ok: expect.any(Boolean) } })
    const backup = ['backup', '--source', line.chats] as const
    expect(await line.run(...backup, ...line.key)).toMatchObject(failure('rolled-back', 14))
    expect(await line.run('restore', '--to', line.path('a'), ...line.key)).toMatchObject(failure('rolled-back', 14))
    expect(fs.existsSync(line.path('a'))).toBe(false)
    expect(bytesBelow(line.place)).toEqual(before)
    const [{ id = '' } = {}] = listed.json as { id?: string }[]
    const named = await line.run('restore', '--to', line.path('b'), '--snapshot', id, ...line.key)
    expect(named).toMatchObject({ exit: 14, json: { files: 2, missing: [] } })
    expect(await line.run(...backup, '--accept-older', ...line.key)).toMatchObject({ exit: 0, json: { files: 2 } })
    expect(await line.run('snapshots', ...line.key)).toMatchObject({ exit: 0 })
  })

  it('T49: made by a newer version', async () => {
    using line = await withSnapshot()
    line.change('slot', (bytes) => bytes.set([2], 4))
    expect(await line.run('snapshots', ...line.key)).toMatchObject(failure('too-new', 19))
  })

  it('T18: whose slot asks for more work than is safe, at once and without doing it', async () => {
    using line = await withSnapshot()
    line.change('slot', (bytes) => {
      bytes.set([1, 2], 40)
      bytes.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 44)
    })
    expect(await line.run('snapshots', ...line.password)).toMatchObject(failure('key-settings', 20))
  })
})

describe('several things wrong at once: the first of the order is told', () => {
  it('a secret that is none before a busy state, a busy state before a weak password and the place', async () => {
    using line = new CommandLine()
    const bad = ['--key-file', line.file('bad.key', 'abc')]
    const weak = ['--password-file', line.file('weak.txt', 'hello1')]
    fs.mkdirSync(line.path('state'))
    await using _held = await hold(line)
    fs.rmdirSync(line.place)
    expect(await line.run('create', ...bad)).toMatchObject(failure('key-malformed', 24))
    expect(await line.run('create', ...weak)).toMatchObject(failure('busy', 29))
    expect(await line.run('snapshots', ...line.key)).toMatchObject(failure('busy', 29))
    const also = ['--also-key-file', line.file('also.key', 'abc')]
    expect(await line.run('rotate', ...line.password, ...also)).toMatchObject(failure('key-malformed', 24))
  })

  it('a wrong secret before a snapshot that is not there, that before the folder, the folder before nothing', async () => {
    using line = await withSnapshot()
    const other = ['--key-file', line.file('other.key', KEY_TEXT.replaceAll('0', '1'))]
    const to = ['restore', '--to', line.path()] as const
    const none = ['--snapshot', 'ffffff']
    expect(await line.run(...to, ...none, ...other)).toMatchObject(failure('wrong-secret', 12))
    expect(await line.run(...to, ...none, ...line.key)).toMatchObject(failure('not-found', 25))
    expect(await line.run(...to, ...line.key)).toMatchObject(failure('target-unusable', 21))
    const away = ['backup', '--source', line.path('away')] as const
    expect(await line.run(...away, ...other)).toMatchObject(failure('wrong-secret', 12))
  })
})

const BIG = { 'film.mp4': noise(50_000_000, 9) }

/** The first pack of a running backup is at the place. */
async function firstPack(line: CommandLine, { child }: Running): Promise<void> {
  while (line.objects('pack').length === 0 && child.exitCode === null) await sleep(2)
  if (child.exitCode !== null) throw new Error('ended too early')
}

describe('a run in the middle', () => {
  it('makes a second one on the same state wait its turn (29); stopped by Ctrl+C it exits 130 and the next goes on', async () => {
    using line = new CommandLine()
    line.write(BIG)
    await line.prepare('create', ...line.key)
    const running = line.start('backup', '--source', line.chats, ...line.key)
    await firstPack(line, running)
    running.child.kill('SIGSTOP')
    expect(await line.run('snapshots', ...line.key)).toMatchObject(failure('busy', 29))
    expect(await line.runOn('other', 'snapshots', ...line.key)).toMatchObject({ exit: 0, json: [] })
    running.child.kill('SIGINT')
    running.child.kill('SIGCONT')
    expect(await running.ended).toMatchObject(failure('cancelled', 130))
    expect(line.objects('record').filter((name) => SNAP.test(name))).toEqual([])
    const stored = line.objects('pack')
    const { addedBytes } = await line.result<{ addedBytes: number }>('backup', '--source', line.chats, ...line.key)
    expect(line.objects('pack')).toEqual(expect.arrayContaining([...stored]))
    expect(addedBytes).toBeLessThan(50_000_000 - 10_000_000)
    await line.result('restore', '--to', line.path('out'), ...line.key)
    expect(differences(contentOf(line.chats), contentOf(line.path('out')))).toEqual([])
  })
})

/** Takes the state folder, as another run would. */
async function hold(line: CommandLine): Promise<AsyncDisposable> {
  const { StateFolder } = await import('#engine/index.ts')
  return new StateFolder(line.path('state')).lock()
}

it('T43: nothing that was backed up, no name and no secret stands readable at the place or in the state', async () => {
  using line = new CommandLine()
  const marker = (i: number): string => `planted-marker-${i}-${'qz'.repeat(i % 5)}`
  line.write(
    Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [
        `Chat with Somebody ${i}/named-${marker(i)}.txt`,
        `body ${marker(i)} end`,
      ]),
    ),
  )
  await line.prepare('create', ...line.key)
  await line.prepare('backup', '--source', line.chats, ...line.key)
  await line.prepare('change-secret', ...line.key, '--new-password-file', line.passwordFile, '--keep')
  line.write({ 'later.txt': marker(201) })
  await line.prepare('backup', '--source', line.chats, ...line.key)
  const { openAt, openDestination, parseKey64, StateFolder } = await import('#engine/index.ts')
  const key = parseKey64(KEY_TEXT)
  const place = openDestination(line.place)
  const state = new StateFolder(line.path('state'))
  const { root } = await openAt({ place, state, opener: { kind: 'key', bytes: key } })
  const needles = [
    'planted-marker',
    'named-',
    'Chat with Somebody',
    'All my chats',
    'later.txt',
    PASSWORD,
    KEY_TEXT,
    line.top,
    ...[key, root.bytes].flatMap((bytes) => [
      Buffer.from(bytes),
      Buffer.from(bytes).toString('hex'),
      Buffer.from(bytes).toString('base64').slice(0, 40),
    ]),
  ]
  const files = [...bytesBelow(line.place), ...bytesBelow(line.path('state'))]
  expect(files.length).toBeGreaterThan(10)
  const found = files.flatMap(([name, bytes]) =>
    needles.filter((needle) => name.includes(String(needle)) || bytes.includes(needle)).map((needle) => [name, needle]),
  )
  expect(found).toEqual([])
})
