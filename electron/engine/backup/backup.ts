import type { BackupOutcome, BackupProgress } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { PageTableCache } from '#engine/pages/page-table-cache.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PackWriter } from '#engine/repository/pack-writer.ts'
import { PartSealer } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import { MAX_NAMED_INDEXES, type SnapSource, type StoredRecord } from '#engine/repository/record.ts'
import { mustBeWritable } from '#engine/repository/settings.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { toText } from '#engine/source/byte-path.ts'
import { fileKind } from '#engine/source/file-kind.ts'
import type { ScannedEntry, Source } from '#engine/source/source.ts'
import { WalkCache } from '#engine/state/walk-cache.ts'
import { buildTree, isSameContent, type SkippedOf, storeSkipped } from './build-trees.ts'
import { IndexWriter } from './index-writer.ts'
import { PartStore } from './part-store.ts'
import { previousEntries, previousSnapshot } from './previous.ts'
import { ProgressMeter } from './progress.ts'
import { scanSource, toWalkedEntry } from './scan.ts'
import { type FileToStore, type PlannedSource, storageOrder } from './storage-order.ts'
import { DatabaseStorer } from './store-database.ts'
import { FileStorer } from './store-file.ts'
import { StoredContent } from './stored-content.ts'
import { verifyWritten } from './verify-written.ts'

/** A source under the label that restore will use. It is opened by the run, so that one that is gone stops only itself. */
export type LabelledSource = Readonly<{ label: string; open(): Source }>

export type BackupOptions = Readonly<{
  sources: readonly LabelledSource[]
  deviceName: string
  now: () => number // Unix milliseconds
  onProgress?: (progress: BackupProgress) => void
  signal?: AbortSignal
}>

export type BackupResult = BackupOutcome & Readonly<{ unreadableSources: readonly string[] }>

/** What a run has put at the place, and where its parts are. */
type Written = Readonly<{ writer: PackWriter; indexes: IndexWriter; table: PartTable }>

/** In a long run an index goes out this often, so that an interrupted one is found again by its index. */
const INDEX_EVERY_BYTES = 2 ** 30

/**
 * Makes a snapshot of the sources. Order: packs, then, when all of them were read back, their index, then the record
 * that makes the snapshot exist. Stopped at any point, what was stored is found and used by the next run.
 *
 * @throws BackupError `source-unreadable` when no source can be read; then nothing was written.
 */
export async function backUp(repository: OpenRepository, options: BackupOptions): Promise<BackupResult> {
  return new BackupRun(repository, options).run()
}

class BackupRun {
  #repository: OpenRepository
  readonly #options: BackupOptions
  readonly #meter: ProgressMeter
  readonly #skipped: SkippedOf[] = []
  readonly #unreadable: string[] = []
  #recordBytes = 0

  constructor(repository: OpenRepository, options: BackupOptions) {
    this.#repository = repository
    this.#options = options
    this.#meter = new ProgressMeter(options.onProgress ?? (() => undefined))
  }

