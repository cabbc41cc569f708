import { type Wait, wait } from './wait.ts'

/** What was left unused is made up for during no longer than this, so that a pause is not followed by a burst. */
const CREDIT_MS = 20

/**
 * Lets bytes through evenly, at most so many in a second over all who use it. The rate may change at any time and then
 * holds from the next piece on; null is no limit.
 */
export class Bandwidth {
  bytesPerSecond: number | null
  readonly #wait: Wait
  readonly #nowMs: () => number
  #freeAtMs = 0

  constructor(bytesPerSecond: number | null = null, clock: Readonly<{ wait?: Wait; nowMs?: () => number }> = {}) {
    this.bytesPerSecond = bytesPerSecond
    this.#wait = clock.wait ?? wait
    this.#nowMs = clock.nowMs ?? (() => performance.now())
  }

  /** How large pieces should be, so that fifty of them make a second. */
  get pieceBytes(): number {
    const even = (this.bytesPerSecond ?? Number.POSITIVE_INFINITY) / 50
    return Math.round(Math.min(64 * 1024, Math.max(256, even)))
  }

  /** Resolves when `bytes` more have had their time. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.bytesPerSecond === null) return
    const nowMs = this.#nowMs()
    const startMs = Math.max(this.#freeAtMs, nowMs - CREDIT_MS)
    this.#freeAtMs = startMs + (bytes * 1000) / this.bytesPerSecond
    if (this.#freeAtMs > nowMs) await this.#wait(this.#freeAtMs - nowMs, signal)
  }
}
