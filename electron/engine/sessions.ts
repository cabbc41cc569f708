import { BackupError } from '#common/errors.ts'
import { newId } from '#engine/repository/names.ts'

type Open<T> = { readonly value: T; uses: number; isClosed: boolean }

/** Things kept open between calls of the main process, known by a random name. */
export class Sessions<T> {
  readonly #open = new Map<string, Open<T>>()
  readonly #end: (value: T) => void

  /** @param end - called once for each thing, when it is closed and no longer in use. */
  constructor(end: (value: T) => void) {
    this.#end = end
  }

  add(value: T): string {
    const name = newId()
    this.#open.set(name, { value, uses: 0, isClosed: false })
    return name
  }

  /**
   * Works with what is open; closed meanwhile, it ends when the work has.
   *
   * @throws BackupError `unexpected` when there is no such session.
   */
  async use<R>(name: string, work: (value: T) => Promise<R>): Promise<R> {
    const session = this.#open.get(name)
    if (!session) throw new BackupError('unexpected', { reason: 'no-session' })
    session.uses++
    try {
      return await work(session.value)
    } finally {
      session.uses--
      this.#endUnused(session)
    }
  }

  /** Closing what is not open is not an error. */
  close(name: string): void {
    const session = this.#open.get(name)
    if (!session) return
    this.#open.delete(name)
    session.isClosed = true
    this.#endUnused(session)
  }

  #endUnused({ value, uses, isClosed }: Open<T>): void {
    if (isClosed && uses === 0) this.#end(value)
  }
}

/** Long pieces of work that can be cancelled by name. */
export class Runs {
  readonly #running = new Map<string, AbortController>()

  async run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    this.#running.set(name, controller)
    try {
      return await work(controller.signal)
    } finally {
      this.#running.delete(name)
    }
  }

  cancel(name: string): void {
    this.#running.get(name)?.abort()
  }
}