  async run(): Promise<BackupResult> {
    const startedMs = this.#options.now()
    this.#meter.enter('preparing')
    mustBeWritable(this.#repository.settings)
    const opened = this.#openSources()
    const isNewDevice = !this.#repository.chain.tops.some(({ deviceId }) => deviceId === this.#repository.deviceId)
    if (isNewDevice) await this.#writeRecord({ kind: 'join' }) // before anything stored is relied on
    const previous = await previousSnapshot(this.#repository)
    const { table, unindexed } = await loadParts(this.#repository, 'own')
    const { keyring, destination, deviceId, zstd } = this.#repository
    const indexes = new IndexWriter(keyring, destination, deviceId, unindexed)
    const writer = this.#packWriter(table, indexes)
    const store = new PartStore(keyring, table, new PartSealer(keyring, zstd), writer)
    const reader = new PartReader(keyring, destination, table, zstd)
    const cache = new WalkCache(this.#repository.state.path, keyring, zstd)
    const pageTables = new PageTableCache(this.#repository.state.path, keyring)
    try {
      const planned = await this.#scan(opened, previous, new StoredContent(table, reader), reader, cache)
      const databases = new DatabaseStorer({ pageKey: keyring.ids.page, store, reader, cache: pageTables })
      await this.#storeFiles(planned, new FileStorer(store, databases), { writer, indexes, table })
      const sources = await this.#buildTrees(planned, previous, store)
      const skipped = await storeSkipped(this.#skipped, store)
      const unchanged = store.newParts === 0 && previous !== null && isSameContent(previous.body.sources, sources)
      if (!unchanged) await this.#settle({ writer, indexes, table })
      this.#options.signal?.throwIfAborted()
      const configSeq = this.#repository.settings.newest.config.seq
      const stored = await this.#writeRecord({
        kind: 'snap',
        sources,
        skipped,
        indexes: this.#ownIndexes(indexes),
        configSeq,
      })
      await this.#keepWalks(cache, stored, planned, startedMs)
      await pageTables.keepOnly(pageFilesOf(planned))
      return {
        snapshot: stored.id.slice(0, 16),
        takenAtMs: Math.floor(stored.record.timeUs / 1000),
        unchanged,
        files: sources.reduce((sum, { files }) => sum + files, 0),
        bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
        addedBytes: writer.writtenBytes + indexes.writtenBytes + this.#recordBytes,
        seconds: (this.#options.now() - startedMs) / 1000,
        skipped: this.#skipped.map((entry) => ({ path: this.#shownPath(entry), code: entry.code })),
        unreadableSources: this.#unreadable,
      }
    } catch (error) {
      await writer.abandon()
      throw error
    }
  }

  #openSources(): readonly Readonly<{ label: string; source: Source | null }>[] {
    const opened = this.#options.sources.map(({ label, open }) => ({ label, source: this.#orUnreadable(label, open) }))
    if (opened.every(({ source }) => source === null)) throw this.#nothingReadable()
    return opened
  }

  #packWriter(table: PartTable, indexes: IndexWriter): PackWriter {
    const { keyring, destination, deviceId, listing } = this.#repository
    const packsInDevice = [...listing.packs.values()].filter((pack) => pack.deviceId === deviceId).length
    return new PackWriter({
      keyring,
      destination,
      deviceId,
      table,
      packsInDevice,
      onWritten: (pack) => indexes.add(pack),
    })
  }

  async #scan(
    opened: readonly Readonly<{ label: string; source: Source | null }>[],
    previous: Snapshot | null,
    stored: StoredContent,
    reader: PartReader,
    cache: WalkCache,
  ): Promise<readonly PlannedSource[]> {
    this.#meter.enter('looking')
    const planned: PlannedSource[] = []
    const onFile = ({ path, size }: ScannedEntry, isKnown: boolean): void => {
      if (!isKnown) this.#meter.found(fileKind(path), size)
    }
    for (const { label, source } of opened) {
      if (!source) continue
      const before = await previousEntries(previous, label, reader, cache)
      try {
        const items = await scanSource(source, before, {
          isStored: (content) => stored.has(content),
          onSkip: (skipped) => this.#skipped.push({ ...skipped, label }),
          onFile,
          signal: this.#options.signal,
        })
        planned.push({ label, source, items })
      } catch (error) {
        if (BackupError.from(error).code !== 'source-unreadable') throw error
        this.#unreadable.push(label)
      }
    }
    if (planned.length === 0) throw this.#nothingReadable()
    return planned
  }

  async #storeFiles(
    planned: readonly PlannedSource[],
    storer: FileStorer,
    { writer, indexes, table }: Written,
  ): Promise<void> {
    this.#meter.enter('saving')
    let indexedBytes = 0
    for (const file of storageOrder(planned)) {
      this.#options.signal?.throwIfAborted()
      await this.#storeFile(file, storer)
      if (writer.writtenBytes - indexedBytes < INDEX_EVERY_BYTES) continue
      indexedBytes = writer.writtenBytes
      await this.#publish(indexes, table)
    }
  }

  async #storeFile({ kind, label, source, item }: FileToStore, storer: FileStorer): Promise<void> {
    const { path } = item.scanned
    const file = { source, path, before: item.before }
    const stored = await storer.store(file, (bytes) => this.#meter.bytes(kind, bytes), this.#options.signal)
    this.#meter.file(kind)
    if (typeof stored === 'string') {
      this.#skipped.push({ label, path, code: stored })
      return
    }
    if (!stored.isSteady) this.#skipped.push({ label, path, code: 'changing' })
    item.content = stored.content
    item.scanned = { ...item.scanned, size: stored.size, mtimeUs: stored.mtimeUs }
  }

  /** A source that could not be read is taken over from this device's last snapshot, or left out. */
  async #buildTrees(
    planned: readonly PlannedSource[],
    previous: Snapshot | null,
    store: PartStore,
  ): Promise<readonly SnapSource[]> {
    const { keyring, deviceId } = this.#repository
    const own = previous?.summary.deviceId === deviceId ? previous.body.sources : []
    const sources: SnapSource[] = []
    for (const { label } of this.#options.sources) {
      const found = planned.find((source) => source.label === label)
      const old = own.find((source) => source.label === label)
      if (found) sources.push(await buildTree(found, keyring, store))
      else if (old) sources.push({ ...old, isStale: true })
    }
    return sources
  }

