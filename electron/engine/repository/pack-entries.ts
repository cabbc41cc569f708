import { BOX_OVERHEAD } from '#engine/crypto/sealed-box.ts'
import { HEADER_BYTES } from './object.ts'

/** One part as a footer describes it. Offsets follow from the order. */
export type PackEntry = Readonly<{ id: Uint8Array; type: number; storedLength: number; plainLength: number }>

export const ENTRY_BYTES = 28
export const MAX_PACK_PARTS = 65_535

/**
 * What lies in a pack, in order from its start, as footers and indexes hold it: 28 bytes a part and no object for each,
 * because a repository has a million of them.
 */
export class PackEntries implements Iterable<PackEntry> {
  readonly bytes: Uint8Array
  readonly #view: DataView

  /** @param bytes - whole entries; kept, not copied. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  static from(entries: readonly PackEntry[]): PackEntries {
    const list = new EntryList()
    for (const { id, type, storedLength, plainLength } of entries) list.add(id, type, storedLength, plainLength)
    return list.finish()
  }

  get length(): number {
    return this.bytes.length / ENTRY_BYTES
  }

  /** @throws RangeError for a number that is not one of an entry. */
  at(number: number): PackEntry {
    const at = number * ENTRY_BYTES
    return {
      id: this.bytes.subarray(at, at + 16),
      type: this.#view.getUint8(at + 16),
      storedLength: this.#view.getUint32(at + 20, true),
      plainLength: this.#view.getUint32(at + 24, true),
    }
  }

  *[Symbol.iterator](): Generator<PackEntry> {
    for (let number = 0; number < this.length; number++) yield this.at(number)
  }
}

/** Entries while a pack is being filled. */
export class EntryList {
  #bytes = new Uint8Array(64 * ENTRY_BYTES)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  add(id: Uint8Array, type: number, storedLength: number, plainLength: number): void {
    const at = this.length++ * ENTRY_BYTES
    if (at + ENTRY_BYTES > this.#bytes.length) this.#grow()
    this.#bytes.set(id, at)
    this.#bytes[at + 16] = type
    this.#view.setUint32(at + 20, storedLength, true)
    this.#view.setUint32(at + 24, plainLength, true)
  }

  /** A copy of what was added so far. */
  finish(): PackEntries {
    return new PackEntries(this.#bytes.slice(0, this.length * ENTRY_BYTES))
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2)
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads entries as a footer or an index holds them (copied); null when they are not whole or do not fit into `packBytes`. */
export function decodeEntries(bytes: Uint8Array, packBytes: number): PackEntries | null {
  if (bytes.length % ENTRY_BYTES !== 0 || bytes.length / ENTRY_BYTES > MAX_PACK_PARTS) return null
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  let end = HEADER_BYTES
  for (let at = 0; at < copy.length; at += ENTRY_BYTES) {
    const storedLength = view.getUint32(at + 20, true)
    end += storedLength
    if (storedLength < BOX_OVERHEAD || end > packBytes) return null
    if (view.getUint8(at + 17) !== 0 || view.getUint16(at + 18, true) !== 0) return null
  }
  return new PackEntries(copy)
}
