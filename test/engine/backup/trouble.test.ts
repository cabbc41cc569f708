import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { canMount, Disk } from '../../helpers/disk.ts'
import { codeOf, Journey } from '../../helpers/journey.ts'
import { contentOf } from '../../helpers/tree-content.ts'
import { WatchedPlace } from '../../helpers/watched-place.ts'
import { Random } from '../../sample-chats/random.ts'

const noise = (name: string, bytes: number): Buffer => new Random(name).bytes(bytes)

/** Enough for five packs. */
const MUCH_BYTES = 72_000_000
const MUCH = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`${n}.bin`, noise(`much ${n}`, MUCH_BYTES / 6)])),
  'chat.txt': 'hello',
}

async function created(files: Readonly<Record<string, string | Uint8Array>>) {
  const journey = new Journey()
  journey.write(files)
  const device = journey.device()
  await device.create()
  return { journey, device }
}

async function expectWhole({ journey, device }: Awaited<ReturnType<typeof created>>): Promise<void> {
  journey.wrap = (place) => place
  const to = fs.mkdtempSync(journey.path('out-'))
  await device.restore(to)
  expect(contentOf(to)).toEqual(contentOf(journey.source))
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
}

describe('a backup that was stopped', () => {
  it('leaves no snapshot, and the next one uses what was stored: no complete pack is written twice', async () => {
    const { journey, device } = await created(MUCH)
    const cancel = new AbortController()
    let puts = 0
    const twoAreThere = () => expect(journey.objects('pack-').length).toBeGreaterThan(1)
    const put = async (name: string): Promise<void> => {
      if (!name.includes('pack-') || ++puts !== 3) return
      await vi.waitFor(twoAreThere, { timeout: 20_000 })
      cancel.abort()
    }
    journey.wrap = (place) => new WatchedPlace(place, { put })
    expect(await codeOf(device.backUp(undefined, { signal: cancel.signal }))).toBe('cancelled')
    journey.wrap = (place) => place
    const packs = journey.objects('pack-')
    expect(packs.length).toBeGreaterThan(1)
    expect(await device.snapshotIds()).toEqual([])
    const { addedBytes } = await device.backUp()
    const stored = packs.reduce((sum, name) => sum + fs.statSync(join(journey.place, name)).size, 0)
    expect(addedBytes).toBeLessThan(MUCH_BYTES * 1.05 - stored) // with padding; a pack written twice would be 23 %
    expect(journey.objects('pack-')).toEqual(expect.arrayContaining([...packs]))
    await expectWhole({ journey, device })
  })

  it('by a signal given before it begins writes nothing', async () => {
    const { journey, device } = await created({ 'chat.txt': 'hello' })
    const before = journey.placeContent()
    expect(await codeOf(device.backUp(undefined, { signal: AbortSignal.abort() }))).toBe('cancelled')
    expect(journey.placeContent()).toEqual(before)
  })
})

