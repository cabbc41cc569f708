import { BackupError } from '#common/errors.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** How deep arrays and maps may lie in each other inside a value that is skipped. */
const MAX_DEPTH = 8

/**
 * Reads the strict CBOR subset of docs/format.md and nothing else: a longer form than needed, an indefinite length,
 * a tag, a float, a repeated or descending map key or a number beyond 2^53 is refused.
 *
 * @throws BackupError `damaged` with the object's name, for every violation.
 */
export class CborReader {
  readonly #bytes: Uint8Array
  readonly #objectName: string
  #at = 0

  constructor(bytes: Uint8Array, objectName: string) {
    this.#bytes = bytes
    this.#objectName = objectName
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** An integer from -2^53 to 2^53 - 1. */
  int(): number {
    const major = this.#peek() >> 5
    if (major === 0) return this.#head(0)
    return -1 - this.#head(1)
  }

  /** An integer from `min` (default 0) to `max` (default 2^53 - 1). */
  uint(max = Number.MAX_SAFE_INTEGER, min = 0): number {
    const value = this.#head(0)
    if (value > max || value < min) this.fail()
    return value
  }

  /** A view of the next byte string; its length must be `exactly` if given and never above `max`. */
  bytes(exactly?: number, max = this.#bytes.length): Uint8Array {
    const length = this.#head(2)
    if (exactly !== undefined && length !== exactly) this.fail()
    if (length > max) this.fail()
    return this.#take(length)
  }

  text(maxBytes: number): string {
    const length = this.#head(3)
    if (length > maxBytes) this.fail()
    try {
      return decoder.decode(this.#take(length))
    } catch {
      return this.fail()
    }
  }

  /** Opens an array and answers how many items follow; at most `max`. */
  array(max: number, min = 0): number {
    const length = this.#head(4)
    if (length > max || length < min) this.fail()
    return length
  }

  /** Reads an array of at most `max` items with `item`. */
  list<T>(max: number, item: () => T): T[] {
    const length = this.array(max)
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(item())
    return items
  }

  /** Reads a map: `entry` takes the value of each key it knows and answers true; unknown keys are skipped. */
  map(entry: (key: number) => boolean): void {
    const pairs = this.#head(5)
    let last = -1
    for (let i = 0; i < pairs; i++) {
      const key = this.#head(0)
      if (key <= last) this.fail()
      last = key
      if (!entry(key)) this.skip()
    }
  }

  /** Passes over one value of any kind, as strictly as if it were read. */
  skip(depth = 0): void {
    const major = this.#peek() >> 5
    if (depth === MAX_DEPTH && major >= 4) this.fail()
    if (major <= 1) this.int()
    else if (major === 2) this.bytes()
    else if (major === 3) this.text(this.#bytes.length)
    else if (major === 4) {
      const length = this.array(this.#bytes.length)
      for (let i = 0; i < length; i++) this.skip(depth + 1)
    } else if (major === 5) {
      let last = -1
      const pairs = this.#head(5)
      for (let i = 0; i < pairs; i++) {
        const key = this.#head(0)
        if (key <= last) this.fail()
        last = key
        this.skip(depth + 1)
      }
    } else this.fail()
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.isAtEnd) this.fail()
  }

  fail(): never {
    throw new BackupError('damaged', { name: this.#objectName })
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? this.fail()
  }

  #head(major: number): number {
    const first = this.#peek()
    if (first >> 5 !== major) this.fail()
    this.#at++
    const short = first & 31
    if (short < 24) return short
    if (short > 27) this.fail()
    const width = 1 << (short - 24)
    let value = 0
    for (const byte of this.#take(width)) value = value * 256 + byte
    const smallest = width === 1 ? 24 : 256 ** (width / 2)
    if (value < smallest || value > Number.MAX_SAFE_INTEGER) this.fail()
    return value
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) this.fail()
    const view = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return view
  }
}
