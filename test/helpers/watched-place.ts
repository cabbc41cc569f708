import type { ByteRange, Destination, Entry } from '#engine/destination/destination.ts'

/** What can be told of a call before it reaches the place. */
export type PlaceHooks = Readonly<{
  get?: (name: string) => unknown
  put?: (name: string) => unknown
  remove?: (name: string) => unknown
}>

/** A place with an onlooker: it may look, do something in between, or throw instead. */
export class WatchedPlace implements Destination {
  readonly #inner: Destination
  readonly #hooks: PlaceHooks

  constructor(inner: Destination, hooks: PlaceHooks) {
    this.#inner = inner
    this.#hooks = hooks
  }

  get label(): string {
    return this.#inner.label
  }

  get identity(): string {
    return this.#inner.identity
  }

  makeTop(): Promise<void> {
    return this.#inner.makeTop()
  }

  list(folder: string, options?: { recursive?: boolean; signal?: AbortSignal }): AsyncIterable<Entry> {
    return this.#inner.list(folder, options)
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array | null> {
    await this.#hooks.get?.(name)
    return this.#inner.get(name, range)
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#hooks.put?.(name)
    return this.#inner.put(name, bytes)
  }

  async remove(name: string): Promise<void> {
    await this.#hooks.remove?.(name)
    return this.#inner.remove(name)
  }

  removeFolder(name: string): Promise<void> {
    return this.#inner.removeFolder(name)
  }
}
