import type { ByteRange, Destination, Entry } from '#engine/destination/destination.ts'

/** A destination at which something else happens right before the n-th call, counted from 1; once. */
export class InterleavingDestination implements Destination {
  readonly #inner: Destination
  readonly #at: number
  readonly #act: () => Promise<void>
  calls = 0

  constructor(inner: Destination, at: number, act: () => Promise<void>) {
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
    await this.#call()
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

  async #call(): Promise<void> {
    if (++this.calls === this.#at) await this.#act()
  }
}
