import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FolderSource } from '#engine/index.ts'
import { type Device, Journey, later } from '../../helpers/journey.ts'
import { contentOf } from '../../helpers/tree-content.ts'
import { WatchedSource } from '../../helpers/watched-source.ts'
import { Random } from '../../sample-chats/random.ts'

const NEW_RECORD_BYTES = 4096

async function withBackup(files: Readonly<Record<string, string | Uint8Array>>) {
  const journey = new Journey()
  journey.write(files)
  const device = journey.device()
  await device.create()
  await device.backUp(undefined, { now: later }) // so that nothing counts as written just now
  return { journey, device }
}

/** Backs up and tells which files were opened. */
async function opened(journey: Journey, device: Device, onRead?: (path: string) => void) {
  const source = new WatchedSource(new FolderSource(journey.source), onRead)
  const result = await device.backUp({}, { sources: [{ label: 'source', open: () => source }], now: later })
  return { result, opened: source.opened.sort() }
}

async function restored(journey: Journey, device: Device): Promise<Map<string, string>> {
  const to = fs.mkdtempSync(journey.path('out-'))
  await device.restore(to)
  return contentOf(to)
}

describe('a run after which nothing has changed', () => {
  it('reads no file and adds one small record, nothing else', async () => {
    const { journey, device } = await withBackup({ 'a.txt': 'a', 'b/c.jpg': 'c', 'empty.txt': '' })
    const before = journey.objects()
    const { result, opened: read } = await opened(journey, device)
    expect(read).toEqual([])
    expect(result).toMatchObject({ unchanged: true, files: 3, bytes: 2, skipped: [] })
    expect(result.addedBytes).toBeLessThanOrEqual(NEW_RECORD_BYTES)
    const added = journey.objects().filter((name) => !before.includes(name))
    expect(added).toHaveLength(1)
    expect(added[0]).toMatch(/record-.*-snap-/)
    expect(fs.statSync(join(journey.place, added[0] ?? '')).size).toBe(result.addedBytes)
  })

  it('makes its tree anew only when something is other, if only a time or a mode; the walk kept here stays as it is', async () => {
    const { journey, device } = await withBackup({ 'a.txt': 'a', 'b/c.jpg': 'c' })
    const walks = () =>
      fs.readdirSync(device.state.path, { recursive: true, encoding: 'utf8' }).filter((name) => /walks.\d/.test(name))
    const [walk = ''] = walks()
    const kept = fs.statSync(join(device.state.path, walk)).ino
    expect((await opened(journey, device)).result.unchanged).toBe(true)
    expect((await opened(journey, device)).result.unchanged).toBe(true)
    expect(fs.statSync(join(device.state.path, walk)).ino).toBe(kept)
    for (const change of [
      () => fs.utimesSync(join(journey.source, 'b'), 1, 1),
      () => fs.chmodSync(join(journey.source, 'a.txt'), 0o600),
      () => fs.rmSync(join(journey.source, 'b/c.jpg')),
      () => fs.rmdirSync(join(journey.source, 'b')),
      () => fs.mkdirSync(join(journey.source, 'empty')),
    ]) {
      change()
      expect((await opened(journey, device)).result.unchanged).toBe(false)
      expect((await opened(journey, device)).result.unchanged).toBe(true)
    }
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
  })

  it('stays as small after seventy runs that changed something', async () => {
    const { journey, device } = await withBackup({ 'a.txt': 'a' })
    for (let run = 0; run < 70; run++) {
      journey.write({ 'a.txt': `version ${run}` })
      await device.backUp(undefined, { now: later, rereadShare: 0 })
    }
    const result = await device.backUp(undefined, { now: later })
    expect(result.unchanged).toBe(true)
    expect(result.addedBytes).toBeLessThanOrEqual(NEW_RECORD_BYTES)
  })

  it('is quick for ten thousand files', async () => {
    const journey = new Journey()
    for (let i = 0; i < 10_000; i++) {
      if (i % 100 === 0) fs.mkdirSync(join(journey.source, `d${i}`))
      fs.writeFileSync(join(journey.source, `d${i - (i % 100)}`, `${i}.txt`), `message ${i}`)
    }
    const device = journey.device()
    await device.create()
    await device.backUp(undefined, { now: later })
    const startedMs = performance.now()
    expect(await device.backUp(undefined, { now: later })).toMatchObject({ unchanged: true, files: 10_000 })
    expect(performance.now() - startedMs).toBeLessThan(5000) // about 0.4 s alone; quadratic would be minutes
    expect((await device.check()).ok).toBe(true)
  })

  it('reads files again that were written just before the last run, and finds them unchanged', async () => {
    const journey = new Journey()
    journey.write({ 'fresh.txt': 'fresh' })
    const device = journey.device()
    await device.create()
    await device.backUp()
    const { result, opened: read } = await opened(journey, device)
    expect(read).toEqual(['fresh.txt'])
    expect(result).toMatchObject({ unchanged: true })
    expect((await opened(journey, device)).opened).toEqual([])
  })
})

