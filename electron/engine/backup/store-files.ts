import type { PageLanes } from '#engine/pages/page-range.ts'
import { type Content, MAX_DIRECT_PARTS, MAX_IDS_IN_LIST } from '#engine/repository/tree-entry.ts'
import type { SkipCode, SourceFile } from '#engine/source/source.ts'
import type { FileInLane, FileOutcome, Lanes } from '#engine/workers/lane.ts'
import type { Turns } from '#engine/workers/turns.ts'
import type { PartStore } from './part-store.ts'
import type { FileToStore } from './storage-order.ts'
import { type DatabaseStorer, pageSizeIn } from './store-database.ts'
import { FileStorer, isReadFailure, openOrWhyNot, type StoredBytes, type StoredFile } from './store-file.ts'

/** Files above this are cut in ranges of it, each a piece of work of its own. */
const RANGE_BYTES = 16 * 2 ** 20
/** Smaller files are worked on together, so many bytes and files at a time. */
const BATCH = { bytes: 4 * 2 ** 20, files: 256 } as const

/** A file that is stored now. */
export type Stored = Readonly<{ content: Content; size: number; mtimeUs: number; isSteady: boolean }>

export type FilesToStore = Readonly<{
  lanes: Lanes
  turns: Turns // of the run's own thread: its store takes one part after another
  store: PartStore
  databases: DatabaseStorer
  onStored: (file: FileToStore, outcome: Stored | SkipCode) => void
  onBytes: (file: FileToStore, bytes: number) => void
  /** Called between files; the place may be looked at meanwhile. */
  between: () => Promise<void>
  signal: AbortSignal | undefined
}>

/** Spreads files over the lanes, and stores databases itself. The first failure ends it. */
export class FilesRun {
  readonly #options: FilesToStore
  readonly #own: FileStorer
  readonly #running = new Set<Promise<void>>()
  #batch: FileToStore[] = []
  #batchBytes = 0
  #failure: { error: unknown } | null = null

  constructor(options: FilesToStore) {
    this.#options = options
    this.#own = new FileStorer(options.store, options.databases)
  }

  async run(files: Iterable<FileToStore>): Promise<void> {
    try {
      for (const file of files) {
        this.#options.signal?.throwIfAborted()
        await (file.item.scanned.size > RANGE_BYTES ? this.#large(file) : this.#small(file))
        this.#throwFailure()
        await this.#options.between()
      }
      await this.#endBatch()
    } finally {
      while (this.#running.size > 0) await Promise.all(this.#running)
    }
    this.#throwFailure()
  }

  async #small(file: FileToStore): Promise<void> {
    this.#batch.push(file)
    this.#batchBytes += file.item.scanned.size
    if (this.#batch.length >= BATCH.files || this.#batchBytes >= BATCH.bytes) await this.#endBatch()
  }

  async #endBatch(): Promise<void> {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#batchBytes = 0
    const { lanes } = this.#options
    await lanes.room()
    this.#start(async () => {
      const outcomes = await lanes.run({ kind: 'files', files: batch.map(inLane) })
      for (const [i, file] of batch.entries()) {
        const outcome = outcomes[i]
        if (outcome) await this.#take(file, outcome)
      }
    })
  }

  async #take(file: FileToStore, outcome: FileOutcome): Promise<void> {
    if (outcome === 'database') return this.#storeOwn(file)
    if (typeof outcome !== 'string') this.#options.onBytes(file, outcome.size)
    await this.#told(file, outcome)
  }

  async #told(file: FileToStore, outcome: StoredFile | SkipCode): Promise<void> {
    const { onStored } = this.#options
    if (typeof outcome === 'string') return onStored(file, outcome)
    const { bytes, ...facts } = outcome
    onStored(file, { ...facts, content: await this.#contentOf(bytes) })
  }

  async #contentOf(bytes: StoredBytes): Promise<Content> {
    if (bytes.kind === 'pages') return bytes
    const { ids } = bytes
    if (ids.length === 0) return { kind: 'empty' }
    if (ids.length <= MAX_DIRECT_PARTS) return { kind: 'parts', ids }
    const { turns, store } = this.#options
    return turns.run(() => store.putIds(ids, MAX_IDS_IN_LIST))
  }

  /** In the run's own thread, from start to end: what is kept by page, and what did not hold still. */
  async #storeOwn(file: FileToStore): Promise<void> {
    const { lanes, turns, onBytes, signal } = this.#options
    const { source, item } = file
    const toRead = { source, path: item.scanned.path, before: item.before, lanes: pageLanes(lanes, file) }
    const outcome = await turns.run(() => this.#own.store(toRead, (bytes) => onBytes(file, bytes), signal))
    if (outcome !== 'database') await this.#told(file, outcome)
  }

  async #large(file: FileToStore): Promise<void> {
    const opened = openOrWhyNot(file.source, file.item.scanned.path)
    if (typeof opened === 'string') return this.#told(file, opened)
    let isHandedOn = false
    try {
      const before = opened.look()
      if (pageSizeIn(opened, before.size) !== null) return await this.#storeOwn(file)
      isHandedOn = true
      await this.#startRanges(file, opened, before)
    } catch (error) {
      if (!isReadFailure(error)) throw error
      await this.#told(file, 'unreadable')
    } finally {
      if (!isHandedOn) opened.close()
    }
  }

  /** The file stays open until all of it was read, so that it shows whether it held still. */
  async #startRanges(file: FileToStore, opened: SourceFile, before: ReturnType<SourceFile['look']>): Promise<void> {
    const { lanes, onBytes } = this.#options
    const ranges: Promise<readonly Uint8Array[] | null>[] = []
    for (let offset = 0; offset < before.size && !this.#failure; offset += RANGE_BYTES) {
      await lanes.room()
      const length = Math.min(RANGE_BYTES, before.size - offset)
      const range = lanes.run({ kind: 'range', file: inLane(file), offset, length }).then((ids) => {
        onBytes(file, length)
        return ids
      })
      range.catch(() => undefined) // heard below
      ranges.push(range)
    }
    this.#start(async () => {
      try {
        const ids = await Promise.all(ranges)
        const after = opened.look()
        const isSteady = !ids.includes(null) && before.size === after.size && before.mtimeUs === after.mtimeUs
        if (!isSteady) return await this.#storeOwn(file)
        const bytes = { kind: 'cut', ids: ids.flatMap((some) => some ?? []) } as const
        await this.#told(file, { bytes, size: before.size, mtimeUs: after.mtimeUs, isSteady })
      } finally {
        opened.close()
      }
    })
  }

  #start(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}

/** Ranges of a database in the lanes; undefined where these are no threads of their own. */
function pageLanes(lanes: Lanes, file: FileToStore): PageLanes | undefined {
  if (!lanes.areThreads) return undefined
  return {
    room: () => lanes.room(),
    read: (range) => lanes.run({ kind: 'pages', file: inLane(file), range }),
  }
}

const inLane = ({ sourceNumber, item }: FileToStore): FileInLane => ({
  source: sourceNumber,
  path: item.scanned.path,
})
