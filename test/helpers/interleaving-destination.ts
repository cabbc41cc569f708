import type { Content } from '#engine/destination/content.ts'
import type { ByteRange, Destination, Entry, ListOptions, RemoveOptions } from '#engine/destination/destination.ts'
import { ForwardingDestination } from './forwarding-destination.ts'

/**
 * A destination at which something else happens once: right before the n-th call, counted from 1, or before the first
 * object is put whose name matches.
 */
export class InterleavingDestination extends ForwardingDestination {
  readonly #at: number | RegExp
  readonly #act: () => Promise<void>
  #hasActed = false
  calls = 0

  constructor(inner: Destination, at: number | RegExp, act: () => Promise<void>) {
    super(inner)
    this.#at = at
    this.#act = act
  }

  override async makeTop(signal?: AbortSignal): Promise<void> {
    await this.#call()
    await super.makeTop(signal)
  }

  override async *list(folder: string, options?: ListOptions): AsyncIterable<Entry> {
    await this.#call()
    yield* super.list(folder, options)
  }

  override async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    await this.#call()
    return await super.get(name, range, signal)
  }

  override async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    await this.#call(name)
    await super.put(name, content, signal)
  }

  override async remove(name: string, options?: RemoveOptions): Promise<void> {
    await this.#call()
    await super.remove(name, options)
  }

  override async removeFolder(name: string, signal?: AbortSignal): Promise<void> {
    await this.#call()
    await super.removeFolder(name, signal)
  }

  async #call(put?: string): Promise<void> {
    this.calls++
    const isNow = typeof this.#at === 'number' ? this.calls === this.#at : put !== undefined && this.#at.test(put)
    if (!isNow || this.#hasActed) return
    this.#hasActed = true
    await this.#act()
  }
}
