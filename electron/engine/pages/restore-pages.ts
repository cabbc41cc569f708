import { createHash } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { PART_TYPE, partKey } from '#engine/repository/part.ts'
import { type Batch, batchUnits, type PageFile, segmentUnits, TAG_BYTES, unitsIn, unitsPerRun } from './page-parts.ts'
import { type FetchPart, readBatch, readPageFile, readSegment } from './page-table.ts'
import { UnitTagger } from './unit-tagger.ts'

/** A file that can be written anywhere. */
export type PagedTarget = Readonly<{ writeAt(bytes: Uint8Array, offset: number): void }>

/** Units of a file that lie in one run, in the order of the file. */
export type UnitsOfRun = Readonly<{
  id: Uint8Array // of the run
  positions: Uint32Array // of each unit in the run
  units: Uint32Array // and in the file
  tags: Uint8Array // 16 bytes a unit
}>

export type DealRunsOptions = Readonly<{
  pageFileId: Uint8Array
  fileBytes: number // as the entry says
  fetch: FetchPart
  /** Told of each run once a window of the file, in no particular order of the file. */
  onRun: (run: UnitsOfRun, unitBytes: number) => Promise<void>
  signal?: AbortSignal | undefined
}>

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
 * Puts a file together from its pages, each run fetched once a window. Every unit is compared with its tag, and all tags
 * with the digest of the page file.
 *
 * @throws BackupError `damaged` when anything is missing or not what it should be.
 */
export async function restorePages(options: RestorePagesOptions): Promise<void> {
  const { fetch, fileBytes, pageKey, target, onBytes } = options
  let tagger: UnitTagger | null = null
  const onRun = async (run: UnitsOfRun, unitBytes: number): Promise<void> => {
    tagger ??= new UnitTagger(pageKey, unitBytes)
    const plain = await fetch(PART_TYPE.pageRun, run.id)
    if (!writeUnits(run, plain, { unitBytes, fileBytes }, tagger, target)) throw damaged(run.id)
    for (const unit of run.units) onBytes(Math.min(unitBytes, fileBytes - unit * unitBytes))
  }
  await dealRuns({ ...options, onRun })
}

/**
 * Tells of all runs that a file needs, and where their units go. What is told was compared with the digest of the page
 * file when this has resolved; the units themselves are the other's to compare with their tags.
 *
 * @throws BackupError `damaged` when anything is missing or not what it should be.
 */
export async function dealRuns(options: DealRunsOptions): Promise<void> {
  const file = await readPageFile(options.pageFileId, options.fetch)
  if (file.fileBytes !== options.fileBytes) throw damaged(options.pageFileId)
  return new PageFileReader(options, file).run()
}

/** Writes the units of a run, neighbours together; false, and nothing is written, when one is not what its tag says. */
export function writeUnits(
  { positions, units, tags }: Omit<UnitsOfRun, 'id'>,
  plain: Uint8Array,
  { unitBytes, fileBytes }: Readonly<{ unitBytes: number; fileBytes: number }>,
  tagger: UnitTagger,
  target: PagedTarget,
): boolean {
  for (let i = 0; i < units.length; i++) {
    const from = (positions[i] ?? 0) * unitBytes
    const unit = plain.subarray(from, from + unitBytes)
    const tag = tags.subarray(i * TAG_BYTES, (i + 1) * TAG_BYTES)
    if (unit.length !== unitBytes || !sameBytes(tagger.tag(unit), tag)) return false
  }
  const follows = (numbers: Uint32Array, i: number): boolean => numbers[i] === (numbers[i - 1] ?? 0) + 1
  for (let from = 0, to = 1; from < units.length; from = to++) {
    while (to < units.length && follows(units, to) && follows(positions, to)) to++
    const at = (units[from] ?? 0) * unitBytes
    const start = (positions[from] ?? 0) * unitBytes
    target.writeAt(plain.subarray(start, start + Math.min((to - from) * unitBytes, fileBytes - at)), at)
  }
  return true
}

class PageFileReader {
  readonly #options: DealRunsOptions
  readonly #file: PageFile
  readonly #digest = createHash('sha256')
  readonly #batchNumbers = new Map<string, number>()
  readonly #batches: Batch[] = []

  constructor(options: DealRunsOptions, file: PageFile) {
    this.#options = options
    this.#file = file
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

  async #writeRun(run: number, placed: readonly PlacedUnit[]): Promise<void> {
    const { onRun, signal, pageFileId } = this.#options
    signal?.throwIfAborted()
    const { unitBytes } = this.#file
    const batch = this.#batches[Math.floor(run / RUNS)]
    const id = batch?.runs[run % RUNS]
    if (!batch || !id) throw damaged(pageFileId)
    const first = (run % RUNS) * unitsPerRun(unitBytes)
    const tags = new Uint8Array(placed.length * TAG_BYTES)
    for (const [i, { position }] of placed.entries()) {
      tags.set(batch.tags.subarray(position * TAG_BYTES, (position + 1) * TAG_BYTES), i * TAG_BYTES)
    }
    const positions = Uint32Array.from(placed, ({ position }) => position - first)
    const units = Uint32Array.from(placed, ({ unit }) => unit)
    await onRun({ id, positions, units, tags }, unitBytes)
  }
}

/** No batch has more runs than this. */
const RUNS = 2 ** 17

const damaged = (id: Uint8Array): BackupError => new BackupError('damaged', { name: partKey(id) })
