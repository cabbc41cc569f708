const encoder = new TextEncoder()

/**
 * Writes the strict CBOR subset of docs/format.md: integers, byte strings, text, arrays and maps with unsigned keys,
 * each in its shortest form with definite length (RFC 8949, sections 3 and 4.2.1). The caller keeps map keys ascending.
 */
export class CborWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacityBytes = 1024) {
    this.#bytes = new Uint8Array(capacityBytes)
  }

  get length(): number {
    return this.#length
  }

  /** An integer from -2^53 to 2^53 - 1. */
  int(value: number): this {
    if (!Number.isSafeInteger(value) && value !== -(2 ** 53)) throw new RangeError('cbor: not an integer in range')
    return value >= 0 ? this.#head(0, value) : this.#head(1, -1 - value)
  }

  bytes(value: Uint8Array): this {
    return this.#head(2, value.length).#raw(value)
  }

  text(value: string): this {
    const utf8 = encoder.encode(value)
    return this.#head(3, utf8.length).#raw(utf8)
  }

  array(length: number): this {
    return this.#head(4, length)
  }

  map(pairs: number): this {
    return this.#head(5, pairs)
  }

  /** Appends bytes that are CBOR already. */
  encoded(value: Uint8Array): this {
    return this.#raw(value)
  }

  /** The bytes so far; a copy, so that the writer can be used again. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  #head(major: number, value: number): this {
    this.#reserve(9)
    const out = this.#bytes
    const type = major << 5
    if (value < 24) out[this.#length++] = type | value
    else if (value < 0x100) {
      out[this.#length++] = type | 24
      out[this.#length++] = value
    } else if (value < 0x10000) {
      out[this.#length++] = type | 25
      out[this.#length++] = value >>> 8
      out[this.#length++] = value & 0xff
    } else if (value < 0x100000000) {
      out[this.#length++] = type | 26
      this.#uint32(value)
    } else {
      out[this.#length++] = type | 27
      this.#uint32(Math.floor(value / 0x100000000))
      this.#uint32(value % 0x100000000)
    }
    return this
  }

  #uint32(value: number): void {
    const out = this.#bytes
    out[this.#length++] = (value >>> 24) & 0xff
    out[this.#length++] = (value >>> 16) & 0xff
    out[this.#length++] = (value >>> 8) & 0xff
    out[this.#length++] = value & 0xff
  }

  #raw(value: Uint8Array): this {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
