import { sha256 } from '#engine/crypto/hash.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { PART_TYPE } from '#engine/repository/part.ts'
import { BatchWriter, type StorePart } from './batch-writer.ts'
import { healRuns } from './heal-runs.ts'
import {
  type Extent,
  encodeBatch,
  encodePageFile,
  encodeSegment,
  SEGMENT_UNITS,
  TAG_BYTES,
  unitBytesFor,
  unitsIn,
} from './page-parts.ts'
import type { PageLanes, ReadRange } from './page-range.ts'
import type { PageTable } from './page-table.ts'
import { unitsToCarry } from './repack.ts'
import { TagTable } from './tag-table.ts'
import { UnitTagger } from './unit-tagger.ts'

/** A file that can be read anywhere; answers how many bytes it got, fewer than asked only at its end. */
export type PagedSource = Readonly<{ readAt(buffer: Uint8Array, offset: number): number }>

export type StorePagesOptions = Readonly<{
  source: PagedSource
  fileBytes: number
  pageSize: number
  /** What the file's last version was made of, if that is known. */
  before: PageTable | null
  pageKey: Uint8Array
  store: StorePart
  isStored: (partId: Uint8Array) => boolean
  onBytes: (bytes: number) => void
  /** Where ranges of the file are read beside each other; without, all is done here. */
  lanes?: PageLanes
  signal?: Pick<AbortSignal, 'throwIfAborted'>
}>

/** A stored file: the id of its page file, and what the next backup compares with. */
export type StoredPages = Readonly<{ id: Uint8Array; table: PageTable }>

const READ_BYTES = 2 ** 20
/** What a lane takes at a time: whole runs, and a quarter of a batch. */
const LANE_BYTES = 16 * 2 ** 20

/**
 * Stores a file by page: one sequential read and one tag a unit; units whose tag is known from the last version,
 * wherever they lay in it, are not stored again.
 *
 * @returns null when the file changed its length or its content while it was read.
 */
export async function storePages(options: StorePagesOptions): Promise<StoredPages | null> {
  return new PageFileWriter(options).run()
}

class PageFileWriter {
  readonly #options: StorePagesOptions
  readonly #table: TagTable
  readonly #tagger: UnitTagger
  readonly #writer: BatchWriter
  readonly #entries: Uint32Array
  #firstNewBatch = 0
  readonly #unitBytes: number

  constructor(options: StorePagesOptions) {
    this.#options = options
    this.#unitBytes = unitBytesFor(options.pageSize)
    this.#table = new TagTable(this.#unitBytes)
    this.#tagger = new UnitTagger(options.pageKey, this.#unitBytes)
    this.#writer = new BatchWriter(this.#table, options.store)
    this.#entries = new Uint32Array(unitsIn(options.fileBytes, this.#unitBytes))
  }

