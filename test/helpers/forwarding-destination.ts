import type { Content } from '#engine/destination/content.ts'
import type {
  ByteRange,
  Capabilities,
  Destination,
  Entry,
  ListOptions,
  RemoveOptions,
  Room,
} from '#engine/destination/destination.ts'

/** A destination that hands everything on to another. Those that do something else besides are made from it. */
export class ForwardingDestination implements Destination {
  readonly #inner: Destination

  constructor(inner: Destination) {
    this.#inner = inner
  }

  get label(): string {
    return this.#inner.label
  }

  get identity(): string {
    return this.#inner.identity
  }

  get folder(): string | null {
    return this.#inner.folder
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities
  }

  makeTop(signal?: AbortSignal): Promise<void> {
    return this.#inner.makeTop(signal)
  }

  list(folder: string, options?: ListOptions): AsyncIterable<Entry> {
    return this.#inner.list(folder, options)
  }

  get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    return this.#inner.get(name, range, signal)
  }

  put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    return this.#inner.put(name, content, signal)
  }

  remove(name: string, options?: RemoveOptions): Promise<void> {
    return this.#inner.remove(name, options)
  }

  removeFolder(name: string, signal?: AbortSignal): Promise<void> {
    return this.#inner.removeFolder(name, signal)
  }

  room(signal?: AbortSignal): Promise<Room> {
    return this.#inner.room(signal)
  }
}
