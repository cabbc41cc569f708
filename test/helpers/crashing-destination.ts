import type { ByteRange, Destination, Entry } from '#engine/destination/destination.ts'

/** What a power cut looks like to the code that was running: nothing it can understand or handle. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut'
}

/**
 * A destination at which the power goes at the n-th change (put, remove, removeFolder, makeTop), counted from 1: before
 * the change, or right after it. From then on nothing works any more. Without `cutAt` it only counts.
 */
export class CrashingDestination implements Destination {
  readonly #inner: Destination
  readonly #cutAt: number
  readonly #isAfter: boolean
  #isDown = false
  /** Changes that were begun. */
  changes = 0

  constructor(inner: Destination, cutAt = Number.POSITIVE_INFINITY, when: 'before' | 'after' = 'before') {
    this.#inner = inner
    this.#cutAt = cutAt
    this.#isAfter = when === 'after'
  }

  get label(): string {
    return this.#inner.label
  }

  get identity(): string {
    return this.#inner.identity
  }

  makeTop(): Promise<void> {
    return this.#change(() => this.#inner.makeTop())
  }

  list(folder: string, options?: { recursive?: boolean; signal?: AbortSignal }): AsyncIterable<Entry> {
    this.#mustRun()
    return this.#inner.list(folder, options)
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array | null> {
    this.#mustRun()
    return await this.#inner.get(name, range)
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#change(() => this.#inner.put(name, bytes))
  }

  remove(name: string): Promise<void> {
    return this.#change(() => this.#inner.remove(name))
  }

  removeFolder(name: string): Promise<void> {
    return this.#change(() => this.#inner.removeFolder(name))
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
