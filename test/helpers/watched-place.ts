import type { Content } from '#engine/destination/content.ts'
import type { ByteRange, Destination, RemoveOptions } from '#engine/destination/destination.ts'
import { ForwardingDestination } from './forwarding-destination.ts'

/** What can be told of a call before it reaches the place. */
export type PlaceHooks = Readonly<{
  get?: (name: string) => unknown
  put?: (name: string) => unknown
  remove?: (name: string) => unknown
}>

/** A place with an onlooker: it may look, do something in between, or throw instead. */
export class WatchedPlace extends ForwardingDestination {
  readonly #hooks: PlaceHooks

  constructor(inner: Destination, hooks: PlaceHooks) {
    super(inner)
    this.#hooks = hooks
  }

  override async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    await this.#hooks.get?.(name)
    return super.get(name, range, signal)
  }

  override async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    await this.#hooks.put?.(name)
    return super.put(name, content, signal)
  }

  override async remove(name: string, options?: RemoveOptions): Promise<void> {
    await this.#hooks.remove?.(name)
    return super.remove(name, options)
  }
}
