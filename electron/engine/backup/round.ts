import { BackupError } from '#common/errors.ts'
import { PageTableCache } from '#engine/pages/page-table-cache.ts'
import type { LoadedParts } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PackKeeper } from '#engine/repository/pack-keeper.ts'
import { PackWriter } from '#engine/repository/pack-writer.ts'
import { MAX_PART_BYTES, PartSealer } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { SnapBody, SnapSource } from '#engine/repository/record.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import { fileKind } from '#engine/source/file-kind.ts'
import type { ScannedEntry, SkipCode, Source } from '#engine/source/source.ts'
import { StructureCopies } from '#engine/state/structure-copies.ts'
import { WalkCache, type WalkedEntry, type WalkToKeep } from '#engine/state/walk-cache.ts'
import type { LaneCounts, Lanes } from '#engine/workers/lane.ts'
import { OwnLane } from '#engine/workers/own-lane.ts'
import { Turns } from '#engine/workers/turns.ts'
import { WorkerLanes } from '#engine/workers/worker-lanes.ts'
import { workersFor } from '#engine/workers/workers-for.ts'
import type { Change, StoredParts } from './brake.ts'
import { buildTree, isSameContent, type SkippedOf, storeSkipped } from './build-trees.ts'
import { IndexWriter } from './index-writer.ts'
import { PartStore } from './part-store.ts'
import { previousEntries, treeName } from './previous.ts'
import type { ProgressMeter } from './progress.ts'
import { mayLackParts } from './relied-on.ts'
import { salvage } from './salvage.ts'
import { type FileEntry, type PlannedEntry, scanSource, toWalkedEntry } from './scan.ts'
import { type FileToStore, type PlannedSource, type SameSource, storageOrder } from './storage-order.ts'
import { DatabaseStorer } from './store-database.ts'
import { FilesRun, type Stored } from './store-files.ts'
import { StoredContent } from './stored-content.ts'

export type OpenedSource = Readonly<{ label: string; source: Source | null }>

export type RoundOptions = Readonly<{
  sources: readonly OpenedSource[]
  previous: Snapshot | null
  parts: LoadedParts
  /** Packs at the place that are damaged or cut short. */
  broken: ReadonlySet<string>
  meter: ProgressMeter
  startedMs: number // Unix milliseconds
  /** How many workers to use; undefined: as many as are worth it. */
  workers: number | undefined
  /** Lets everything else on the computer go first. */
  isPolite: boolean
  signal: AbortSignal | undefined
}>

/** What a round stored, for the snapshot that names it. */
export type RoundResult = Readonly<{ sources: readonly SnapSource[]; skipped: SnapBody['skipped']; unchanged: boolean }>

/** In a long run an index goes out this often, so that an interrupted one is found again by its index. */
const INDEX_EVERY_BYTES = 2 ** 30

/** Room for parts of files that grow while they are read, and for lists. */
const MORE_PARTS = 10_000

/** Goes over the sources once and stores what is not stored yet. Nothing of it exists for others before the snapshot. */
export class BackupRound {
  readonly #repository: OpenRepository
  readonly #options: RoundOptions
  readonly #reader: PartReader
  readonly #keeper: PackKeeper
  readonly #store: PartStore
  readonly #databases: DatabaseStorer
  readonly #cache: WalkCache
  readonly #pageTables: PageTableCache
  readonly #copies: StructureCopies
  readonly #gone: FileEntry[] = []
  readonly #unsteady = new Set<PlannedEntry>()
  readonly #trees = new Map<string, readonly Uint8Array[]>() // ids of each source's tree, by label
  readonly table: PartTable
  readonly writer: PackWriter
  readonly indexes: IndexWriter
  readonly skipped: SkippedOf[] = []
  readonly unreadable: string[] = []
  #planned: readonly PlannedSource[] = []
  #filesBefore = 0
  #laneCounts: LaneCounts = { newParts: 0, incompressibleBytes: 0 }