describe('a place that fails', () => {
  it.each([
    'pack-',
    'index-',
    'record-',
  ])('when an object named %s is put: the run fails, the next is whole', async (kind) => {
    const { journey, device } = await created({ 'a.bin': noise('a', 500_000), 'chat.txt': 'hello' })
    await device.backUp()
    journey.write({ 'a.bin': noise('new', 500_000) })
    journey.wrap = (place) =>
      new WatchedPlace(place, {
        put: (name) => {
          if (name.includes(kind)) throw new BackupError('destination-full')
        },
      })
    expect(await codeOf(device.backUp())).toBe('destination-full')
    journey.wrap = (place) => place
    expect(await device.snapshotIds()).toHaveLength(1)
    await device.backUp()
    expect(await device.snapshotIds()).toHaveLength(2)
    await expectWhole({ journey, device })
  })

  it('by keeping other bytes than it was given: nothing is published, and the next run stores them again', async () => {
    const { journey, device } = await created({ 'a.bin': noise('a', 500_000), 'chat.txt': 'hello' })
    let isDone = false
    journey.wrap = (place) =>
      new WatchedPlace(place, {
        get: (name) => {
          if (isDone || !name.includes('pack-')) return
          isDone = true
          const path = join(journey.place, journey.objects('pack-')[0] ?? '')
          const bytes = fs.readFileSync(path)
          bytes.fill(0, bytes.length - 100)
          fs.writeFileSync(path, bytes)
        },
      })
    expect(await codeOf(device.backUp())).toBe('damaged')
    expect(await device.snapshotIds()).toEqual([])
    journey.wrap = (place) => place
    await device.backUp()
    await expectWhole({ journey, device })
  })

  it('R15: by being unplugged in the middle: it is never made again, and the next run goes on', async () => {
    const { journey, device } = await created(MUCH)
    let puts = 0
    journey.wrap = (place) =>
      new WatchedPlace(place, {
        put: (name) => {
          if (name.includes('pack-') && ++puts === 2) fs.renameSync(journey.place, `${journey.place}-unplugged`)
        },
      })
    expect(await codeOf(device.backUp())).toBe('destination-missing')
    expect(fs.existsSync(journey.place)).toBe(false)
    journey.wrap = (place) => place
    expect(await codeOf(device.backUp())).toBe('destination-missing')
    expect(fs.existsSync(journey.place)).toBe(false)
    fs.renameSync(`${journey.place}-unplugged`, journey.place)
    await device.backUp()
    await expectWhole({ journey, device })
  })

  it('by losing a pack: the next backup stores it again, and older snapshots are whole with it (T12)', async () => {
    const { journey, device } = await created({ 'a.bin': noise('a', 500_000), 'chat.txt': 'hello' })
    const first = await device.backUp()
    await device.backUp()
    for (const pack of journey.objects('pack-')) fs.rmSync(join(journey.place, pack))
    expect((await device.check()).ok).toBe(false)
    const { missing, files } = await device.restore(journey.path('out-before'))
    expect([missing.length > 0, files]).toEqual([true, 0])
    await device.backUp()
    await expectWhole({ journey, device })
    await device.restore(journey.path('first'), { snapshot: first.snapshot })
    expect(contentOf(journey.path('first'))).toEqual(contentOf(journey.source))
  })

  it('by losing its indexes costs time only', async () => {
    const { journey, device } = await created({ 'a.bin': noise('a', 500_000), 'chat.txt': 'hello' })
    await device.backUp()
    for (const index of journey.objects('index-')) fs.rmSync(join(journey.place, index))
    const { addedBytes, unchanged } = await device.backUp()
    expect([unchanged, addedBytes < 10_000]).toEqual([true, true])
    const to = journey.path('out')
    await device.restore(to)
    expect(contentOf(to)).toEqual(contentOf(journey.source))
  })

  it('by being full of what others put there: it is ignored, counted and left alone (T14, R16)', async () => {
    const { journey, device } = await created({ 'chat.txt': 'hello' })
    await device.backUp()
    const [pack = '', index = '', record = ''] = ['pack-', 'index-', 'record-'].map((kind) => journey.objects(kind)[0])
    const foreign: string[] = []
    for (const name of [pack, index, record])
      for (const copy of [name.replace('.kps', ' 2.kps'), name.replace('.kps', ' (1).kps'), `${name}.icloud`])
        foreign.push(copy)
    const folder = join(pack, '..')
    for (let i = 0; i < 500; i++) foreign.push(join(folder, `junk-${i}.kps`))
    foreign.push(join(folder, '..', 'desktop.ini'), 'thumbs.db', join(folder, '..', '..', 'device-00'))
    for (const name of foreign) fs.writeFileSync(join(journey.place, name), 'foreign')
    fs.mkdirSync(join(journey.place, folder, '..', '..', 'device-of-somebody'))
    journey.write({ 'new.txt': 'new' })
    await device.backUp()
    await expectWhole({ journey, device })
    expect(await device.check()).toMatchObject({ ignored: foreign.length - 1 }) // one lies beside the repository
    for (const name of foreign) expect(fs.readFileSync(join(journey.place, name), 'utf8')).toBe('foreign')
  })
})

describe('drafts that a crash left at the place', () => {
  it('go with the first backup after two days, if they are this device’s own', async () => {
    const { journey, device } = await created({ 'chat.txt': 'hello' })
    await device.backUp()
    const [pack = ''] = journey.objects('pack-')
    const old = new Date(Date.now() - 49 * 3600 * 1000)
    const draft = (name: string, at: Date): string => {
      const path = join(journey.place, name)
      fs.mkdirSync(join(path, '..'), { recursive: true })
      fs.writeFileSync(path, 'half')
      fs.utimesSync(path, at, at)
      return path
    }
    const dead = draft(`${pack}.0123abcd.tmp`, old)
    const young = draft(`${pack}.0123abce.tmp`, new Date())
    const others = draft(`${pack.replace(/device-[0-9a-f]{32}/, `device-${'ab'.repeat(16)}`)}.0123abcd.tmp`, old)
    const foreign = draft(join(pack, '..', 'movie.0123abcd.tmp'), old)
    await device.backUp()
    expect([dead, young, others, foreign].map((path) => fs.existsSync(path))).toEqual([false, true, true, true])
  })
})

