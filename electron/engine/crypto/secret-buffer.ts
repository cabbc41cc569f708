import { memzero, mlock, munlock } from './sodium.ts'

/**
 * A copy of secret bytes in memory of its own, to be overwritten by whoever holds it. What `slice` gives V8 keeps in its
 * own heap when it is small, and leaves copies behind when it moves it.
 */
export function secretCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

/**
 * A secret that ends: locked in memory where the system allows it, and overwritten when disposed.
 *
 * The memory is an ArrayBuffer of its own (as Buffer.alloc gives, not Node's shared pool), so that no other value
 * shares it and no garbage collection copies it. It must be disposed before it is forgotten: Electron's allocator ends
 * the process when it cannot give a locked page back to the system. Locks do not nest, so another secret on the same
 * page may lose its lock early; being wiped matters more.
 */
export class SecretBuffer implements Disposable {
  readonly #bytes: Uint8Array
  #isDisposed = false

  /** Zeros, to be filled through `bytes`. */
  constructor(lengthBytes: number) {
    this.#bytes = new Uint8Array(new ArrayBuffer(lengthBytes))
    if (lengthBytes > 0) mlock(this.#bytes)
  }

  /** Takes a copy of `bytes`; with `wipeSource` the original is overwritten. */
  static from(bytes: Uint8Array, { wipeSource = false }: Readonly<{ wipeSource?: boolean }> = {}): SecretBuffer {
    const secret = new SecretBuffer(bytes.length)
    secret.bytes.set(bytes)
    if (wipeSource) memzero(bytes)
    return secret
  }

  /**
   * The secret itself, not a copy; zeros after the end.
   *
   * @throws Error once disposed.
   */
  get bytes(): Uint8Array {
    if (this.#isDisposed) throw new Error('SecretBuffer: used after its end')
    return this.#bytes
  }

  get isDisposed(): boolean {
    return this.#isDisposed
  }

  /** Overwrites the secret. Doing it twice is no mistake. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    memzero(this.#bytes)
    if (this.#bytes.length > 0) munlock(this.#bytes)
  }
}