  async run(): Promise<StoredPages | null> {
    await this.#addKnown()
    if (!(await this.#addUnits()) || !(await this.#carryScattered())) return null
    await this.#writer.finish()
    await this.#healBatches()
    const { store, fileBytes, pageSize } = this.#options
    const segments: Uint8Array[] = []
    for (let from = 0; from < this.#entries.length; from += SEGMENT_UNITS) {
      segments.push(await store(PART_TYPE.pageSegment, this.#segment(from), true))
    }
    const digest = this.#digest()
    const plain = encodePageFile({ fileBytes, pageSize, unitBytes: this.#unitBytes, segments, digest })
    const id = await store(PART_TYPE.pageFile, plain, false)
    return { id, table: this.#usedBatches() }
  }

  /** Takes what the last version was made of, after putting back what of it is gone and still in the file. */
  async #addKnown(): Promise<void> {
    const { before, isStored, store, source, fileBytes } = this.#options
    if (!before) return
    const file = { source, fileBytes, unitBytes: this.#unitBytes, tagger: this.#tagger }
    await healRuns(file, before, isStored, store)
    for (const { id, batch } of before.batches) {
      if (batch.unitBytes === this.#unitBytes) this.#table.addStored(id, batch, isStored)
    }
    this.#firstNewBatch = this.#table.batches.length
  }

  /** Reads the whole file once, in lanes; of what is known in part, the new units once more. */
  async #addInLanes(lanes: PageLanes): Promise<boolean> {
    const { fileBytes, onBytes } = this.#options
    const isNew = this.#table.batches.length === 0
    const reads: Promise<ReadRange | null>[] = []
    for (let offset = 0; offset < fileBytes; offset += LANE_BYTES) {
      await lanes.room()
      const length = Math.min(LANE_BYTES, fileBytes - offset)
      const read = lanes.read({ unitBytes: this.#unitBytes, offset, length, isNew }).then((range) => {
        onBytes(length)
        return range
      })
      read.catch(() => undefined) // heard below
      reads.push(read)
    }
    let unit = 0
    for (const read of reads) {
      const range = await read
      if (!range) return false
      if (isNew) unit = await this.#addNewRange(range, unit)
      else if (!(await this.#addKnownRange(range, unit))) return false
      else unit += range.tags.length / TAG_BYTES
    }
    if (isNew) this.#takeKnown()
    return true
  }

  /** Of equal units takes the one that the next run will find, so that it changes nothing. */
  #takeKnown(): void {
    for (const [unit, entry] of this.#entries.entries())
      this.#entries[unit] = this.#table.find(this.#table.tagOf(entry))
  }

  async #addNewRange({ tags, runs }: ReadRange, firstUnit: number): Promise<number> {
    const entry = await this.#writer.addRuns(tags, runs)
    const units = tags.length / TAG_BYTES
    for (let i = 0; i < units; i++) this.#entries[firstUnit + i] = entry + i
    return firstUnit + units
  }

  async #addKnownRange({ tags }: ReadRange, firstUnit: number): Promise<boolean> {
    const { signal } = this.#options
    const bytes = new Uint8Array(this.#unitBytes)
    signal?.throwIfAborted()
    for (let i = 0; i < tags.length / TAG_BYTES; i++) {
      const known = this.#table.find(tags.subarray(i * TAG_BYTES, (i + 1) * TAG_BYTES))
      if (known >= 0) {
        this.#entries[firstUnit + i] = known
        continue
      }
      if (!this.#readUnit(firstUnit + i, bytes)) return false
      this.#entries[firstUnit + i] = await this.#writer.add(this.#tagger.tag(bytes), bytes)
    }
    return true
  }

  /** Fills `bytes` with a unit, the last one of the file with zeros behind; false when the file has become shorter. */
  #readUnit(unit: number, bytes: Uint8Array): boolean {
    const { source, fileBytes } = this.#options
    const offset = unit * this.#unitBytes
    const wanted = Math.min(this.#unitBytes, fileBytes - offset)
    bytes.fill(0)
    return source.readAt(bytes.subarray(0, wanted), offset) === wanted
  }

  /** Reads the whole file once; what is new goes to the writer. */
  async #addUnits(): Promise<boolean> {
    const { lanes } = this.#options
    if (lanes && this.#options.fileBytes > LANE_BYTES) return this.#addInLanes(lanes)
    const { source, fileBytes, onBytes, signal } = this.#options
    const buffer = new Uint8Array(Math.max(READ_BYTES, this.#unitBytes))
    let unit = 0
    for (let offset = 0; offset < fileBytes; offset += buffer.length) {
      signal?.throwIfAborted()
      const wanted = Math.min(buffer.length, fileBytes - offset)
      if (source.readAt(buffer.subarray(0, wanted), offset) !== wanted) return false
      const whole = unitsIn(wanted, this.#unitBytes) * this.#unitBytes
      buffer.fill(0, wanted, whole) // the last unit is filled up
      for (let at = 0; at < whole; at += this.#unitBytes) {
        const bytes = buffer.subarray(at, at + this.#unitBytes)
        const tag = this.#tagger.tag(bytes)
        const known = this.#table.find(tag)
        this.#entries[unit++] = known >= 0 ? known : await this.#writer.add(tag, bytes)
      }
      onBytes(wanted)
      await new Promise((done) => setImmediate(done)) // cancel and progress get their turn
    }
    return true
  }

  /** Writes units of scattered runs again, beside the new ones. */
  async #carryScattered(): Promise<boolean> {
    const newUnits = this.#writer.units
    const moved = new Map<number, number>()
    const unitBuffer = new Uint8Array(this.#unitBytes)
    for (const unit of unitsToCarry(this.#table, this.#entries, this.#firstNewBatch, newUnits)) {
      const entry = this.#entries[unit] ?? 0
      const known = moved.get(entry)
      if (known !== undefined) {
        this.#entries[unit] = known
        continue
      }
      if (!this.#readUnit(unit, unitBuffer)) return false
      const tag = this.#tagger.tag(unitBuffer)
      if (!sameBytes(tag, this.#table.tagOf(entry))) return false
      const carried = await this.#writer.add(tag, unitBuffer)
      moved.set(entry, carried)
      this.#entries[unit] = carried
    }
    return true
  }

  /** A batch that is still used, but whose own part is gone from the place, is put there again. */
  async #healBatches(): Promise<void> {
    const { store, isStored } = this.#options
    for (const { id, batch } of this.#usedBatches().batches) {
      if (!isStored(id)) await store(PART_TYPE.pageBatch, encodeBatch(batch), false)
    }
  }

  #segment(from: number): Uint8Array {
    const numbers: number[] = []
    const extents: { -readonly [K in keyof Extent]: Extent[K] }[] = []
    for (const entry of this.#entries.subarray(from, from + SEGMENT_UNITS)) {
      const [number, start] = [this.#table.batchOf(entry), this.#table.positionOf(entry)]
      let batch = numbers.indexOf(number)
      if (batch < 0) batch = numbers.push(number) - 1
      const last = extents.at(-1)
      if (last && last.batch === batch && last.start + last.length === start) last.length++
      else extents.push({ batch, start, length: 1 })
    }
    const batches = numbers.map((number) => this.#idOfBatch(number))
    return encodeSegment({ batches, extents })
  }

  #digest(): Uint8Array {
    const tags = new Uint8Array(this.#entries.length * TAG_BYTES)
    for (const [unit, entry] of this.#entries.entries()) tags.set(this.#table.tagOf(entry), unit * TAG_BYTES)
    return sha256(tags)
  }

  #idOfBatch(number: number): Uint8Array {
    const id = this.#table.batches[number]?.id
    if (!id) throw new RangeError('pages: batch without an id')
    return id
  }

  #usedBatches(): PageTable {
    const used = new Map<number, Uint8Array>()
    for (const entry of this.#entries) {
      const number = this.#table.batchOf(entry)
      const runs = used.get(number) ?? new Uint8Array(this.#table.batches[number]?.runs.length ?? 0)
      runs[this.#table.runOf(entry)] = 1
      used.set(number, runs)
    }
    const batches = [...used]
      .sort(([a], [b]) => a - b)
      .map(([number, runsUsed]) => {
        const { runs = [], tags = new Uint8Array(0), units = 0 } = this.#table.batches[number] ?? {}
        const batch = { unitBytes: this.#unitBytes, runs, tags: tags.slice(0, units * TAG_BYTES) }
        return { id: this.#idOfBatch(number), batch, used: runsUsed }
      })
    return { batches }
  }
}