  /** Everything durable, read back, and only then named by an index. */
  async #settle({ writer, indexes, table }: Written): Promise<void> {
    await writer.finish()
    this.#meter.enter('checking')
    await this.#publish(indexes, table)
  }

  /** Packs may arrive meanwhile; they wait for the next index. */
  async #publish(indexes: IndexWriter, table: PartTable): Promise<void> {
    const packs = [...indexes.pending]
    await verifyWritten(this.#repository, packs, table, this.#options.signal)
    await indexes.flush(packs.length)
  }

  /** This run's index objects and this device's newest before it; a record has no room for all of years. */
  #ownIndexes(written: IndexWriter): readonly string[] {
    const { listing, deviceId } = this.#repository
    const older = listing.indexes
      .filter((index) => index.deviceId === deviceId)
      .sort((a, b) => b.modifiedMs - a.modifiedMs)
    return [...written.ids, ...older.map(({ id }) => id)].slice(0, MAX_NAMED_INDEXES)
  }

  async #keepWalks(
    cache: WalkCache,
    { id }: StoredRecord,
    planned: readonly PlannedSource[],
    startedMs: number,
  ): Promise<void> {
    if (this.#unreadable.length > 0) return
    const isWhole = ({ scanned, content }: PlannedSource['items'][number]): boolean =>
      scanned.kind !== 'file' || content !== null
    const walks = planned.map(({ items }) => items.filter(isWhole).map((item) => toWalkedEntry(item, startedMs * 1000)))
    await cache.write(id.slice(0, 16), walks)
  }

  async #writeRecord(body: StoredRecord['record']['body']): Promise<StoredRecord> {
    const { now, deviceName } = this.#options
    const { stored, bytes, repository } = await writeRecord(this.#repository, body, { timeMs: now(), deviceName })
    this.#repository = repository
    this.#recordBytes += bytes
    return stored
  }

  #orUnreadable(label: string, open: () => Source): Source | null {
    try {
      return open()
    } catch (error) {
      if (BackupError.from(error).code !== 'source-unreadable') throw error
      this.#unreadable.push(label)
      return null
    }
  }

  #nothingReadable(): BackupError {
    return new BackupError('source-unreadable', { name: this.#unreadable[0] ?? '' })
  }

  #shownPath({ label, path }: SkippedOf): string {
    return this.#options.sources.length > 1 ? `${label}/${toText(path)}` : toText(path)
  }
}

const pageFilesOf = (planned: readonly PlannedSource[]): readonly Uint8Array[] =>
  planned.flatMap(({ items }) => items.flatMap(({ content }) => (content?.kind === 'pages' ? [content.id] : [])))
