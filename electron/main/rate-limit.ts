/** Lets calls through up to a burst, and again at a steady rate. */
export class RateLimit {
  readonly #burst: number
  readonly #perSecond: number
  readonly #nowMs: () => number
  #left: number
  #atMs: number

  constructor(burst: number, perSecond: number, nowMs: () => number = () => performance.now()) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#nowMs = nowMs
    this.#left = burst
    this.#atMs = nowMs()
  }

  allows(): boolean {
    const nowMs = this.#nowMs()
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#atMs) / 1000) * this.#perSecond)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
