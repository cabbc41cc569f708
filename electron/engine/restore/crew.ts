import { availableParallelism } from 'node:os'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { SharedKeyring } from '#engine/workers/shared-keyring.ts'
import { WorkerThread } from '#engine/workers/worker-thread.ts'
import { JobDoer } from './do-job.ts'
import type { Job, JobEnd } from './job.ts'
import type { RestorerStart } from './restore-worker.ts'

/** Starting threads costs more than they save below this. */
const WORTH_WORKERS_BYTES = 32 * 2 ** 20
/** With two the whole process stays below 200 MB. */
const MAX_WORKERS = 2
/** So that a worker that is done goes on at once. */
const JOBS_AHEAD = 2
/** A distant place is asked for several things at a time. */
const DISTANT_LANES = 4

/** Those who do the jobs of a restore. */
export interface Crew {
  /** How many jobs they take at a time. */
  readonly places: number
  do(job: Job): Promise<JobEnd>
  close(): Promise<void>
}

export type CrewOptions = Readonly<{
  totalBytes: number
  /** How many threads; left out, as many as this computer has cores, or none for little. */
  workers?: number | undefined
  signal?: AbortSignal | undefined
}>

/** Workers where the packs lie on a disk that they can read; otherwise, and for little, this thread. */
export function hireCrew(repository: OpenRepository, { totalBytes, workers, signal }: CrewOptions): Crew {
  const { folder } = repository.destination
  const usual = totalBytes < WORTH_WORKERS_BYTES ? 0 : Math.min(availableParallelism(), MAX_WORKERS)
  const count = folder === null ? 0 : (workers ?? usual)
  const here = new OwnThread(repository, signal)
  return folder === null || count === 0 ? here : new Workers(repository, folder, count, here)
}

/** This thread, which reads from any place; while it waits for one part it works on another. */
class OwnThread implements Crew {
  readonly places: number
  readonly #idle: JobDoer[] = []
  readonly #hire: () => JobDoer

  constructor({ destination, keyring, zstd }: OpenRepository, signal: AbortSignal | undefined) {
    this.places = destination.capabilities.isDistant ? DISTANT_LANES : 1
    this.#hire = () =>
      new JobDoer(keyring, zstd, async (pack, offset, length) => {
        const bytes = await destination.get(pack, { offset, length }, signal)
        signal?.throwIfAborted()
        return bytes
      })
  }

  async do(job: Job): Promise<JobEnd> {
    const doer = this.#idle.pop() ?? this.#hire()
    try {
      return await doer.do(job)
    } finally {
      doer.close() // a draft may be moved once its job is answered
      this.#idle.push(doer)
    }
  }

  async close(): Promise<void> {
    for (const doer of this.#idle) doer.close()
  }
}

class Workers implements Crew {
  readonly places: number
  readonly #workers: readonly WorkerThread<Job, JobEnd>[]
  readonly #keys: SharedKeyring
  readonly #here: Crew

  constructor({ keyring }: OpenRepository, folder: string, count: number, here: Crew) {
    const start: RestorerStart = { folder }
    this.#keys = new SharedKeyring(keyring)
    this.#workers = Array.from({ length: count }, () => new WorkerThread(ENTRY, this.#keys.keyring, start))
    this.places = count * JOBS_AHEAD
    this.#here = here
  }

  /** What a worker could not do is tried again here, where the place itself says what is wrong. */
  async do(job: Job): Promise<JobEnd> {
    const worker = this.#workers.reduce((a, b) => (b.open < a.open ? b : a))
    const { ends, failure } = await worker.do(job)
    if (!failure) return { ends, failure }
    if (job.kind !== 'files') return this.#here.do(job)
    const again = await this.#here.do({ ...job, files: job.files.filter((_, i) => ends[i] === 'undone') })
    const left = [...again.ends]
    return { failure: again.failure, ends: ends.map((end) => (end === 'undone' ? (left.shift() ?? end) : end)) }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.map((worker) => worker.end()), this.#here.close()])
    this.#keys[Symbol.dispose]()
  }
}

/** Beside this file, as it is: source code, or one of the bundles that the app is built of. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './restore-worker.ts' : './restore-worker.js', import.meta.url)
