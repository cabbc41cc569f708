import { HEADER_BYTES } from './object.ts'
import type { PackEntries, PackEntry } from './pack-entries.ts'
import { type PartLengths, SharedParts, type SharedPartsMemory } from './shared-parts.ts'

/** A pack that holds parts. `path` is below the repository's folder. */
export type PackInfo = {
  readonly id: string // 32 hex
  path: string
  size: number
  /**
   * `missing` when the listing lacks it or shows another size; `condemned` when it can be read, but will be removed, so
   * that nothing new may rely on it.
   */
  state: 'present' | 'condemned' | 'missing'
}

/** A part that lies in several packs is taken from the one that ranks highest. */
const RANK = { missing: 0, condemned: 1, present: 2 } as const

/** Where a part lies. */
export type PartPlace = Readonly<{
  pack: PackInfo
  offset: number
  storedLength: number
  plainLength: number
  type: number
}>

/** Where every known part is, and which parts this run has claimed to store. */
export class PartTable {
  readonly packs: PackInfo[] = []
  readonly #packNumbers = new Map<string, number>()
  #entries = new SharedParts()
  #types = new Uint8Array(this.#entries.capacity)

  /** Parts that are known, or claimed; an upper bound of their numbers. */
  get parts(): number {
    return this.#entries.count
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
  addEntries(pack: PackInfo, entries: PackEntries): void {
    let offset = HEADER_BYTES
    for (let number = 0; number < entries.length; number++) {
      const entry = entries.at(number)
      this.add(pack, entry, offset)
      offset += entry.storedLength
    }
  }

  /** Adds a part; one that is known in a pack that is as good stays where it is. */
  add(pack: PackInfo, { id, type, storedLength, plainLength }: PackEntry, offset: number): void {
    const number = this.#packNumbers.get(pack.id)
    if (number === undefined) throw new RangeError('part table: unknown pack')
    const at = this.#entryOf(id)
    const known = this.#packOf(at)
    if (known && !isBetter(pack, known)) return
    this.#types[at] = type
    this.#entries.place(at, number, offset, storedLength, plainLength)
  }

  /** Whether a part counts as stored: it lies in a pack that is there to stay, or this run has claimed to store it. */
  isStored(id: Uint8Array): boolean {
    const at = this.#entries.find(id)
    return at >= 0 && (this.#entries.isClaimed(at) || this.#isPresent(at))
  }

  /** Null when the caller is now the one to store the part; otherwise what is known of it. */
  claim(id: Uint8Array): PartLengths | null {
    const at = this.#entryOf(id)
    return this.#isPresent(at) ? this.#entries.lengthsOf(at) : this.#entries.claimEntry(at)
  }

  note(id: Uint8Array, lengths: PartLengths): void {
    this.#entries.note(id, lengths)
  }

  /** How long a part is that can be read, or that this run stores; null for others. */
  lengthsOf(id: Uint8Array): PartLengths | null {
    const at = this.#entries.find(id)
    return at >= 0 && (this.#entries.isClaimed(at) || this.placeOf(at)) ? this.#entries.lengthsOf(at) : null
  }

  /**
   * What threads need to claim parts in turn with this table, with room for as many new ones. What this table learns
   * when it had to grow beyond that, they do not: then a part may be stored twice.
   */
  share(newParts: number): SharedPartsMemory {
    const wanted = this.#entries.count + newParts
    if (wanted > this.#entries.capacity) this.#grow(wanted)
    for (let at = 0; at < this.#entries.count; at++) if (this.#isPresent(at)) this.#entries.markStored(at)
    return this.#entries.memory
  }

  /** A part's number, from 0 to `parts` - 1, or -1; it stays the same while the table grows. */
  numberOf(id: Uint8Array): number {
    return this.#entries.find(id)
  }

  /** Where a part can be read, or null. */
  find(id: Uint8Array): PartPlace | null {
    return this.placeOf(this.#entries.find(id))
  }

  /** @param at - a number, or -1 for a part that is not known. */
  placeOf(at: number): PartPlace | null {
    const pack = at < 0 ? null : this.#packOf(at)
    if (!pack || pack.state === 'missing') return null
    const offset = this.#entries.offsetOf(at)
    return { pack, offset, ...this.#entries.lengthsOf(at), type: this.#types[at] ?? 0 }
  }

  /** Packs that are missing and hold parts which are in no other pack: what was not stored again. */
  lostPacks(): readonly PackInfo[] {
    const lost = new Set<PackInfo>()
    for (let at = 0; at < this.#entries.count; at++) {
      const pack = this.#packOf(at)
      if (pack?.state === 'missing') lost.add(pack)
    }
    return [...lost]
  }

  /**
   * The pack that a part is taken from, or would be, were it not missing; and how many bytes it takes there.
   *
   * @throws RangeError for a part that is in no pack yet.
   */
  stateOf(at: number): Readonly<{ pack: PackInfo; storedLength: number }> {
    const pack = this.#packOf(at)
    if (!pack) throw new RangeError('part table: entry without a pack')
    return { pack, storedLength: this.#entries.lengthsOf(at).storedLength }
  }

  #isPresent(at: number): boolean {
    return this.#packOf(at)?.state === 'present'
  }

  #packOf(at: number): PackInfo | null {
    return this.packs[this.#entries.packOf(at)] ?? null
  }

  #entryOf(id: Uint8Array): number {
    const at = this.#entries.add(id)
    if (at >= 0) return at
    this.#grow(this.#entries.capacity * 2)
    return this.#entryOf(id)
  }

  #grow(capacity: number): void {
    this.#entries = this.#entries.grown(capacity)
    const types = new Uint8Array(capacity)
    types.set(this.#types)
    this.#types = types
  }
}

const isBetter = (pack: PackInfo, known: PackInfo): boolean =>
  known.state === 'missing' || RANK[pack.state] > RANK[known.state]