describe.runIf(canMount)('a place on a disk of its own', () => {
  it('that is too small: the run ends with destination-full, the earlier snapshot is whole, and it goes on when there is room', async () => {
    const journey = new Journey()
    const disk = new Disk(journey.place, 4000)
    journey.write({ 'a.bin': noise('a', 1_000_000), 'chat.txt': 'hello' })
    const device = journey.device()
    await device.create()
    const first = await device.backUp()
    const before = contentOf(journey.source)
    journey.write({ 'b.bin': noise('b', 3_000_000), 'c.bin': noise('c', 3_000_000) })
    expect(await codeOf(device.backUp())).toBe('destination-full')
    expect(journey.objects('', '.tmp')).toEqual([])
    await device.restore(journey.path('out'), { snapshot: first.snapshot })
    expect(contentOf(journey.path('out'))).toEqual(before)
    expect((await device.check()).ok).toBe(true)
    disk.resize(20_000)
    await device.backUp()
    await expectWhole({ journey, device })
  })

  it('R13: that is full to the last byte at any moment never shows a half-written object', async () => {
    for (const kilobytes of [700, 760, 820, 900, 1000]) {
      const journey = new Journey()
      const disk = new Disk(journey.place, kilobytes)
      journey.write({ 'a.bin': noise('a', 600_000) })
      const device = journey.device()
      const refusal = await codeOf(device.create())
      if (refusal !== null) expect(refusal).toBe('destination-full')
      else {
        const code = await codeOf(device.backUp())
        expect([null, 'destination-full']).toContain(code)
        expect((await device.check()).ok).toBe(true)
      }
      disk.resize(10_000)
      if (refusal !== null) await device.create()
      await device.backUp()
      await expectWhole({ journey, device })
    }
  })

  it('R14: a full disk under the state folder ends a backup or does not matter; nothing is lost, and it goes on when there is room', async () => {
    const journey = new Journey()
    const device = journey.device()
    const disk = new Disk(device.state.path, 64)
    journey.write({ 'a.bin': noise('a', 200_000), 'chat.txt': 'hello' })
    await device.create()
    const first = await device.backUp()
    const codes = new Set<string | null>()
    for (let kilobytes = 0; kilobytes < 64; kilobytes += 4) {
      const filler = join(device.state.path, 'filler')
      fs.writeFileSync(filler, '')
      try {
        for (;;) fs.appendFileSync(filler, Buffer.alloc(4096))
      } catch {
        fs.truncateSync(filler, Math.max(0, fs.statSync(filler).size - kilobytes * 1024)) // so much is free
      }
      journey.write({ 'new.txt': `new ${kilobytes}` })
      codes.add(await codeOf(device.backUp()))
      fs.rmSync(filler)
    }
    expect([...codes]).toContain('disk-full')
    expect([...codes].filter((code) => code !== null && code !== 'disk-full')).toEqual([])
    disk.resize(2000)
    await device.backUp()
    await expectWhole({ journey, device })
    await device.restore(journey.path('first'), { snapshot: first.snapshot })
  })

  it('R15: that is write-protected: backing up is refused; looking, checking and restoring work', async () => {
    const journey = new Journey()
    const disk = new Disk(journey.place, 4000)
    journey.write({ 'chat.txt': 'hello' })
    const device = journey.device()
    await device.create()
    await device.backUp()
    disk.protect(true)
    expect(await codeOf(device.backUp())).toBe('sign-in-needed')
    for (const who of [device, journey.device('new')]) {
      expect(await who.snapshotIds()).toHaveLength(1)
      expect((await who.check()).ok).toBe(true)
      const to = fs.mkdtempSync(journey.path('out-'))
      await who.restore(to)
      expect(contentOf(to)).toEqual(contentOf(journey.source))
    }
    expect(await codeOf(journey.device('third').create({ another: true }))).toBe('sign-in-needed')
  })
})
