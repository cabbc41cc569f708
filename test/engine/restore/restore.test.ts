import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canMount, Disk } from '../../helpers/disk.ts'
import { codeOf, type Device, Journey } from '../../helpers/journey.ts'
import { contentOf } from '../../helpers/tree-content.ts'
import { WatchedPlace } from '../../helpers/watched-place.ts'

const FILES = {
  'chat.txt': 'hello',
  'Media/one.jpg': 'one',
  'Media/two.jpg': 'two',
  'Media/Sent/three.jpg': 'three',
  'Mediator.txt': 'not in Media',
}

/** A device with one backup of FILES. */
async function backedUp(files: Readonly<Record<string, string | Uint8Array>> = FILES) {
  const journey = new Journey()
  journey.write(files)
  const device = journey.device()
  await device.create()
  await device.backUp()
  return { journey, device, out: journey.path('out') }
}

const names = (folder: string): string[] => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

/** Calls `act` at each read of a pack, until it answers true. */
function atReads(journey: Journey, act: () => boolean): void {
  let isDone = false
  journey.wrap = (place) =>
    new WatchedPlace(place, {
      get: (name) => {
        if (!isDone && name.includes('pack-')) isDone = act()
      },
    })
}

describe('the folder that is restored into', () => {
  it('is made when it is missing, with everything above it', async () => {
    const { journey, device } = await backedUp()
    await device.restore(journey.path('a', 'b', 'c'))
    expect(contentOf(journey.path('a', 'b', 'c'))).toEqual(contentOf(journey.source))
  })

  it.each([
    ['holds a file', (out: string) => fs.writeFileSync(join(out, 'mine.txt'), 'mine')],
    ['holds a hidden file', (out: string) => fs.writeFileSync(join(out, '.DS_Store'), '')],
    ['holds a link', (out: string) => fs.symlinkSync('/', join(out, 'Media'))],
    ['holds a journal that is not one', (out: string) => fs.writeFileSync(join(out, '.keepsake-restore'), 'x')],
    [
      'holds a link in place of a journal',
      (out: string) => fs.symlinkSync('/etc/passwd', join(out, '.keepsake-restore')),
    ],
    [
      'holds drafts that are not ours',
      (out: string) => {
        fs.mkdirSync(join(out, '.keepsake-restore.drafts'))
        fs.writeFileSync(join(out, '.keepsake-restore.drafts', 'mine.txt'), 'mine')
      },
    ],
  ])('is refused when it %s, and nothing in it changes (T38, T39)', async (_, plant) => {
    const { device, out } = await backedUp()
    fs.mkdirSync(out)
    plant(out)
    const before = contentOf(out)
    expect(await codeOf(device.restore(out))).toBe('target-unusable')
    expect(contentOf(out)).toEqual(before)
  })

  it('is refused when it is a file, or lies below one', async () => {
    const { journey, device, out } = await backedUp()
    fs.writeFileSync(out, 'a file')
    expect(await codeOf(device.restore(out))).toBe('target-unusable')
    expect(await codeOf(device.restore(join(out, 'deeper')))).toBe('target-unusable')
    expect(fs.readFileSync(journey.path('out'), 'utf8')).toBe('a file')
  })

  it('holds nothing but what was restored when all is done', async () => {
    const { journey, device, out } = await backedUp()
    await device.restore(out)
    expect(names(out)).toEqual(names(journey.source))
  })
})

describe('R48: what somebody plants while a restore runs', () => {
  async function plantedDuring(plant: (out: string, outside: string) => void) {
    const { journey, device, out } = await backedUp()
    const outside = journey.path('outside')
    fs.mkdirSync(outside)
    fs.writeFileSync(join(outside, 'victim.txt'), 'untouched')
    fs.chmodSync(outside, 0o755)
    const before = contentOf(outside)
    atReads(journey, () => {
      if (!fs.existsSync(join(out, '.keepsake-restore'))) return false // it still looks what there is to restore
      plant(out, outside)
      return true
    })
    const code = await codeOf(device.restore(out))
    expect(contentOf(outside)).toEqual(before)
    return { code, out, journey }
  }

  it('a link in place of a folder to come leads nowhere: it is refused (T38)', async () => {
    const { code } = await plantedDuring((out, outside) => fs.symlinkSync(outside, join(out, 'Media')))
    expect(code).toBe('target-unusable')
  })

  it('a link in place of the folder for drafts is refused (T38)', async () => {
    const { code } = await plantedDuring((out, outside) => {
      fs.rmSync(join(out, '.keepsake-restore.drafts'), { recursive: true })
      fs.symlinkSync(outside, join(out, '.keepsake-restore.drafts'))
    })
    expect(code).toBe('target-unusable')
  })

  it('the whole folder exchanged for a link is refused (T38)', async () => {
    const { code } = await plantedDuring((out, outside) => {
      fs.renameSync(out, `${out}-moved`)
      fs.symlinkSync(outside, out)
    })
    expect(code).toBe('target-unusable')
  })

  it('a file of the same name is kept, and the restored one gets the next name (T39)', async () => {
    const { code, out } = await plantedDuring((target) => {
      fs.mkdirSync(join(target, 'Media'))
      fs.writeFileSync(join(target, 'Media', 'one.jpg'), 'mine')
    })
    expect(code).toBeNull()
    expect(fs.readFileSync(join(out, 'Media', 'one.jpg'), 'utf8')).toBe('mine')
    expect(fs.readFileSync(join(out, 'Media', 'one (2).jpg'), 'utf8')).toBe('one')
  })

  it('a link of the same name as a file is kept and not followed (T38)', async () => {
    const { code, out } = await plantedDuring((target, outside) =>
      fs.symlinkSync(join(outside, 'victim.txt'), join(target, 'chat.txt')),
    )
    expect(code).toBeNull()
    expect(fs.lstatSync(join(out, 'chat.txt')).isSymbolicLink()).toBe(true)
    expect(fs.readFileSync(join(out, 'chat (2).txt'), 'utf8')).toBe('hello')
  })
})

