import { hash } from 'node:crypto'
import { TAG_BYTES } from './page-parts.ts'

/**
 * The tag of a unit: the first 16 bytes of SHA-256(page key ‖ unit). The input has one length, so that the plain hash
 * with the key in front is as good as an HMAC at half the cost (docs/format.md, Databases by page).
 */
export class UnitTagger {
  readonly #keyBytes: number
  readonly #input: Uint8Array

  constructor(pageKey: Uint8Array, unitBytes: number) {
    this.#keyBytes = pageKey.length
    this.#input = new Uint8Array(pageKey.length + unitBytes)
    this.#input.set(pageKey)
  }

  /** @param unit - exactly one unit. */
  tag(unit: Uint8Array): Uint8Array {
    if (unit.length !== this.#input.length - this.#keyBytes) throw new RangeError('tag: not one unit')
    this.#input.set(unit, this.#keyBytes)
    return new Uint8Array(hash('sha256', this.#input, 'buffer')).subarray(0, TAG_BYTES)
  }
}
