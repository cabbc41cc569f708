import type { Content } from '#engine/destination/content.ts'
import type { Destination, Entry, ListOptions } from '#engine/destination/destination.ts'
import { ForwardingDestination } from './forwarding-destination.ts'

/** Shows objects as old as they are by a clock of the test's own. */
export class DatedDestination extends ForwardingDestination {
  readonly #now: () => number
  readonly #writtenMs: Map<string, number>
  /** Listings that were asked for. */
  listings = 0

  /** @param writtenMs - when what is there was written, by name; shared by all who look at the same place. */
  constructor(inner: Destination, now: () => number, writtenMs = new Map<string, number>()) {
    super(inner)
    this.#now = now
    this.#writtenMs = writtenMs
  }

  override async *list(folder: string, options?: ListOptions): AsyncIterable<Entry> {
    if (options?.recursive) this.listings++
    for await (const entry of super.list(folder, options)) {
      yield entry.isFolder ? entry : { ...entry, modifiedMs: this.#writtenMs.get(entry.name) ?? entry.modifiedMs }
    }
  }

  override async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    await super.put(name, content, signal)
    this.#writtenMs.set(name, this.#now())
  }
}
