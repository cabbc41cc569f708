import { Worker } from 'node:worker_threads'
import { BackupError, type PlainError } from '#common/errors.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { threadManners } from './thread-manners.ts'

/** What a worker begins with: keys in shared memory (SharedKeyring), and what its kind of work needs. */
export type ThreadStart = Readonly<{ keyring: Keyring; start: unknown }>

/** To a worker: a piece of work, or that there is no more. From it: the answer to the oldest that is not answered. */
export type ToThread = Readonly<{ kind: 'work'; work: unknown }> | Readonly<{ kind: 'end' }>
export type FromThread = Readonly<{ ok: true; answer: unknown }> | Readonly<{ ok: false; error: PlainError }>

type Waiting = Readonly<{ resolve: (answer: unknown) => void; reject: (error: BackupError) => void }>

/**
 * A thread that does one kind of work, piece after piece, with buffers of its own. Of the data that it works on nothing
 * crosses; only what is to be done, and how it went. Its entry is a module that calls `serveWork`.
 */
export class WorkerThread<Work, Answer> {
  readonly #worker: Worker
  readonly #waiting: Waiting[] = []
  readonly #gone: Promise<void>
  #failure: BackupError | null = null

  constructor(entry: URL, keyring: Keyring, start: unknown) {
    const workerData: ThreadStart = { keyring, start }
    this.#worker = new Worker(entry, { workerData, ...threadManners() })
    this.#worker.on('message', (message: FromThread) => {
      const waiting = this.#waiting.shift()
      if (message.ok) waiting?.resolve(message.answer)
      else waiting?.reject(BackupError.fromPlain(message.error))
    })
    this.#worker.on('error', (error: unknown) => this.#fail(BackupError.from(error)))
    this.#gone = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(new BackupError('unexpected', { reason: 'worker-ended' }))
        resolve()
      })
    })
  }

  /** Pieces of work that were given and not answered. */
  get open(): number {
    return this.#waiting.length
  }

  /** Does a piece of work after those that were given before. @throws BackupError what went wrong in the worker */
  do(work: Work): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: (answer) => resolve(answer as Answer), reject })
      this.#tell({ kind: 'work', work })
    })
  }

  /** Ends the thread when it has done what it was given. */
  async end(): Promise<void> {
    if (!this.#failure) this.#tell({ kind: 'end' })
    await this.#gone
  }

  #tell(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is a thread, not a window
    this.#worker.postMessage(message)
  }

  #fail(error: BackupError): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