  constructor(repository: OpenRepository, options: RoundOptions) {
    this.#repository = repository
    this.#options = options
    const { keyring, destination, deviceId, zstd, state, listing } = repository
    const { table, unindexed } = options.parts
    this.table = table
    this.indexes = new IndexWriter(keyring, destination, deviceId, unindexed)
    this.#keeper = new PackKeeper({
      destination,
      deviceId,
      table,
      packsInDevice: [...listing.packs.values()].filter((pack) => pack.deviceId === deviceId).length,
      onWritten: (pack) => this.indexes.add(pack),
      signal: options.signal,
    })
    this.writer = new PackWriter({ keyring, keep: (pack) => this.#keeper.keep(pack) })
    this.#copies = new StructureCopies(state.path, keyring)
    this.#store = new PartStore({
      keyring,
      claims: table,
      sealer: new PartSealer(keyring, zstd),
      writer: this.writer,
      onNew: (type, plain) => this.#copies.add(type, plain),
    })
    this.#reader = new PartReader(keyring, destination, table, zstd)
    this.#cache = new WalkCache(state.path, keyring, zstd)
    this.#pageTables = new PageTableCache(state.path, keyring)
    this.#databases = new DatabaseStorer({
      pageKey: keyring.ids.page,
      table,
      store: this.#store,
      reader: this.#reader,
      cache: this.#pageTables,
    })
  }

  get deviceId(): string {
    return this.#repository.deviceId
  }

  get writtenBytes(): number {
    return this.#keeper.writtenBytes + this.indexes.writtenBytes
  }

  /** What happened to the sources since this device's last snapshot; null when there is none to compare with. */
  get change(): Change | null {
    if (this.#options.previous?.summary.deviceId !== this.#repository.deviceId) return null
    const items = this.#planned.flatMap((source) => source.items)
    return { filesBefore: this.#filesBefore, gone: this.#gone, items, unsteady: this.#unsteady }
  }

  get storedParts(): StoredParts {
    return { table: this.table, databases: this.#databases, readIds: (list) => this.#reader.readIds(list) }
  }

  get incompressibleBytes(): number {
    return this.#store.incompressibleBytes + this.#laneCounts.incompressibleBytes
  }

  /** Walks the sources beside the last snapshot. @throws BackupError `source-unreadable` when none can be read. */
  async scan(): Promise<void> {
    const { sources, previous, meter, signal } = this.#options
    meter.enter('looking')
    await salvage(this.#repository, this.#options.broken, this.table, this.#store)
    const isListLost = previous?.body.sources.some(({ root }) => root && !this.table.find(root)) ?? false
    if (isListLost || this.table.packs.some(({ state }) => state === 'missing')) await this.#healStructure(isListLost)
    const stored = new StoredContent(this.table, this.#reader, mayLackParts(this.table, this.#repository, previous))
    const planned: PlannedSource[] = []
    for (const { label, source } of sources) {
      const walked = source && (await this.#scanOne(label, source, stored))
      if (walked) planned.push(walked)
      else this.unreadable.push(label)
      signal?.throwIfAborted()
    }
    if (planned.length === 0) throw new BackupError('source-unreadable', { name: this.unreadable[0] ?? '' })
    this.#planned = planned
  }

  /**
   * Stores again what led to others and is in no pack any more, from this device's copies.
   *
   * @param andUnknown - also what no index names: the index has gone with the packs.
   */
  async #healStructure(andUnknown: boolean): Promise<void> {
    for (const { type, id, plain } of this.#copies.all()) {
      const isMissed = andUnknown || this.table.numberOf(id) >= 0
      if (isMissed && !this.table.find(id)) await this.#store.put(type, plain, true)
    }
  }

  /** Null: the source cannot be read, and then nothing about it counts as gone. */
  async #scanOne(label: string, source: Source, stored: StoredContent): Promise<PlannedSource | null> {
    const { previous, meter, signal } = this.#options
    const last = await previousEntries(previous, label, this.#reader, this.#cache)
    const gone: FileEntry[] = []
    const onFile = ({ path, size }: ScannedEntry, isKnown: boolean): void => {
      if (!isKnown) meter.found(fileKind(path), size)
    }
    try {
      const { items, isSame } = await scanSource(source, last.entries, {
        isStored: (content) => stored.has(content),
        onSkip: (skipped) => this.skipped.push({ ...skipped, label }),
        onFile,
        onGone: (file) => gone.push(file),
        signal,
      })
      this.#gone.push(...gone)
      this.#filesBefore += last.source?.files ?? 0
      const isWhole = last.tree?.every((id) => this.table.isStored(id)) ?? false
      const before = isSame && isWhole && last.source && last.tree ? { source: last.source, tree: last.tree } : null
      return { label, source, items, before }
    } catch (error) {
      if (BackupError.from(error).code !== 'source-unreadable') throw error
      return null
    }
  }

  /** @param publish - reads back what waits and names it in an index; called now and then in a long run. */
  async storeFiles(publish: () => Promise<void>): Promise<void> {
    const { meter, signal } = this.#options
    meter.enter('saving')
    let indexedBytes = 0
    const between = async (): Promise<void> => {
      if (this.#keeper.writtenBytes - indexedBytes < INDEX_EVERY_BYTES) return
      indexedBytes = this.#keeper.writtenBytes
      await publish()
    }
    const turns = new Turns()
    const lanes = this.#openLanes(turns)
    try {
      await new FilesRun({
        lanes,
        turns,
        store: this.#store,
        databases: this.#databases,
        onStored: (file, outcome) => this.#take(file, outcome),
        onBytes: ({ kind }, bytes) => meter.bytes(kind, bytes),
        between,
        signal,
      }).run(storageOrder(this.#planned))
      await lanes.finish()
      this.#laneCounts = lanes.counts
    } finally {
      await lanes.close()
    }
  }

  /** Workers where there is much to do and they can read the sources; otherwise this thread alone. */
  #openLanes(turns: Turns): Lanes {
    const { signal, workers, isPolite } = this.#options
    const addresses = this.#planned.map(({ source }) => source.address ?? null)
    const todo = this.#planned.flatMap(({ items }) => items.filter(({ isToBeRead }) => isToBeRead))
    const bytes = todo.reduce((sum, { scanned }) => sum + scanned.size, 0)
    const count = workersFor(bytes, isPolite, workers)
    if (count === 0 || addresses.includes(null)) {
      const sources = this.#planned.map(({ source }) => source)
      const pageKey = this.#repository.keyring.ids.page
      return new OwnLane({ store: this.#store, sources, pageKey }, turns, signal)
    }
    return new WorkerLanes({
      count,
      keyring: this.#repository.keyring,
      parts: this.table.share(todo.length + Math.ceil(bytes / MAX_PART_BYTES) + MORE_PARTS),
      sources: addresses,
      keep: (pack) => this.#keeper.keep(pack),
      isPolite,
      signal,
    })
  }

  #take({ kind, label, item }: FileToStore, outcome: Stored | SkipCode): void {
    const { path } = item.scanned
    this.#options.meter.file(kind)
    if (typeof outcome === 'string') {
      this.skipped.push({ label, path, code: outcome })
      return
    }
    if (!outcome.isSteady) {
      this.skipped.push({ label, path, code: 'changing' })
      this.#unsteady.add(item)
    }
    item.content = outcome.content
    const { size, mtimeUs } = outcome
    if (item.scanned.size !== size || item.scanned.mtimeUs !== mtimeUs)
      item.scanned = { ...item.scanned, size, mtimeUs }
  }

  async buildTrees(): Promise<RoundResult> {
    const sources = await this.#savedSources()
    const skipped = await storeSkipped(this.skipped, this.#store)
    this.#copies.flush()
    const { previous } = this.#options
    const unchanged =
      this.#store.newParts + this.#laneCounts.newParts === 0 &&
      previous !== null &&
      isSameContent(previous.body.sources, sources)
    return { sources, skipped, unchanged }
  }

  /** A source that could not be read is taken over from this device's last snapshot, or left out. */
  async #savedSources(): Promise<readonly SnapSource[]> {
    const { deviceId } = this.#repository
    const { previous } = this.#options
    const own = previous?.summary.deviceId === deviceId ? previous.body.sources : []
    const sources: SnapSource[] = []
    for (const { label } of this.#options.sources) {
      const found = this.#planned.find((source) => source.label === label)
      const old = own.find((source) => source.label === label)
      if (found?.before && found.before.source.kind === found.source.kind)
        sources.push(this.#reuse(label, found.before))
      else if (found) sources.push(await this.#build(found))
      else if (old) sources.push({ ...old, isStale: true })
    }
    return sources
  }

  /** Nothing is other than it was: its tree need not be made again. */
  #reuse(label: string, { source, tree }: SameSource): SnapSource {
    this.#trees.set(label, tree)
    return { ...source, isStale: false }
  }

  async #build(planned: PlannedSource): Promise<SnapSource> {
    const { source, tree } = await buildTree(planned, this.#repository.keyring, this.#store)
    this.#trees.set(planned.label, tree)
    return source
  }

  /** Keeps on this device what the next run compares with: of the sources of the snapshot that was just made. */
  async keep({ sources: saved, unchanged }: RoundResult): Promise<void> {
    const isKept = this.#planned.every(({ before }) => before !== null) && this.unreadable.length === 0
    if (unchanged && isKept) return // what is kept says all of it
    const pageFiles = this.#planned.flatMap(({ items }) =>
      items.flatMap(({ content }) => (content?.kind === 'pages' ? [content.id] : [])),
    )
    await this.#pageTables.keepOnly(pageFiles)
    const walks: WalkToKeep[] = []
    for (const source of saved) {
      const walk = await this.#walkOf(source)
      if (!walk) return // then the next run compares with the repository's tree
      walks.push(walk)
    }
    await this.#cache.write(walks)
  }

  /** What this device knows of a source; of one that was taken over, what it knew before. */
  async #walkOf(saved: SnapSource): Promise<WalkToKeep | null> {
    const { label } = saved
    const { previous, startedMs } = this.#options
    const planned = this.#planned.find((source) => source.label === label)
    if (planned) {
      return { of: treeName(saved), entries: walkedEntries(planned, startedMs), tree: this.#trees.get(label) ?? [] }
    }
    const number = previous?.body.sources.findIndex((source) => source.label === label) ?? -1
    return previous && number >= 0 ? this.#cache.read(treeName(saved), number) : null
  }
}

/** One after another, so that they need not all be in memory. */
function* walkedEntries({ items }: PlannedSource, startedMs: number): Generator<WalkedEntry> {
  for (const item of items) if (!item.isToBeRead) yield toWalkedEntry(item, startedMs * 1000)
}
