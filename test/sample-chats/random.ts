import { createCipheriv, createHash } from 'node:crypto'

/**
 * Numbers that look random and follow from a seed alone: the same seed gives the same chats, byte for byte, on every
 * machine. Generator: xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it).
 */
export class Random {
  readonly #seed: string
  readonly #state: Uint32Array
  #streams = 0

  constructor(seed: string) {
    this.#seed = seed
    const hash = createHash('sha256').update(seed).digest()
    this.#state = Uint32Array.from({ length: 4 }, (_, i) => hash.readUInt32LE(i * 4) || i + 1)
  }

  /** A generator of its own for one thing, so that changing one thing leaves the others as they are. */
  fork(name: string | number): Random {
    return new Random(`${this.#seed}/${name}`)
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    const s = this.#state
    const [a = 0, b = 0, c = 0, d = 0] = s
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    s[2] = c ^ a
    s[3] = d ^ b
    s[1] = b ^ (s[2] ?? 0)
    s[0] = a ^ (s[3] ?? 0)
    s[2] = (s[2] ?? 0) ^ (b << 9)
    s[3] = rotate(s[3] ?? 0, 11)
    return result
  }

  /** 0 to below 1. */
  unit(): number {
    return this.u32() / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)]
    if (item === undefined) throw new RangeError('Random: nothing to pick from')
    return item
  }

  /** Picks as people do: the first of a list far more often than the last. */
  favourite<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.unit() ** 3 * items.length)]
    if (item === undefined) throw new RangeError('Random: nothing to pick from')
    return item
  }

  /** Bytes that do not compress. */
  bytes(length: number): Buffer {
    const key = createHash('sha256')
      .update(`${this.#seed}#${this.#streams++}`)
      .digest()
    return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
  }

  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.u32().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
