/** A listing is good for this long (docs/format.md, Order of writing). */
const GOOD_MS = 10 * 60 * 1000

/**
 * How long ago the place was last listed, by the clock on the wall and by the one that never goes back: a computer that
 * slept, or whose clock was set, lists again before it relies on what it saw.
 */
export class ListingAge {
  readonly #now: () => number
  #wallMs = 0
  #steadyMs = 0

  /** @param now - Unix milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.renew()
  }

  renew(): void {
    this.#wallMs = this.#now()
    this.#steadyMs = performance.now()
  }

  get isOld(): boolean {
    const wallMs = this.#now() - this.#wallMs
    return wallMs < 0 || wallMs > GOOD_MS || performance.now() - this.#steadyMs > GOOD_MS
  }
}