describe('a part of a snapshot', () => {
  it('is a file or a folder with all below it, at its place', async () => {
    const { device, out, journey } = await backedUp()
    await device.restore(out, { only: ['Media/Sent', 'chat.txt'] })
    expect(names(out)).toEqual(['Media', 'Media/Sent', 'Media/Sent/three.jpg', 'chat.txt'])
    await device.restore(journey.path('out-2'), { only: ['./Media/'] })
    expect(names(journey.path('out-2'))).toEqual(names(journey.source).filter((name) => /^Media(\/|$)/.test(name)))
  })

  it.each([
    'Medi',
    'media',
    'Media/none.jpg',
    'Media/one.jpg/x',
    '',
    '.',
    '/Media',
    '../source/chat.txt',
  ])('that matches nothing (%j) is not found, and nothing is written', async (path) => {
    const { device, out } = await backedUp()
    expect(await codeOf(device.restore(out, { only: ['chat.txt', path] }))).toBe('not-found')
    expect(fs.existsSync(out)).toBe(false)
  })

  it('is told as missing, not as unknown, when the list of files is damaged', async () => {
    const { journey, device, out } = await backedUp()
    for (const pack of journey.objects('pack-')) fs.truncateSync(join(journey.place, pack), 5000)
    const outcome = await device.restore(out, { only: ['chat.txt'] })
    expect(outcome).toMatchObject({
      files: 0,
      missing: [{ path: 'chat.txt', code: 'damaged' }, { code: 'list-damaged' }],
    })
  })
})

describe('several sources', () => {
  async function twoSources() {
    const journey = new Journey()
    journey.write(FILES)
    const file = journey.path('single.txt')
    fs.writeFileSync(file, 'on its own')
    const device = journey.device()
    await device.create()
    await device.backUp({ source: journey.source, 'single.txt': file, 'single.txt-2': file })
    return { journey, device, out: journey.path('out') }
  }

  it('go into a folder each, by label; a single file becomes a file', async () => {
    const { journey, device, out } = await twoSources()
    await device.restore(out)
    expect(fs.readdirSync(out).sort()).toEqual(['single.txt', 'single.txt-2', 'source'])
    expect(contentOf(join(out, 'source'))).toEqual(contentOf(journey.source))
    expect(fs.readFileSync(join(out, 'single.txt-2'), 'utf8')).toBe('on its own')
  })

  it('are chosen from by paths that begin with the label', async () => {
    const { device, out, journey } = await twoSources()
    await device.restore(out, { only: ['source/Media', 'single.txt'] })
    expect(fs.readdirSync(out).sort()).toEqual(['single.txt', 'source'])
    expect(fs.readdirSync(join(out, 'source'))).toEqual(['Media'])
    expect(await codeOf(device.restore(journey.path('out-2'), { only: ['Media'] }))).toBe('not-found')
  })

  it('of which one is a single file: alone it goes straight into the folder', async () => {
    const journey = new Journey()
    fs.writeFileSync(journey.path('single.txt'), 'on its own')
    const device = journey.device()
    await device.create()
    await device.backUp({ 'single.txt': journey.path('single.txt') })
    await device.restore(journey.path('out'))
    expect(names(journey.path('out'))).toEqual(['single.txt'])
  })
})

