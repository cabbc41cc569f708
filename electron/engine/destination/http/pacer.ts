import { type Wait, wait } from './wait.ts'

/** Spaces requests out, and holds all of them back when the place asked for it. */
export class Pacer {
  readonly #spacingMs: number
  readonly #burst: number
  readonly #wait: Wait
  readonly #nowMs: () => number
  #nextMs = Number.NEGATIVE_INFINITY
  #heldUntilMs = 0

  /** @param options.burst - so many may go at once after a pause. */
  constructor(options: Readonly<{ perSecond: number; burst: number; wait?: Wait; nowMs?: () => number }>) {
    this.#spacingMs = 1000 / options.perSecond
    this.#burst = options.burst
    this.#wait = options.wait ?? wait
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /** Resolves when one more request may go. */
  async enter(signal?: AbortSignal): Promise<void> {
    const nowMs = this.#nowMs()
    const earliestMs = nowMs - (this.#burst - 1) * this.#spacingMs
    const turnMs = Math.max(this.#nextMs, earliestMs)
    this.#nextMs = turnMs + this.#spacingMs
    const goMs = Math.max(turnMs, this.#heldUntilMs)
    if (goMs > nowMs) await this.#wait(goMs - nowMs, signal)
  }

  /** Nobody goes for so long. */
  hold(ms: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#nowMs() + ms)
  }
}