describe('a run that finds changes', () => {
  it('reads what is new or other, and only that', async () => {
    const { journey, device } = await withBackup({
      'same.txt': 'same',
      'other.txt': 'before',
      'gone.txt': 'gone',
      'old/name.txt': 'moved',
    })
    journey.write({ 'other.txt': 'after', 'new.txt': 'new' })
    fs.rmSync(join(journey.source, 'gone.txt'))
    fs.renameSync(join(journey.source, 'old'), join(journey.source, 'renamed'))
    const { result, opened: read } = await opened(journey, device)
    expect(read).toEqual(['new.txt', 'other.txt', 'renamed/name.txt'])
    expect(result).toMatchObject({ unchanged: false, files: 4 })
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
  })

  it('stores moved and copied content once', async () => {
    const photo = new Random('photo').bytes(2_000_000)
    const { journey, device } = await withBackup({ 'a/photo.jpg': photo })
    fs.renameSync(join(journey.source, 'a'), join(journey.source, 'b'))
    fs.copyFileSync(join(journey.source, 'b', 'photo.jpg'), join(journey.source, 'copy.jpg'))
    const { addedBytes } = await device.backUp()
    expect(addedBytes).toBeLessThan(20_000)
  })

  it('keeps a change of time or mode alone', async () => {
    const { journey, device } = await withBackup({ 'a.txt': 'a', 'b/c.txt': 'c' })
    fs.chmodSync(join(journey.source, 'a.txt'), 0o400)
    fs.utimesSync(join(journey.source, 'b'), 1000, 1000)
    expect(await device.backUp()).toMatchObject({ unchanged: false })
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
  })

  it('R43: sees content that changed at the same size and time', async () => {
    const { journey, device } = await withBackup({ 'a.txt': 'before' })
    const path = join(journey.source, 'a.txt')
    const { atime, mtime } = fs.statSync(path)
    fs.writeFileSync(path, 'after!')
    fs.utimesSync(path, atime, mtime)
    expect((await opened(journey, device)).opened).toEqual(['a.txt'])
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
  })

  it('sees such a change also where no change times are known, when it came near the last backup', async () => {
    const journey = new Journey()
    journey.write({ 'a.txt': 'before', 'old.txt': 'old' })
    const path = join(journey.source, 'a.txt')
    fs.utimesSync(join(journey.source, 'old.txt'), 1000, 1000)
    const device = journey.device()
    await device.create()
    await device.backUp()
    const { atime, mtime } = fs.statSync(path)
    fs.writeFileSync(path, 'after!')
    fs.utimesSync(path, atime, mtime)
    fs.rmSync(device.state.path, { recursive: true })
    expect((await opened(journey, device)).opened).toEqual(['a.txt'])
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
  })
})

describe('a file that does not hold still', () => {
  it('that changes once while it is read is read again', async () => {
    const { journey, device } = await withBackup({ 'b.txt': 'bystander' })
    journey.write({ 'a.txt': 'first version' })
    let isDone = false
    const { result } = await opened(journey, device, () => {
      if (!isDone) fs.writeFileSync(join(journey.source, 'a.txt'), 'the second version')
      isDone = true
    })
    expect(result.skipped).toEqual([])
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
  })

  it('that grows all the time is kept as it was read last, and told', async () => {
    const { journey, device } = await withBackup({ 'b.txt': 'bystander' })
    journey.write({ 'a.txt': 'line\n' })
    const { result } = await opened(journey, device, (path) => {
      if (path === 'a.txt') fs.appendFileSync(join(journey.source, 'a.txt'), 'line\n')
    })
    expect(result.skipped).toEqual([{ path: 'a.txt', code: 'changing' }])
    const { missing } = await device.restore(journey.path('out'))
    expect(missing).toEqual([])
    expect(fs.readFileSync(journey.path('out', 'a.txt'), 'utf8')).toMatch(/^(line\n)+$/)
    expect(await opened(journey, device)).toMatchObject({ opened: ['a.txt'], result: { skipped: [] } })
  })

  it.each([
    ['shrinks', (path: string) => fs.truncateSync(path, 1)],
    ['becomes empty', (path: string) => fs.truncateSync(path, 0)],
    [
      'is exchanged for another',
      (path: string) => {
        fs.writeFileSync(`${path}.new`, 'another')
        fs.renameSync(`${path}.new`, path)
      },
    ],
  ])('that %s while it is read is saved as it is then or at the next run', async (_, act) => {
    const { journey, device } = await withBackup({ 'b.txt': 'bystander' })
    journey.write({ 'a.txt': 'some content' })
    let isDone = false
    await opened(journey, device, () => {
      if (!isDone) act(join(journey.source, 'a.txt'))
      isDone = true
    })
    await opened(journey, device)
    expect(await restored(journey, device)).toEqual(contentOf(journey.source))
    expect((await device.check()).ok).toBe(true)
  })

  it.each([
    ['vanishes', (path: string) => fs.rmSync(path)],
    [
      'becomes a folder',
      (path: string) => {
        fs.rmSync(path)
        fs.mkdirSync(path)
      },
    ],
    [
      'becomes a link',
      (path: string) => {
        fs.rmSync(path)
        fs.symlinkSync('/etc/passwd', path)
      },
    ],
  ])('that %s before it is read is left out, and told', async (_, act) => {
    const { journey, device } = await withBackup({ 'chat.txt': 'read first' })
    journey.write({ 'chat.txt': 'read first, as text is', 'a.jpg': 'read later, as photos are' })
    const { result } = await opened(journey, device, (path) => {
      if (path === 'chat.txt') act(join(journey.source, 'a.jpg'))
    })
    expect(result.skipped).toEqual([{ path: 'a.jpg', code: 'vanished' }])
    await device.restore(journey.path('out'))
    expect(fs.readdirSync(journey.path('out'))).toEqual(['chat.txt'])
  })

  it('a whole folder that vanishes meanwhile does not stop the run', async () => {
    const { journey, device } = await withBackup({ 'chat.txt': 'x' })
    journey.write({ 'chat.txt': 'xx', 'd/a.jpg': 'a', 'd/b.jpg': 'b' })
    const { result } = await opened(journey, device, (path) => {
      if (path === 'chat.txt') fs.rmSync(join(journey.source, 'd'), { recursive: true })
    })
    expect(result.skipped.map(({ code }) => code)).toEqual(['vanished', 'vanished'])
    expect((await device.check()).ok).toBe(true)
  })
})
