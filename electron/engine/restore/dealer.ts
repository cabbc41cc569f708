import { BackupError } from '#common/errors.ts'
import { PART_TYPE, type PartType } from '#engine/repository/part.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { BytePath } from '#engine/source/byte-path.ts'
import type { Crew } from './crew.ts'
import { dealPieces } from './deal-pieces.ts'
import type { TargetPlace } from './draft.ts'
import { JOB_BYTES, type Job, type JobEnd, type PartAt, type SmallFile } from './job.ts'
import { type FileEnds, type FileEntry, LargeFile } from './large-file.ts'

/** A job has so many files at most. */
const JOB_FILES = 128
/** So many files are put in the order in which they lie at the place. */
const WINDOW_FILES = 2048
const WINDOW_BYTES = 256 * 2 ** 20

type Waiting = Readonly<{ path: BytePath; file: SmallFile }>

export type DealerOptions = FileEnds &
  Readonly<{ crew: Crew; table: PartTable; reader: PartReader; signal?: AbortSignal | undefined }>

/**
 * Deals files out to a crew: small ones in batches in the order of the packs, large ones in pieces, so that one database
 * uses every core. Holds back while the crew is busy; what fails is thrown by the next call.
 */
export class Dealer {
  readonly #options: DealerOptions
  readonly #running = new Set<Promise<void>>()
  readonly #large = new Set<LargeFile>()
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #failure: { error: unknown } | null = null

  constructor(options: DealerOptions) {
    this.#options = options
  }

  /** Takes a file whose place was found. Resolves when the next one may come. */
  async file(path: BytePath, entry: FileEntry, place: TargetPlace): Promise<void> {
    const { content, size, mtimeUs, attributes } = entry
    this.#throwFailure()
    const [only, ...others] = content.kind === 'parts' ? content.ids : []
    if (content.kind === 'empty' || (only && others.length === 0)) {
      const part = only ? this.#partAt(PART_TYPE.data, only) : null
      if (only && !part) return this.#options.onFile(path, size, false)
      this.#waiting.push({ path, file: { place, size, mtimeUs, attributes, part } })
      this.#waitingBytes += size
      if (this.#waiting.length >= WINDOW_FILES || this.#waitingBytes >= WINDOW_BYTES) await this.#dealWaiting()
      return
    }
    await this.#dealLarge(path, entry, place)
  }

  /** Resolves when everything that was dealt is done. */
  async finish(): Promise<void> {
    await this.#dealWaiting()
    await Promise.all(this.#running)
    this.#throwFailure()
  }

  /** Waits for what is being done, and leaves the rest. */
  async abandon(): Promise<void> {
    this.#waiting = []
    await Promise.all(this.#running)
    for (const file of this.#large) file.abandon()
  }

  async #dealWaiting(): Promise<void> {
    const waiting = this.#waiting.sort((a, b) => comparePlaces(a.file.part, b.file.part))
    this.#waiting = []
    this.#waitingBytes = 0
    for (let from = 0; from < waiting.length; ) {
      let bytes = 0
      let to = from
      while (to < waiting.length && to - from < JOB_FILES && bytes < JOB_BYTES) bytes += waiting[to++]?.file.size ?? 0
      const batch = waiting.slice(from, to)
      const files = batch.map(({ file }) => file)
      await this.#deal({ kind: 'files', drafts: this.#options.target.drafts, files }, ({ ends }) => {
        for (const [i, { path, file }] of batch.entries()) {
          const end = ends[i] ?? 'damaged'
          if (typeof end === 'object') this.#options.target.settle(end.taken, path, file.place)
          if (end !== 'damaged') this.#options.onBytes(file.size)
          this.#options.onFile(path, file.size, end !== 'damaged')
        }
      })
      from = to
    }
  }

  async #dealLarge(path: BytePath, entry: FileEntry, place: TargetPlace): Promise<void> {
    const { reader, signal } = this.#options
    const file = new LargeFile(this.#options, path, entry, place)
    this.#large.add(file)
    const deal = async (job: Job, bytes: number): Promise<void> => {
      file.begun()
      await this.#deal(job, ({ ends }) => file.pieceDone(ends[0] === 'done', bytes))
      if (file.isDamaged) throw new BackupError('damaged')
    }
    const find = (type: PartType, id: Uint8Array): PartAt => {
      const found = this.#partAt(type, id)
      if (!found) throw new BackupError('damaged', { name: 'missing pack' })
      return found
    }
    try {
      await dealPieces(entry, file.draft.path, { find, deal, reader, signal })
    } catch (thrown) {
      if (BackupError.from(thrown).code !== 'damaged') throw thrown
      file.isDamaged = true
    }
    file.dealt()
  }

  /** Waits for a free place in the crew; `onEnd` is told when the job is done and nothing has failed. */
  async #deal(job: Job, onEnd: (end: JobEnd) => void): Promise<void> {
    while (this.#running.size >= this.#options.crew.places) await Promise.race(this.#running)
    this.#throwFailure()
    this.#options.signal?.throwIfAborted()
    const run = async (): Promise<void> => {
      try {
        const end = await this.#options.crew.do(job)
        if (end.failure) throw BackupError.fromPlain(end.failure)
        onEnd(end)
      } catch (error) {
        this.#failure ??= { error }
      }
    }
    const running = run().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  #partAt(type: PartType, id: Uint8Array): PartAt | null {
    const place = this.#options.table.find(id)
    if (place?.type !== type) return null
    const { pack, offset, storedLength, plainLength } = place
    return { pack: pack.path, offset, storedLength, plainLength, type, id }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}

/** Empty files first: they are in no pack. */
function comparePlaces(a: PartAt | null, b: PartAt | null): number {
  if (!a || !b) return Number(a !== null) - Number(b !== null)
  return a.pack < b.pack ? -1 : a.pack > b.pack ? 1 : a.offset - b.offset
}
