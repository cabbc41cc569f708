import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FolderSource } from '#engine/index.ts'
import { codeOf, Journey, later } from '../../helpers/journey.ts'
import { contentOf } from '../../helpers/tree-content.ts'
import { WatchedSource } from '../../helpers/watched-source.ts'

/** Two folders that both changed a while ago. */
async function twoSources() {
  const journey = new Journey()
  const [phone, exports] = [journey.path('phone'), journey.path('exports')]
  for (const folder of [phone, exports]) {
    fs.mkdirSync(folder)
    fs.writeFileSync(join(folder, 'chat.txt'), `in ${folder}`)
  }
  const device = journey.device()
  await device.create()
  return { journey, device, phone, exports }
}

describe('several sources', () => {
  it('are in one snapshot, each under its label', async () => {
    const { journey, device, phone, exports } = await twoSources()
    expect(await device.backUp({ phone, exports })).toMatchObject({ files: 2, unchanged: false })
    await device.restore(journey.path('out'))
    expect(contentOf(journey.path('out', 'phone'))).toEqual(contentOf(phone))
    expect(contentOf(journey.path('out', 'exports'))).toEqual(contentOf(exports))
  })

  it('that are not named again are not in the next snapshot, and still in the one before', async () => {
    const { journey, device, phone, exports } = await twoSources()
    const first = await device.backUp({ phone, exports })
    expect(await device.backUp({ phone })).toMatchObject({ files: 1, unchanged: false })
    await device.restore(journey.path('out'))
    expect(contentOf(journey.path('out'))).toEqual(contentOf(phone))
    expect((await device.restore(journey.path('out-2'), { snapshot: first.snapshot })).files).toBe(2)
  })

  it('of which one is gone: it is taken over from the last snapshot, and the others are saved', async () => {
    const { journey, device, phone, exports } = await twoSources()
    await device.backUp({ phone, exports })
    const before = contentOf(exports)
    fs.renameSync(exports, `${exports}-away`)
    fs.writeFileSync(join(phone, 'new.txt'), 'new')
    const result = await device.backUp({ phone, exports })
    expect(result).toMatchObject({ files: 3, unreadableSources: ['exports'] })
    await device.restore(journey.path('out'))
    expect(contentOf(journey.path('out', 'exports'))).toEqual(before)
    expect(contentOf(journey.path('out', 'phone'))).toEqual(contentOf(phone))
    expect((await device.check()).ok).toBe(true)
    fs.renameSync(`${exports}-away`, exports)
    expect(await device.backUp({ phone, exports })).toMatchObject({ files: 3, unreadableSources: [] })
  })

  it('of which one is gone: when it is back, neither is read again that has not changed', async () => {
    const { device, phone, exports } = await twoSources()
    await device.backUp({ phone, exports }, { now: later })
    fs.renameSync(exports, `${exports}-away`)
    await device.backUp({ phone, exports }, { now: later })
    fs.renameSync(`${exports}-away`, exports)
    const sources = [phone, exports].map((path) => new WatchedSource(new FolderSource(path)))
    const options = {
      sources: sources.map((source, i) => ({ label: ['phone', 'exports'][i] ?? '', open: () => source })),
    }
    await device.backUp({}, { ...options, now: later })
    expect(sources.flatMap(({ opened }) => opened)).toEqual([])
  })

  it('of which one was never there: it is left out, and told', async () => {
    const { journey, device, phone } = await twoSources()
    const result = await device.backUp({ phone, other: journey.path('never') })
    expect(result).toMatchObject({ files: 1, unreadableSources: ['other'] })
    await device.restore(journey.path('out'))
    expect(contentOf(journey.path('out'))).toEqual(contentOf(phone))
  })

  it('of which none can be read: nothing at all is written, also by a device that has not joined yet', async () => {
    const { journey, device } = await twoSources()
    const other = journey.device('other')
    const before = journey.placeContent()
    for (const who of [device, other])
      expect(await codeOf(who.backUp({ a: journey.path('no'), b: journey.path('nowhere') }))).toBe('source-unreadable')
    expect(journey.placeContent()).toEqual(before)
  })

  it('with files of the same content store it once', async () => {
    const { journey, device, phone, exports } = await twoSources()
    const photo = Buffer.alloc(900_000, 'incompressible? no matter')
    for (const folder of [phone, exports]) fs.writeFileSync(join(folder, 'photo.jpg'), photo)
    const { addedBytes } = await device.backUp({ phone, exports })
    expect(addedBytes).toBeLessThan(1_200_000)
    expect((await device.restore(journey.path('out'))).files).toBe(4)
  })
})

describe('a source that is one file', () => {
  it('is backed up by its name, and comes back by it', async () => {
    const { journey, device, phone } = await twoSources()
    const file = join(phone, 'chat.txt')
    await device.backUp({ 'chat.txt': file })
    fs.appendFileSync(file, ' and more')
    expect(await device.backUp({ 'chat.txt': file })).toMatchObject({ files: 1, unchanged: false })
    await device.restore(journey.path('out'))
    expect(fs.readdirSync(journey.path('out'))).toEqual(['chat.txt'])
    expect(fs.readFileSync(journey.path('out', 'chat.txt'), 'utf8')).toBe(fs.readFileSync(file, 'utf8'))
  })
})

describe('what is ours inside a source', () => {
  async function restoredNames(journey: Journey, source: string): Promise<readonly string[]> {
    const device = journey.device()
    await device.create()
    await device.backUp({ source })
    expect((await device.backUp({ source })).unchanged).toBe(true)
    const elsewhere = new Journey().path('out')
    await device.restore(elsewhere)
    return fs.readdirSync(elsewhere, { recursive: true, encoding: 'utf8' }).sort()
  }

  it('is left out: the state folder and the place', async () => {
    const journey = new Journey()
    journey.write({ 'chat.txt': 'hello' })
    expect(await restoredNames(journey, journey.top)).toEqual(['source', 'source/chat.txt'])
  })

  it('is left out also when the place is the source itself', async () => {
    const journey = new Journey()
    fs.mkdirSync(journey.place)
    fs.writeFileSync(join(journey.place, 'chat.txt'), 'beside the repository')
    expect(await restoredNames(journey, journey.place)).toEqual(['chat.txt'])
  })
})
