import { HEADER_BYTES } from './object.ts'
import type { PackEntry } from './pack-format.ts'

/** A pack that holds parts. `path` is below the repository's folder. */
export type PackInfo = {
  readonly id: string // 32 hex
  path: string
  size: number
  /**
   * `open` while this run is still filling it; `missing` when the listing lacks it or shows another size; `condemned` when
   * it can be read, but will be removed, so that nothing new may rely on it.
   */
  state: 'open' | 'present' | 'condemned' | 'missing'
}

/** A part that lies in several packs is taken from the one that ranks highest. */
const RANK = { missing: 0, condemned: 1, present: 2, open: 2 } as const

/** Where a part lies. */
export type PartPlace = Readonly<{
  pack: PackInfo
  offset: number
  storedLength: number
  plainLength: number
  type: number
}>

/**
 * Where every known part is: an open-addressing table over typed arrays, 41 bytes a part. Slots are found by the first
 * 32 bits of the id, which are as good as random; equality always compares all 128 bits, because a false hit would be
 * silent loss.
 */
export class PartTable {
  readonly packs: PackInfo[] = []
  readonly #packNumbers = new Map<string, number>()
  #capacity = 1024
  #count = 0
  #ids = new Uint8Array(this.#capacity * 16)
  #facts = new Uint32Array(this.#capacity * 4) // pack, offset, stored length, plain length
  #types = new Uint8Array(this.#capacity)
  #slots = new Uint32Array(this.#capacity * 2) // entry + 1, 0 is free

  get parts(): number {
    return this.#count
  }

  /** Makes a pack known, once; a pack that is known keeps its first facts. */
  addPack(pack: PackInfo): PackInfo {
    const known = this.#packNumbers.get(pack.id)
    if (known !== undefined) return this.packs[known] ?? pack
    this.#packNumbers.set(pack.id, this.packs.length)
    this.packs.push(pack)
    return pack
  }

  hasPack(id: string): boolean {
    return this.#packNumbers.has(id)
  }

  /** Adds all parts of a pack by its footer. */
  addEntries(pack: PackInfo, entries: readonly PackEntry[]): void {
    let offset = HEADER_BYTES
    for (const entry of entries) {
      this.add(pack, entry, offset)
      offset += entry.storedLength
    }
  }

  /** Adds a part; one that is known in a pack that is as good stays where it is. */
  add(pack: PackInfo, entry: PackEntry, offset: number): void {
    const number = this.#packNumbers.get(pack.id)
    if (number === undefined) throw new RangeError('part table: unknown pack')
    let at = this.#find(entry.id)
    if (at >= 0 && !isBetter(pack, this.#packOf(at))) return
    if (at < 0) {
      if (this.#count === this.#capacity) this.#grow()
      at = this.#count++
      this.#ids.set(entry.id, at * 16)
      this.#link(at)
    }
    this.#types[at] = entry.type
    this.#facts.set([number, offset, entry.storedLength, entry.plainLength], at * 4)
  }

  /** Whether a part counts as stored: it lies in a pack that is there to stay. */
  isStored(id: Uint8Array): boolean {
    const at = this.#find(id)
    return at >= 0 && RANK[this.#packOf(at).state] === RANK.present
  }

  /** A part's number, from 0 to `parts` - 1, or -1; it stays the same while the table grows. */
  numberOf(id: Uint8Array): number {
    return this.#find(id)
  }

  /** Where a part can be read, or null. */
  find(id: Uint8Array): PartPlace | null {
    return this.placeOf(this.#find(id))
  }

  /** @param at - a number, or -1 for a part that is not known. */
  placeOf(at: number): PartPlace | null {
    if (at < 0) return null
    const pack = this.#packOf(at)
    if (pack.state === 'missing') return null
    const [, offset = 0, storedLength = 0, plainLength = 0] = this.#facts.subarray(at * 4, at * 4 + 4)
    return { pack, offset, storedLength, plainLength, type: this.#types[at] ?? 0 }
  }

  /** Packs that are missing and hold parts which are in no other pack: what was not stored again. */
  lostPacks(): readonly PackInfo[] {
    const lost = new Set<PackInfo>()
    for (let at = 0; at < this.#count; at++) {
      const pack = this.#packOf(at)
      if (pack.state === 'missing') lost.add(pack)
    }
    return [...lost]
  }

  /** The pack that a part is taken from, or would be, were it not missing; and how many bytes it takes there. */
  stateOf(at: number): Readonly<{ pack: PackInfo; storedLength: number }> {
    return { pack: this.#packOf(at), storedLength: this.#facts[at * 4 + 2] ?? 0 }
  }

  #packOf(at: number): PackInfo {
    const pack = this.packs[this.#facts[at * 4] ?? -1]
    if (!pack) throw new RangeError('part table: entry without a pack')
    return pack
  }

  #find(id: Uint8Array): number {
    const mask = this.#slots.length - 1
    for (let slot = hash(id, 0) & mask; ; slot = (slot + 1) & mask) {
      const at = (this.#slots[slot] ?? 0) - 1
      if (at < 0) return -1
      let same = true
      for (let i = 0; i < 16 && same; i++) same = this.#ids[at * 16 + i] === id[i]
      if (same) return at
    }
  }

  #link(at: number): void {
    const mask = this.#slots.length - 1
    let slot = hash(this.#ids, at * 16) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = at + 1
  }

  #grow(): void {
    this.#capacity *= 2
    this.#ids = grown(this.#ids, new Uint8Array(this.#capacity * 16))
    this.#facts = grown(this.#facts, new Uint32Array(this.#capacity * 4))
    this.#types = grown(this.#types, new Uint8Array(this.#capacity))
    this.#slots = new Uint32Array(this.#capacity * 2)
    for (let at = 0; at < this.#count; at++) this.#link(at)
  }
}

const isBetter = (pack: PackInfo, known: PackInfo): boolean =>
  known.state === 'missing' || RANK[pack.state] > RANK[known.state]

const hash = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
