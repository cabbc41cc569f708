import type { Destination, Entry } from '#engine/destination/destination.ts'

/** Shows objects as old as they are by a clock of the test's own. */
export class DatedDestination implements Destination {
  readonly #inner: Destination
  readonly #now: () => number
  readonly #writtenMs: Map<string, number>
  /** Listings that were asked for. */
  listings = 0

  /** @param writtenMs - when what is there was written, by name; shared by all who look at the same place. */
  constructor(inner: Destination, now: () => number, writtenMs = new Map<string, number>()) {
    this.#inner = inner
    this.#now = now
    this.#writtenMs = writtenMs
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

  async *list(folder: string, options?: { recursive?: boolean; signal?: AbortSignal }): AsyncIterable<Entry> {
    if (options?.recursive) this.listings++
    for await (const entry of this.#inner.list(folder, options)) {
      yield entry.isFolder ? entry : { ...entry, modifiedMs: this.#writtenMs.get(entry.name) ?? entry.modifiedMs }
    }
  }

  get(...asked: Parameters<Destination['get']>): ReturnType<Destination['get']> {
    return this.#inner.get(...asked)
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#inner.put(name, bytes)
    this.#writtenMs.set(name, this.#now())
  }

  remove(name: string): Promise<void> {
    return this.#inner.remove(name)
  }

  removeFolder(name: string): Promise<void> {
    return this.#inner.removeFolder(name)
  }
}
