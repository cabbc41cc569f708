import { createHash } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { PART_TYPE, partKey } from '#engine/repository/part.ts'
import { type Batch, batchUnits, type PageFile, segmentUnits, TAG_BYTES, unitsIn, unitsPerRun } from './page-parts.ts'
import { type FetchPart, readBatch, readPageFile, readSegment } from './page-table.ts'
import { UnitTagger } from './unit-tagger.ts'

/** A file that can be written anywhere. */
export type PagedTarget = Readonly<{ writeAt(bytes: Uint8Array, offset: number): void }>

export type RestorePagesOptions = Readonly<{
  pageFileId: Uint8Array
  fileBytes: number // as the entry says
  pageKey: Uint8Array
  fetch: FetchPart
  target: PagedTarget
  onBytes: (bytes: number) => void
  signal?: AbortSignal
}>

/** Units put in order at a time: with 4 KiB units, 1 GiB of the file and 3 MB of memory. */
const WINDOW_UNITS = 2 ** 18

type PlacedUnit = Readonly<{ run: number; position: number; unit: number }>

/**
 * Puts a file together from its pages: window by window, each run fetched once a window. Every unit is compared with
 * its tag, and all tags with the digest of the page file.
 *
 * @throws BackupError `damaged` when anything is missing or not what it should be.
 */
export async function restorePages(options: RestorePagesOptions): Promise<void> {
  const file = await readPageFile(options.pageFileId, options.fetch)
  if (file.fileBytes !== options.fileBytes) throw damaged(options.pageFileId)
  return new PageFileReader(options, file).run()
}

class PageFileReader {
  readonly #options: RestorePagesOptions
  readonly #file: PageFile
  readonly #tagger: UnitTagger
  readonly #digest = createHash('sha256')
  readonly #batchNumbers = new Map<string, number>()
  readonly #batches: Batch[] = []

  constructor(options: RestorePagesOptions, file: PageFile) {
    this.#options = options
    this.#file = file
    this.#tagger = new UnitTagger(options.pageKey, file.unitBytes)
  }

  async run(): Promise<void> {
    const { pageFileId } = this.#options
    const units = unitsIn(this.#file.fileBytes, this.#file.unitBytes)
    let unit = 0
    let window: PlacedUnit[] = []
    for (const id of this.#file.segments) {
      unit = await this.#place(id, unit, window)
      if (window.length < WINDOW_UNITS) continue
      await this.#write(window)
      window = []
    }
    await this.#write(window)
    if (unit !== units || !sameBytes(this.#digest.digest(), this.#file.digest)) throw damaged(pageFileId)
  }

  /** Adds a segment's units to the window; answers the number of the unit after them. */
  async #place(id: Uint8Array, firstUnit: number, window: PlacedUnit[]): Promise<number> {
    const segment = await readSegment(id, this.#options.fetch)
    const numbers: number[] = []
    for (const batch of segment.batches) numbers.push(await this.#batchNumber(batch))
    const perRun = unitsPerRun(this.#file.unitBytes)
    let unit = firstUnit
    for (const { batch: index, start, length } of segment.extents) {
      const number = numbers[index] ?? 0
      const batch = this.#batches[number]
      if (!batch || start + length > batchUnits(batch)) throw damaged(id)
      this.#digest.update(batch.tags.subarray(start * TAG_BYTES, (start + length) * TAG_BYTES))
      for (let position = start; position < start + length; position++) {
        window.push({ run: number * RUNS + Math.floor(position / perRun), position, unit: unit++ })
      }
    }
    if (unit !== firstUnit + segmentUnits(segment)) throw damaged(id)
    return unit
  }

  async #batchNumber(id: Uint8Array): Promise<number> {
    const known = this.#batchNumbers.get(partKey(id))
    if (known !== undefined) return known
    const batch = await readBatch(id, this.#options.fetch)
    if (batch.unitBytes !== this.#file.unitBytes) throw damaged(id)
    this.#batchNumbers.set(partKey(id), this.#batches.length)
    return this.#batches.push(batch) - 1
  }

  async #write(window: PlacedUnit[]): Promise<void> {
    window.sort((a, b) => a.run - b.run || a.unit - b.unit)
    for (let from = 0; from < window.length; ) {
      const run = window[from]?.run ?? 0
      let to = from
      while (to < window.length && window[to]?.run === run) to++
      await this.#writeRun(run, window.slice(from, to))
      from = to
    }
  }

  async #writeRun(run: number, units: readonly PlacedUnit[]): Promise<void> {
    const { fetch, target, onBytes, signal } = this.#options
    signal?.throwIfAborted()
    const { unitBytes, fileBytes } = this.#file
    const batch = this.#batches[Math.floor(run / RUNS)]
    const id = batch?.runs[run % RUNS]
    if (!batch || !id) throw damaged(this.#options.pageFileId)
    const plain = await fetch(PART_TYPE.pageRun, id)
    const first = (run % RUNS) * unitsPerRun(unitBytes)
    for (const { position, unit } of units) {
      const bytes = plain.subarray((position - first) * unitBytes, (position - first + 1) * unitBytes)
      const tag = batch.tags.subarray(position * TAG_BYTES, (position + 1) * TAG_BYTES)
      if (bytes.length !== unitBytes || !sameBytes(this.#tagger.tag(bytes), tag)) throw damaged(id)
      const offset = unit * unitBytes
      const length = Math.min(unitBytes, fileBytes - offset)
      target.writeAt(bytes.subarray(0, length), offset)
      onBytes(length)
    }
  }
}

/** No batch has more runs than this. */
const RUNS = 2 ** 17

const damaged = (id: Uint8Array): BackupError => new BackupError('damaged', { name: partKey(id) })
