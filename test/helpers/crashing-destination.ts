import type { Content } from '#engine/destination/content.ts'
import type { ByteRange, Destination, Entry, ListOptions, RemoveOptions } from '#engine/destination/destination.ts'
import { ForwardingDestination } from './forwarding-destination.ts'

/** What a power cut looks like to the code that was running: nothing it can understand or handle. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut'
}

/**
 * A destination at which the power goes at the n-th change (put, remove, removeFolder, makeTop), counted from 1: before
 * the change, or right after it. From then on nothing works any more. Without `cutAt` it only counts.
 */
export class CrashingDestination extends ForwardingDestination {
  readonly #cutAt: number
  readonly #isAfter: boolean
  #isDown = false
  /** Changes that were begun. */
  changes = 0

  constructor(inner: Destination, cutAt = Number.POSITIVE_INFINITY, when: 'before' | 'after' = 'before') {
    super(inner)
    this.#cutAt = cutAt
    this.#isAfter = when === 'after'
  }

  override makeTop(signal?: AbortSignal): Promise<void> {
    return this.#change(() => super.makeTop(signal))
  }

  override list(folder: string, options?: ListOptions): AsyncIterable<Entry> {
    this.#mustRun()
    return super.list(folder, options)
  }

  override async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    this.#mustRun()
    return await super.get(name, range, signal)
  }

  override put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    return this.#change(() => super.put(name, content, signal))
  }

  override remove(name: string, options?: RemoveOptions): Promise<void> {
    return this.#change(() => super.remove(name, options))
  }

  override removeFolder(name: string, signal?: AbortSignal): Promise<void> {
    return this.#change(() => super.removeFolder(name, signal))
  }

  async #change(work: () => Promise<void>): Promise<void> {
    this.#mustRun()
    const isCut = ++this.changes >= this.#cutAt
    if (isCut && !this.#isAfter) this.#goDown()
    await work()
    if (isCut) this.#goDown()
  }

  #mustRun(): void {
    if (this.#isDown) throw new PowerCut()
  }

  #goDown(): never {
    this.#isDown = true
    throw new PowerCut()
  }
}
