import { BackupError } from '#common/errors.ts'
import { newId } from '#engine/repository/names.ts'

/** Things kept open between calls of the main process, known by a random name. */
export class Sessions<T> {
  readonly #open = new Map<string, T>()

  add(value: T): string {
    const name = newId()
    this.#open.set(name, value)
    return name
  }

  /** @throws BackupError `unexpected` when there is no such session. */
  get(name: string): T {
    const value = this.#open.get(name)
    if (value === undefined) throw new BackupError('unexpected', { reason: 'no-session' })
    return value
  }

  close(name: string): void {
    this.#open.delete(name)
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
