import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesBelow, CommandLine, failure, start } from '../helpers/command-line.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import { database, noise } from '../helpers/scene.ts'

const ID = expect.stringMatching(/^[0-9a-f]{16}$/)

type Backup = Readonly<{ snapshot: string; unchanged: boolean; files: number; bytes: number; addedBytes: number }>

/** A repository with one snapshot of a chat, a photo, a database and an empty folder. */
async function withSnapshot(): Promise<CommandLine> {
  const line = new CommandLine()
  line.write({
    'Anna/chat.txt': 'Anna: tea at four\n'.repeat(50),
    'photo.jpg': noise(30_000, 1),
    'msgstore.db': database(Array.from({ length: 30 }, (_, page) => page + 1)),
  })
  fs.mkdirSync(join(line.chats, 'empty'))
  await line.prepare('create', ...line.key)
  await line.prepare('backup', '--source', line.chats, ...line.key)
  return line
}

const backup = (line: CommandLine, ...args: readonly string[]): Promise<Backup> =>
  line.result<Backup>('backup', '--source', line.chats, ...line.key, ...args)

describe('backup', () => {
  it('tells what was saved, and of what did not change that it did not, in one record of 2 kB', async () => {
    using line = await withSnapshot()
    line.write({ 'Anna/chat.txt': 'Anna: tea at five\n' })
    const saved = await backup(line)
    expect(saved).toEqual({
      snapshot: ID,
      unchanged: false,
      files: 3,
      bytes: 18 + 30_000 + 30 * 4096,
      addedBytes: expect.any(Number),
      skipped: [],
      seconds: expect.any(Number),
    })
    const objects = line.objects()
    const before = [...bytesBelow(line.place).values()].reduce((sum, { length }) => sum + length, 0)
    const again = await backup(line)
    const after = [...bytesBelow(line.place).values()].reduce((sum, { length }) => sum + length, 0)
    expect(again).toMatchObject({ unchanged: true, files: 3, bytes: saved.bytes, addedBytes: 2048 })
    expect(after - before).toBe(2048)
    expect(line.objects().filter((name) => !objects.includes(name))).toEqual([
      expect.stringMatching(new RegExp(`record-[0-9]+-snap-${again.snapshot}`)),
    ])
  })

  it('lists what it left out and still ends well; place and state inside the source are no part of it', async () => {
    using line = new CommandLine()
    line.write({ 'chat.txt': 'hello' })
    fs.mkdirSync(join(line.chats, 'Disk'))
    const where = [join(line.chats, 'Disk'), '--json', '--state', join(line.chats, 'state')]
    await start(['create', ...where, ...line.key]).ended
    if (process.platform !== 'win32') fs.symlinkSync('/dev/null', join(line.chats, 'link'))
    fs.writeFileSync(join(line.chats, 'x'.repeat(200)), 'long')
    const { exit, json } = await start(['backup', ...where, '--source', line.chats, ...line.key]).ended
    expect(exit).toBe(0)
    expect(json).toMatchObject({ files: 2, bytes: 9, skipped: [] })
  })

  it('of several sources saves what it can read, and exits 18; of none that can be read makes no snapshot', async () => {
    using line = await withSnapshot()
    const there = line.chats
    const away = line.path('away')
    const some = await line.run('backup', '--source', there, '--source', away, ...line.key)
    expect(some.exit).toBe(18)
    expect(some.json).toMatchObject({ snapshot: ID, files: 3 })
    const records = line.objects('record')
    expect(await line.run('backup', '--source', away, ...line.key)).toMatchObject(failure('source-unreadable', 18))
    expect(line.objects('record')).toEqual(records)
  })
})

describe('snapshots', () => {
  it('lists them newest first, with what each holds', async () => {
    using line = await withSnapshot()
    line.write({ 'Anna/chat.txt': 'new' })
    const { snapshot } = await backup(line)
    const { exit, json } = await line.run('snapshots', ...line.key)
    const device = { device: expect.any(String), deviceId: expect.stringMatching(/^[0-9a-f]{32}$/) }
    const takenAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(exit).toBe(0)
    expect(json).toEqual([
      { id: snapshot, takenAt, ...device, files: 3, bytes: 3 + 30_000 + 30 * 4096 },
      { id: ID, takenAt, ...device, files: 3, bytes: 18 * 50 + 30_000 + 30 * 4096 },
    ])
  })
})

