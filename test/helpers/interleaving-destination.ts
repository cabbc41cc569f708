import type { ByteRange, Destination, Entry } from '#engine/destination/destination.ts'

/**
 * A destination at which something else happens once: right before the n-th call, counted from 1, or before the first
 * object is put whose name matches.
 */
export class InterleavingDestination implements Destination {
  readonly #inner: Destination
  readonly #at: number | RegExp
  readonly #act: () => Promise<void>
  #hasActed = false
  calls = 0

  constructor(inner: Destination, at: number | RegExp, act: () => Promise<void>) {
    this.#inner = inner
    this.#at = at
    this.#act = act
  }

  get label(): string {
    return this.#inner.label
  }

  get identity(): string {
    return this.#inner.identity
  }

  async makeTop(): Promise<void> {
    await this.#call()
    await this.#inner.makeTop()
  }

  async *list(folder: string, options?: { recursive?: boolean; signal?: AbortSignal }): AsyncIterable<Entry> {
    await this.#call()
    yield* this.#inner.list(folder, options)
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array | null> {
    await this.#call()
    return await this.#inner.get(name, range)
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#call(name)
    await this.#inner.put(name, bytes)
  }

  async remove(name: string): Promise<void> {
    await this.#call()
    await this.#inner.remove(name)
  }

  async removeFolder(name: string): Promise<void> {
    await this.#call()
    await this.#inner.removeFolder(name)
  }

  async #call(put?: string): Promise<void> {
    this.calls++
    const isNow = typeof this.#at === 'number' ? this.calls === this.#at : put !== undefined && this.#at.test(put)
    if (!isNow || this.#hasActed) return
    this.#hasActed = true
    await this.#act()
  }
}
