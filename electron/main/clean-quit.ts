export type QuitParts = Readonly<{
  /** Asks what runs to stop at a good point, and takes away what should not stay. */
  stop: () => Promise<unknown>
  /** Ends what has not stopped, and writes down what is not written yet. */
  finish: () => Promise<unknown>
  quit: () => void
}>

/**
 * Longer nobody waits: systems that shut down give about five seconds in all. What is cut off is carried on at the next
 * start, as after a power cut.
 */
const STOP_MS = 1500
const FINISH_MS = 1500

/** Lets the app end only after it has put things in order, or when there is no time for that. */
export class CleanQuit {
  readonly #parts: QuitParts
  #isDone = false
  #isFinishing = false

  constructor(parts: QuitParts) {
    this.#parts = parts
  }

  /** Answers whether the app may end now; otherwise it ends by itself soon. */
  mayQuit(): boolean {
    if (!this.#isDone && !this.#isFinishing) void this.#finish()
    return this.#isDone
  }

  async #finish(): Promise<void> {
    this.#isFinishing = true
    await atMost(STOP_MS, this.#parts.stop)
    await atMost(FINISH_MS, this.#parts.finish)
    this.#isDone = true
    setImmediate(this.#parts.quit) // Electron forgets a quit that is asked for while it still tells of the last one
  }
}

async function atMost(ms: number, work: () => Promise<unknown>): Promise<void> {
  const patience = Promise.withResolvers<void>()
  const timer = setTimeout(patience.resolve, ms)
  await Promise.race([work().catch(() => undefined), patience.promise])
  clearTimeout(timer)
}
