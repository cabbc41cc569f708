const ID_BYTES = 16
const FACTS = 4
const FIRST_CAPACITY = 1024

/** Reasons why a part need not be stored (again). */
const FLAG = { claimed: 1, stored: 2 } as const

/** How long a part is as it is stored and by itself; 0 where that is not known yet. */
export type PartLengths = Readonly<{ storedLength: number; plainLength: number }>

/** Memory that threads share. Its size never changes. */
export type SharedPartsMemory = Readonly<{
  ids: Uint8Array
  facts: Uint32Array // pack + 1 (0: in none yet), offset, stored length, plain length
  flags: Uint8Array
  slots: Int32Array // entry + 1, 0 is free
  count: Int32Array // one number: entries so far
}>

/**
 * Ids of parts in an open-addressing table that threads share without locks, 41 bytes a part: two that come with one id
 * at the same moment get the same entry, and only one of them the claim to store it. Slots are found by the first 32
 * bits of an id, which are as good as random; equality always compares all 128 bits, because a false hit would be silent
 * loss.
 */
export class SharedParts {
  readonly memory: SharedPartsMemory
  readonly capacity: number

  constructor(memory: SharedPartsMemory = sharedMemory(FIRST_CAPACITY)) {
    this.memory = memory
    this.capacity = memory.flags.length
  }

  /** Entries so far. */
  get count(): number {
    return Math.min(Atomics.load(this.memory.count, 0), this.capacity)
  }

  /** The entry of an id, or -1. */
  find(id: Uint8Array): number {
    const { slots } = this.memory
    const mask = slots.length - 1
    for (let slot = hash(id) & mask; ; slot = (slot + 1) & mask) {
      const at = Atomics.load(slots, slot) - 1
      if (at < 0 || this.#isSame(at, id)) return at
    }
  }

  /** The entry of an id, a new one if need be; -1 when there is no room for it. */
  add(id: Uint8Array): number {
    const { slots, ids, count } = this.memory
    const mask = slots.length - 1
    let fresh = -1
    for (let slot = hash(id) & mask; ; ) {
      const at = Atomics.load(slots, slot) - 1
      if (at >= 0) {
        if (this.#isSame(at, id)) return at
        slot = (slot + 1) & mask
        continue
      }
      if (fresh < 0) {
        fresh = Atomics.add(count, 0, 1)
        if (fresh >= this.capacity) {
          Atomics.sub(count, 0, 1)
          return -1
        }
        ids.set(id, fresh * ID_BYTES) // others see it once the slot names it
      }
      if (Atomics.compareExchange(slots, slot, 0, fresh + 1) === 0) return fresh
    }
  }

  /**
   * Takes it upon the caller to store a part. Answers null when it has to, otherwise what is known of the part that is
   * stored or claimed already. When the table is full, it has to, and nobody will know: a part stored twice does no harm.
   */
  claim(id: Uint8Array): PartLengths | null {
    const at = this.add(id)
    return at < 0 ? null : this.claimEntry(at)
  }

  claimEntry(at: number): PartLengths | null {
    return Atomics.or(this.memory.flags, at, FLAG.claimed) === 0 ? null : this.lengthsOf(at)
  }

  isClaimed(at: number): boolean {
    return (Atomics.load(this.memory.flags, at) & FLAG.claimed) !== 0
  }

  /** Says to other threads that an entry need not be stored. */
  markStored(at: number): void {
    Atomics.or(this.memory.flags, at, FLAG.stored)
  }

  /** Says how long a claimed part came out. */
  note(id: Uint8Array, { storedLength, plainLength }: PartLengths): void {
    const at = this.find(id)
    if (at < 0 || this.packOf(at) >= 0) return
    this.memory.facts[at * FACTS + 2] = storedLength
    this.memory.facts[at * FACTS + 3] = plainLength
  }

  lengthsOf(at: number): PartLengths {
    const { facts } = this.memory
    return { storedLength: facts[at * FACTS + 2] ?? 0, plainLength: facts[at * FACTS + 3] ?? 0 }
  }

  /** The number of an entry's pack, or -1 while it is in none. */
  packOf(at: number): number {
    return (this.memory.facts[at * FACTS] ?? 0) - 1
  }

  offsetOf(at: number): number {
    return this.memory.facts[at * FACTS + 1] ?? 0
  }

  place(at: number, pack: number, offset: number, storedLength: number, plainLength: number): void {
    const { facts } = this.memory
    facts[at * FACTS + 1] = offset
    facts[at * FACTS + 2] = storedLength
    facts[at * FACTS + 3] = plainLength
    facts[at * FACTS] = pack + 1
  }

  /** A copy with room for `capacity` entries, which keep their numbers. What is claimed here from now on stays unknown there. */
  grown(capacity: number): SharedParts {
    const { ids, facts, flags } = this.memory
    const larger = new SharedParts(sharedMemory(capacity))
    const { count } = this
    larger.memory.ids.set(ids.subarray(0, count * ID_BYTES))
    larger.memory.facts.set(facts.subarray(0, count * FACTS))
    larger.memory.flags.set(flags.subarray(0, count))
    larger.memory.count[0] = count
    for (let at = 0; at < count; at++) larger.#link(at)
    return larger
  }

  /** Of two entries of one id, which a race can leave, the first one counts. */
  #link(at: number): void {
    const { slots, ids } = this.memory
    const id = ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES)
    const mask = slots.length - 1
    let slot = hash(id) & mask
    for (let other = (slots[slot] ?? 0) - 1; other >= 0; other = (slots[slot] ?? 0) - 1) {
      if (this.#isSame(other, id)) return
      slot = (slot + 1) & mask
    }
    slots[slot] = at + 1
  }

  #isSame(at: number, id: Uint8Array): boolean {
    const { ids } = this.memory
    for (let i = 0; i < ID_BYTES; i++) if (ids[at * ID_BYTES + i] !== id[i]) return false
    return true
  }
}

function sharedMemory(capacity: number): SharedPartsMemory {
  const room = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes)
  return {
    ids: new Uint8Array(room(capacity * ID_BYTES)),
    facts: new Uint32Array(room(capacity * FACTS * 4)),
    flags: new Uint8Array(room(capacity)),
    slots: new Int32Array(room(slotsFor(capacity) * 4)),
    count: new Int32Array(room(4)),
  }
}

/** A power of two, of which at most two thirds are taken. */
const slotsFor = (capacity: number): number => 2 ** Math.ceil(Math.log2(capacity * 1.5))

const hash = (id: Uint8Array): number =>
  ((id[0] ?? 0) | ((id[1] ?? 0) << 8) | ((id[2] ?? 0) << 16) | ((id[3] ?? 0) << 24)) >>> 0
