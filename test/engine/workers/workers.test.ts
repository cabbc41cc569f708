import * as fs from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { SharedParts } from '#engine/repository/shared-parts.ts'
import { workersFor } from '#engine/workers/workers-for.ts'
import { codeOf, Journey } from '../../helpers/journey.ts'
import { database, noise } from '../../helpers/scene.ts'
import { contentOf } from '../../helpers/tree-content.ts'
import { WatchedPlace } from '../../helpers/watched-place.ts'

const MIB = 2 ** 20

/** Every way of storing: whole files, ranges, a database small and large, text, twins, nothing. */
const FILES = {
  ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`photos/${n}.jpg`, noise(120_000 + n * 1000, n)])),
  'photos/twin.jpg': noise(125_000, 5),
  'video.mp4': noise(37 * MIB + 5, 77),
  'zeros.bin': new Uint8Array(18 * MIB),
  'msgstore.db': database(Array.from({ length: 4500 }, (_, n) => n % 3000)),
  'small.db': database(Array.from({ length: 40 }, (_, n) => n)),
  'chat.txt': 'hello again and again '.repeat(20_000),
  'empty.txt': '',
}

async function begun() {
  const journey = new Journey()
  journey.write(FILES)
  const device = journey.device()
  await device.create()
  return { journey, device }
}

async function expectWhole({ journey, device }: Awaited<ReturnType<typeof begun>>): Promise<void> {
  journey.wrap = (place) => place
  const to = fs.mkdtempSync(journey.path('out-'))
  await device.restore(to)
  expect(contentOf(to)).toEqual(contentOf(journey.source))
  expect(await device.check(true)).toMatchObject({ ok: true, problems: [] })
}

/** Gets hold of the next worker that is born. */
function nextWorker(then: (worker: Worker) => void): void {
  process.once('worker', then)
  onTestFinished(() => void process.off('worker', then))
}

describe('a backup in workers', () => {
  it('holds what one without them holds, and nothing changes when the next run has none', async () => {
    const run = await begun()
    const first = await run.device.backUp(undefined, { workers: 2 })
    expect(first).toMatchObject({ files: Object.keys(FILES).length, skipped: [] })
    const again = await run.device.backUp(undefined, { workers: 0 })
    expect(again).toMatchObject({ unchanged: true, files: first.files, bytes: first.bytes })
    const packs = fs.readdirSync(run.journey.place, { recursive: true, encoding: 'utf8' })
    expect(packs.filter((name) => name.endsWith('.tmp'))).toEqual([])
    await expectWhole(run)
  })

  it('adds of a database what is new, wherever it stands in it', async () => {
    const run = await begun()
    const pages = Array.from({ length: 6000 }, (_, n) => n)
    run.journey.write({ 'msgstore.db': database(pages) })
    await run.device.backUp(undefined, { workers: 2 })
    const later = [...pages.map((n) => (n % 97 === 5 ? n + 10_000 : n)), ...pages.slice(0, 50), 20_000, 20_001]
    run.journey.write({ 'msgstore.db': database(later) })
    const { addedBytes } = await run.device.backUp(undefined, { workers: 2 })
    expect(addedBytes).toBeLessThan(pages.length * 4096 * 0.05)
    await expectWhole(run)
  })

  it('that lets others go first uses one, and holds the same', async () => {
    const run = await begun()
    await run.device.backUp(undefined, { isPolite: true })
    await expectWhole(run)
  })

  it('R13: ends with the error of the place, and the next one goes on from what is there', async () => {
    const run = await begun()
    let packs = 0
    run.journey.wrap = (place) =>
      new WatchedPlace(place, {
        put: (name) => {
          if (name.includes('/pack-') && ++packs === 3) throw new BackupError('destination-full')
        },
      })
    expect(await codeOf(run.device.backUp(undefined, { workers: 2 }))).toBe('destination-full')
    run.journey.wrap = (place) => place
    await run.device.backUp(undefined, { workers: 2 })
    await expectWhole(run)
  })

  it('whose worker dies ends with an error, and loses nothing', async () => {
    const run = await begun()
    nextWorker((worker) => void worker.once('online', () => void worker.terminate()))
    expect(await codeOf(run.device.backUp(undefined, { workers: 2 }))).toBe('unexpected')
    await run.device.backUp(undefined, { workers: 2 })
    await expectWhole(run)
  })

  it('that is cancelled leaves no thread behind, and the next one goes on', async () => {
    const run = await begun()
    const cancel = new AbortController()
    const ended: Promise<unknown>[] = []
    nextWorker((worker) => ended.push(new Promise((done) => worker.once('exit', done))))
    run.journey.wrap = (place) => new WatchedPlace(place, { put: (name) => name.includes('/pack-') && cancel.abort() })
    expect(await codeOf(run.device.backUp(undefined, { workers: 2, signal: cancel.signal }))).toBe('cancelled')
    await Promise.all(ended)
    expect(ended).toHaveLength(1)
    run.journey.wrap = (place) => place
    expect(await run.device.snapshotIds()).toEqual([])
    await run.device.backUp(undefined, { workers: 2 })
    await expectWhole(run)
  })
})

describe('how many workers', () => {
  it('are used follows from what is to be read, and from whom to let go first', () => {
    expect(workersFor(0, false)).toBe(0)
    expect(workersFor(0, true)).toBe(0)
    expect(workersFor(MIB, false)).toBe(0)
    expect(workersFor(MIB, true)).toBe(1)
    expect(workersFor(100 * MIB, true)).toBe(1)
    expect(workersFor(100 * MIB, false)).toBeGreaterThanOrEqual(1)
    expect(workersFor(1, false, 2)).toBe(2)
  })
})

describe('parts that threads share', () => {
  const idOf = (number: number): Uint8Array => {
    const id = new Uint8Array(16)
    new DataView(id.buffer).setUint32(12, number)
    return id
  }

  it('are claimed by one of those who ask, in whichever view they ask', () => {
    const here = new SharedParts()
    const there = new SharedParts(here.memory)
    for (let n = 0; n < 500; n++) {
      const [first, second] = n % 2 === 0 ? [here, there] : [there, here]
      expect(first.claim(idOf(n))).toBeNull()
      expect(second.claim(idOf(n))).toEqual({ storedLength: 0, plainLength: 0 })
    }
    here.note(idOf(3), { storedLength: 90, plainLength: 10 })
    expect(there.claim(idOf(3))).toEqual({ storedLength: 90, plainLength: 10 })
  })

  it('beyond what there is room for are stored by whoever asks', () => {
    const parts = new SharedParts()
    for (let n = 0; n < parts.capacity; n++) parts.claim(idOf(n))
    expect(parts.claim(idOf(99_999))).toBeNull()
    expect(parts.claim(idOf(99_999))).toBeNull()
    expect(parts.claim(idOf(5))).not.toBeNull()
    const larger = parts.grown(parts.capacity * 2)
    expect(larger.claim(idOf(5))).not.toBeNull()
    expect(larger.claim(idOf(99_999))).toBeNull()
    expect(larger.claim(idOf(99_999))).not.toBeNull()
  })
})
