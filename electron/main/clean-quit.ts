export type QuitParts = Readonly<{
  /** Stops what runs at a good point and leaves nothing behind that should not stay. */
  finish: () => Promise<unknown>
  quit: () => void
}>

/** Longer nobody waits. What is cut off is carried on at the next start, as after a power cut. */
const PATIENCE_MS = 3000

/** Lets the app end only after it has put things in order, or when there is no time for that. */
export class CleanQuit {
  readonly #parts: QuitParts
  #isDone = false
  #isFinishing = false

  constructor(parts: QuitParts) {
    this.#parts = parts
  }

  /** The system is about to end: it must not be held up. */
  noTime(): void {
    this.#isDone = true
  }

  /** Answers whether the app may end now; otherwise it ends by itself soon. */
  mayQuit(): boolean {
    if (!this.#isDone && !this.#isFinishing) void this.#finish()
    return this.#isDone
  }

  async #finish(): Promise<void> {
    this.#isFinishing = true
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, PATIENCE_MS)
    await Promise.race([this.#parts.finish().catch(() => undefined), patience.promise])
    clearTimeout(timer)
    this.#isDone = true
    setImmediate(this.#parts.quit) // Electron forgets a quit that is asked for while it still tells of the last one
  }
}
