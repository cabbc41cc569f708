import { randomBytes } from 'node:crypto'

const VALID_MS = 60_000

/**
 * Tokens that a confirmation must name: random, good for a minute and for one use, so that a recorded or guessed call
 * confirms nothing. A fresh one may be issued while an older is still good; using one ends them all.
 */
export class ConfirmTokens {
  readonly #nowMs: () => number
  readonly #goodUntilMs = new Map<string, number>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  issue(): string {
    const token = randomBytes(16).toString('hex')
    this.#goodUntilMs.set(token, this.#nowMs() + VALID_MS)
    return token
  }

  /** True once for a good token. */
  use(token: string): boolean {
    const goodUntilMs = this.#goodUntilMs.get(token)
    if (goodUntilMs === undefined || this.#nowMs() > goodUntilMs) return false
    this.#goodUntilMs.clear()
    return true
  }

  clear(): void {
    this.#goodUntilMs.clear()
  }
}