describe('restore', () => {
  it('writes a snapshot straight into the folder, byte for byte, on a device that knows nothing', async () => {
    using line = await withSnapshot()
    const { exit, json } = await line.runOn('new device', 'restore', '--to', line.path('out'), ...line.key)
    expect(exit).toBe(0)
    expect(json).toEqual({
      snapshot: ID,
      files: 3,
      bytes: 18 * 50 + 30_000 + 30 * 4096,
      missing: [],
      notes: [],
      seconds: expect.any(Number),
    })
    expect(differences(contentOf(line.chats), contentOf(line.path('out')))).toEqual([])
  })

  it('takes 6 or more digits of a snapshot’s id, and parts of it by path', async () => {
    using line = await withSnapshot()
    const [first] = await line.result<{ id: string }[]>('snapshots', ...line.key)
    const id = first?.id ?? ''
    line.write({ 'Anna/chat.txt': 'new' })
    await line.prepare('backup', '--source', line.chats, ...line.key)
    const restored = await line.result<{ snapshot: string }>(
      ...(['restore', '--to', line.path('out'), '--snapshot', id.slice(0, 6), '--only', 'Anna'] as const),
      ...line.key,
    )
    expect(restored).toMatchObject({ snapshot: id, files: 1, bytes: 18 * 50 })
    expect([...bytesBelow(line.path('out')).keys()]).toEqual([join('Anna', 'chat.txt')])
    const short = await line.run('restore', '--to', line.path('x'), '--snapshot', id.slice(0, 5), ...line.key)
    expect(short).toMatchObject(failure('usage', 2))
    expect(fs.existsSync(line.path('x'))).toBe(false)
  })

  it('puts several sources into a folder each, by label; --only begins with the label', async () => {
    using line = new CommandLine()
    for (const parent of ['a', 'b']) {
      fs.mkdirSync(line.path(parent, 'Chats'), { recursive: true })
      fs.writeFileSync(line.path(parent, 'Chats', 'chat.txt'), parent)
    }
    const note = line.file('note.txt', 'note')
    await line.prepare('create', ...line.key)
    const sources = [line.path('a', 'Chats'), line.path('b', 'Chats'), note].flatMap((path) => ['--source', path])
    await line.prepare('backup', ...sources, ...line.key)
    await line.result('restore', '--to', line.path('out'), ...line.key)
    const restored = [...bytesBelow(line.path('out'))].map(([name, bytes]) => [name, String(bytes)])
    expect(restored).toEqual([
      [join('Chats-2', 'chat.txt'), 'b'],
      [join('Chats', 'chat.txt'), 'a'],
      ['note.txt', 'note'],
    ])
    const only = ['--only', 'Chats-2/chat.txt', '--only', 'note.txt']
    expect(await line.result('restore', '--to', line.path('part'), ...only, ...line.key)).toMatchObject({ files: 2 })
  })

  it('refuses a folder that holds something, and what is not there, and writes nothing', async () => {
    using line = await withSnapshot()
    const used = line.path('used')
    fs.mkdirSync(used)
    fs.writeFileSync(join(used, 'mine.txt'), 'mine')
    const to = ['restore', '--to', used] as const
    expect(await line.run(...to, ...line.key)).toMatchObject(failure('target-unusable', 21))
    expect(await line.run(...to, '--only', 'nobody', ...line.key)).toMatchObject(failure('not-found', 25))
    expect(await line.run(...to, '--snapshot', 'ffffff00', ...line.key)).toMatchObject(failure('not-found', 25))
    expect([...bytesBelow(used).keys()]).toEqual(['mine.txt'])
  })

  it('with nothing backed up yet says so', async () => {
    using line = new CommandLine()
    await line.prepare('create', ...line.key)
    const empty = await line.run('restore', '--to', line.path('out'), ...line.key)
    expect(empty).toMatchObject(failure('not-found', 25))
    expect(fs.existsSync(line.path('out'))).toBe(false)
  })

  it('tells links and does not make them, and ends well', async () => {
    using line = new CommandLine()
    line.write({ 'chat.txt': 'hello' })
    fs.symlinkSync('chat.txt', join(line.chats, 'link'))
    await line.prepare('create', ...line.key)
    await line.prepare('backup', '--source', line.chats, ...line.key)
    const { exit, json } = await line.run('restore', '--to', line.path('out'), ...line.key)
    expect(exit).toBe(0)
    expect(json).toMatchObject({ notes: [{ path: 'link', code: 'link-not-created', as: 'chat.txt' }], missing: [] })
    expect([...bytesBelow(line.path('out')).keys()]).toEqual(['chat.txt'])
  })
})
