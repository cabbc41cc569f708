import { type Batch, batchUnits, TAG_BYTES, unitsPerRun } from './page-parts.ts'

/** A batch in the table: one that is stored (it has an id), or one that is still being filled. */
export type TableBatch = { id: Uint8Array | null; runs: Uint8Array[]; tags: Uint8Array; units: number }

/**
 * Which unit lies where, by tag: an open-addressing table over typed arrays. An entry is a unit of a batch; a file is
 * described by one entry a unit. Slots are found by the first 32 bits of a tag, equality compares all 128.
 */
export class TagTable {
  readonly unitBytes: number
  readonly batches: TableBatch[] = []
  #count = 0
  #places = new Uint32Array(2048) // batch, position
  #slots = new Uint32Array(2048) // entry + 1, 0 is free

  constructor(unitBytes: number) {
    this.unitBytes = unitBytes
  }

  /** Adds a stored batch, without the units of runs that are not at the place any more. */
  addStored(id: Uint8Array, batch: Batch, isRunStored: (run: Uint8Array) => boolean): void {
    const number = this.batches.length
    const units = batchUnits(batch)
    this.batches.push({ id, runs: [...batch.runs], tags: batch.tags, units })
    const perRun = unitsPerRun(this.unitBytes)
    for (const [run, runId] of batch.runs.entries()) {
      if (!isRunStored(runId)) continue
      for (let at = run * perRun; at < Math.min((run + 1) * perRun, units); at++) this.#add(number, at)
    }
  }

  /** Begins a batch that is filled by `append`. Answers its number. */
  beginBatch(): number {
    return this.batches.push({ id: null, runs: [], tags: new Uint8Array(64 * TAG_BYTES), units: 0 }) - 1
  }

  /** Adds a unit at the end of a batch and answers its entry, by which the tag is found from now on. */
  append(batch: number, tag: Uint8Array): number {
    const filled = this.#batch(batch)
    if ((filled.units + 1) * TAG_BYTES > filled.tags.length) {
      const grown = new Uint8Array(filled.tags.length * 2)
      grown.set(filled.tags)
      filled.tags = grown
    }
    filled.tags.set(tag, filled.units * TAG_BYTES)
    return this.#add(batch, filled.units++)
  }

  /** The entry with this tag, or -1. */
  find(tag: Uint8Array): number {
    const slot = this.#slotOf(tag, 0)
    return (this.#slots[slot] ?? 0) - 1
  }

  batchOf(entry: number): number {
    return this.#places[entry * 2] ?? 0
  }

  positionOf(entry: number): number {
    return this.#places[entry * 2 + 1] ?? 0
  }

  runOf(entry: number): number {
    return Math.floor(this.positionOf(entry) / unitsPerRun(this.unitBytes))
  }

  /** A view of an entry's tag. */
  tagOf(entry: number): Uint8Array {
    const at = this.positionOf(entry) * TAG_BYTES
    return this.#batch(this.batchOf(entry)).tags.subarray(at, at + TAG_BYTES)
  }

  /** Makes a new entry; one of the same tag that came before is no longer found. */
  #add(batch: number, position: number): number {
    if ((this.#count + 1) * 2 > this.#places.length) this.#grow()
    const entry = this.#count++
    this.#places[entry * 2] = batch
    this.#places[entry * 2 + 1] = position
    const { tags } = this.#batch(batch)
    this.#slots[this.#slotOf(tags, position * TAG_BYTES)] = entry + 1
    return entry
  }

  /** The slot that holds the tag at `at`, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, at: number): number {
    const mask = this.#slots.length - 1
    let slot = firstWord(bytes, at) & mask
    for (;;) {
      const entry = (this.#slots[slot] ?? 0) - 1
      if (entry < 0 || this.#isSame(entry, bytes, at)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isSame(entry: number, bytes: Uint8Array, at: number): boolean {
    const { tags } = this.#batch(this.batchOf(entry))
    const own = this.positionOf(entry) * TAG_BYTES
    for (let i = 0; i < TAG_BYTES; i++) if (tags[own + i] !== bytes[at + i]) return false
    return true
  }

  #grow(): void {
    const places = new Uint32Array(this.#places.length * 2)
    places.set(this.#places)
    this.#places = places
    this.#slots = new Uint32Array(places.length)
    for (let entry = 0; entry < this.#count; entry++) {
      const { tags } = this.#batch(this.batchOf(entry))
      this.#slots[this.#slotOf(tags, this.positionOf(entry) * TAG_BYTES)] = entry + 1
    }
  }

  #batch(number: number): TableBatch {
    const batch = this.batches[number]
    if (!batch) throw new RangeError('tag table: no such batch')
    return batch
  }
}

const firstWord = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