describe('a restore that was interrupted', () => {
  /** More files than are written in one go. */
  const big = (): Readonly<Record<string, string | Uint8Array>> => ({
    ...FILES,
    'zz/later.bin': new Uint8Array(300_000).fill(7),
    'zz/last.bin': new Uint8Array(300_000).fill(9),
    ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`zz/many/${i}.txt`, `number ${i}`])),
  })

  /** Files that were restored so far. */
  const restored = (out: string): string[] =>
    names(out).filter((name) => !name.startsWith('.') && fs.statSync(join(out, name)).isFile())
  const hasSome = (out: string) => (): boolean => fs.existsSync(out) && restored(out).length > 0

  /** Interrupts at the first read of a pack at which `when` holds; answers the code. */
  async function interrupted(
    journey: Journey,
    device: Device,
    out: string,
    when: () => boolean,
    only: readonly string[] = [],
  ) {
    const cancel = new AbortController()
    atReads(journey, () => {
      if (when()) cancel.abort()
      return cancel.signal.aborted
    })
    const code = await codeOf(device.restore(out, { signal: cancel.signal, only }))
    journey.wrap = (place) => place
    return code
  }

  it('R04: goes on at any point, and ends with exactly what was backed up', async () => {
    const { journey, device, out } = await backedUp(big())
    let interruptions = 0
    for (let reads = 0; ; reads++) {
      let left = reads
      const code = await interrupted(journey, device, out, () => left-- === 0)
      if (code === null) break
      expect(code).toBe('cancelled')
      interruptions++
    }
    expect(interruptions).toBeGreaterThan(3)
    expect(contentOf(out)).toEqual(contentOf(journey.source))
  })

  it('does not fetch again what is there, and counts it', async () => {
    const { journey, device, out } = await backedUp(big())
    expect(await interrupted(journey, device, out, hasSome(out))).toBe('cancelled')
    const there = restored(out)
    expect(there.length).toBeGreaterThan(1)
    const inodes = there.map((name) => fs.statSync(join(out, name)).ino)
    const outcome = await device.restore(out)
    expect(outcome.files).toBe(Object.keys(big()).length)
    expect(there.map((name) => fs.statSync(join(out, name)).ino)).toEqual(inodes)
  })

  it('writes anew what a power cut left with the right size and time but without its bytes', async () => {
    const { journey, device, out } = await backedUp(big())
    expect(await interrupted(journey, device, out, hasSome(out))).toBe('cancelled')
    const [cut = ''] = restored(out).filter((name) => name.endsWith('.txt'))
    const [path, content] = [join(out, cut), fs.readFileSync(join(out, cut))]
    const { mtime } = fs.statSync(path)
    fs.writeFileSync(path, new Uint8Array(content.length))
    fs.utimesSync(path, mtime, mtime)
    const { notes } = await device.restore(out)
    const next = cut.replace('.txt', ' (2).txt')
    expect(fs.readFileSync(join(out, next))).toEqual(content)
    expect(notes).toEqual([{ path: cut, code: 'renamed', as: basename(next) }])
    expect(journey.objects('pack-').length).toBeGreaterThan(0)
  })

  it('goes on also after it was stopped before its journal was there, or after all files were', async () => {
    const { journey, device, out } = await backedUp()
    fs.mkdirSync(join(out, '.keepsake-restore.drafts'), { recursive: true })
    fs.writeFileSync(join(out, '.keepsake-restore.drafts', '0123456789abcdef'), 'half')
    await device.restore(out)
    expect(contentOf(out)).toEqual(contentOf(journey.source))
  })

  it('goes on for the same snapshot and selection only', async () => {
    const { journey, device, out } = await backedUp(big())
    expect(await interrupted(journey, device, out, hasSome(out), ['zz', 'chat.txt'])).toBe('cancelled')
    expect(await codeOf(device.restore(out))).toBe('target-unusable')
    journey.write({ 'new.txt': 'new' })
    const [first] = await device.snapshotIds()
    await device.backUp()
    expect(await codeOf(device.restore(out, { only: ['chat.txt', 'zz'] }))).toBe('target-unusable')
    const { files } = await device.restore(out, { only: ['chat.txt', 'zz'], snapshot: first ?? '' })
    expect(files).toBe(303)
  })
})

describe.runIf(canMount)('a restore onto a disk of its own', () => {
  it('that is too small ends with disk-full, and goes on when there is room (T30)', async () => {
    const { journey, device, out } = await backedUp({
      ...FILES,
      'big.bin': fs.readFileSync(process.execPath).subarray(0, 3_000_000),
    })
    const disk = new Disk(out, 1500)
    expect(await codeOf(device.restore(join(out, 'here')))).toBe('disk-full')
    expect(fs.existsSync(join(out, 'here', 'big.bin'))).toBe(false)
    disk.resize(8000)
    await device.restore(join(out, 'here'))
    expect(contentOf(join(out, 'here'))).toEqual(contentOf(journey.source))
  })

  it('that is write-protected is refused', async () => {
    const { device, out } = await backedUp()
    new Disk(out, 100).protect(true)
    expect(await codeOf(device.restore(out))).toBe('target-unusable')
  })
})
