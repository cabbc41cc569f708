import { PART_TYPE, type PartType } from '#engine/repository/part.ts'
import { encodeBatch, RUN_BYTES, TAG_BYTES } from './page-parts.ts'
import type { TagTable } from './tag-table.ts'

/** Stores a part if it is new and answers its id. */
export type StorePart = (type: PartType, plain: Uint8Array, compress: boolean) => Promise<Uint8Array>

/** So often a batch is ended, so that a long first backup that is cut off is found again by its batches. */
const BATCH_BYTES = 64 * 2 ** 20

/** Gathers new units in runs and runs in batches. */
export class BatchWriter {
  readonly #table: TagTable
  readonly #store: StorePart
  readonly #run = new Uint8Array(RUN_BYTES)
  #runBytes = 0
  #batch: number | null = null
  /** Units added so far. */
  units = 0

  constructor(table: TagTable, store: StorePart) {
    this.#table = table
    this.#store = store
  }

  /** Adds a unit (copied) and answers its entry in the table. */
  async add(tag: Uint8Array, unit: Uint8Array): Promise<number> {
    this.#batch ??= this.#table.beginBatch()
    const entry = this.#table.append(this.#batch, tag)
    this.#run.set(unit, this.#runBytes)
    this.#runBytes += unit.length
    this.units++
    if (this.#runBytes === RUN_BYTES) await this.#endRun()
    if ((this.#table.batches[this.#batch]?.units ?? 0) * unit.length >= BATCH_BYTES) await this.finish()
    return entry
  }

  /** Adds units that are stored already, as whole runs; the last run of a file may be shorter. Answers the first one's entry. */
  async addRuns(tags: Uint8Array, runs: readonly Uint8Array[]): Promise<number> {
    if (this.#runBytes > 0) await this.finish()
    this.#batch ??= this.#table.beginBatch()
    const first = this.#table.append(this.#batch, tags.subarray(0, TAG_BYTES))
    for (let at = TAG_BYTES; at < tags.length; at += TAG_BYTES)
      this.#table.append(this.#batch, tags.subarray(at, at + TAG_BYTES))
    const batch = this.#table.batches[this.#batch]
    batch?.runs.push(...runs)
    this.units += tags.length / TAG_BYTES
    if ((batch?.units ?? 0) * this.#table.unitBytes >= BATCH_BYTES) await this.finish()
    return first
  }

  /** Ends the batch that is being filled, if there is one. */
  async finish(): Promise<void> {
    if (this.#runBytes > 0) await this.#endRun()
    const batch = this.#batch === null ? undefined : this.#table.batches[this.#batch]
    this.#batch = null
    if (!batch) return
    const { unitBytes } = this.#table
    const tags = batch.tags.subarray(0, batch.units * TAG_BYTES)
    batch.id = await this.#store(PART_TYPE.pageBatch, encodeBatch({ unitBytes, runs: batch.runs, tags }), false)
  }

  async #endRun(): Promise<void> {
    const batch = this.#batch === null ? undefined : this.#table.batches[this.#batch]
    batch?.runs.push(await this.#store(PART_TYPE.pageRun, this.#run.subarray(0, this.#runBytes), true))
    this.#runBytes = 0
  }
}
