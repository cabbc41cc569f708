import type { BackupOutcome, BackupProgress } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { type LoadedParts, loadParts } from '#engine/repository/load-parts.ts'
import { lookAgain } from '#engine/repository/look-again.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { type BrakeReason, MAX_NAMED_INDEXES, type StoredRecord } from '#engine/repository/record.ts'
import { mustBeWritable } from '#engine/repository/settings.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { inDropRecords } from '#engine/retention/drop-records.ts'
import { freezeRetention, thawRetention } from '#engine/retention/freeze.ts'
import { toText } from '#engine/source/byte-path.ts'
import type { Source } from '#engine/source/source.ts'
import { REREAD_SHARE, type Reread, rereadPacks } from '#engine/verification/reread-packs.ts'
import { looksWrong, looksWrongAtOnce, looksWrongError } from './brake.ts'
import type { SkippedOf } from './build-trees.ts'
import { clearDrafts } from './clear-drafts.ts'
import type { IndexWriter } from './index-writer.ts'
import { ListingAge } from './listing-age.ts'
import { previousSnapshot } from './previous.ts'
import { ProgressMeter } from './progress.ts'
import { lostMeanwhile } from './relied-on.ts'
import { BackupRound, type OpenedSource, type RoundResult } from './round.ts'
import { verifyWritten } from './verify-written.ts'

/** A source under the label that restore will use. It is opened by the run, so that one that is gone stops only itself. */
export type LabelledSource = Readonly<{ label: string; open(): Source }>

export type BackupOptions = Readonly<{
  sources: readonly LabelledSource[]
  deviceName: string
  now: () => number // Unix milliseconds
  /** Goes on although much is gone or changed (an explicit act). */
  acceptChange?: boolean
  /** The share of packs at the place that is read again on this run; 0 is none. */
  rereadShare?: number
  /** How many workers to use; undefined: as many as are worth it, 0: none. */
  workers?: number | undefined
  /** Lets everything else on the computer go first. */
  isPolite?: boolean
  onProgress?: (progress: BackupProgress) => void
  signal?: AbortSignal
}>

export type BackupResult = BackupOutcome &
  Readonly<{
    unreadableSources: readonly string[]
    /** The step that reads packs again, counted apart. */
    reread: Omit<Reread, 'damaged' | 'verified'> & Readonly<{ damaged: number }>
  }>

/** So often a run goes over the sources, when what it relied on is gone each time. */
const MAX_ROUNDS = 3

/**
 * Makes a snapshot of the sources. Order: packs, then, when all of them were read back, their index, then the record
 * that makes the snapshot exist. Stopped at any point, what was stored is found and used by the next run. What is
 * damaged or missing at the place is stored again from the sources.
 *
 * @throws BackupError `source-unreadable` when no source can be read, and then nothing was written; `looks-wrong`
 */
export async function backUp(repository: OpenRepository, options: BackupOptions): Promise<BackupResult> {
  return new BackupRun(repository, options).run()
}

class BackupRun {
  #repository: OpenRepository
  readonly #options: BackupOptions
  readonly #startedMs: number
  readonly #age: ListingAge
  readonly #accepted = new Set<BrakeReason>()
  #meter: ProgressMeter
  #reread: Reread | null = null
  #writtenBytes = 0

  constructor(repository: OpenRepository, options: BackupOptions) {
    this.#repository = repository
    this.#options = options
    this.#startedMs = options.now()
    this.#age = new ListingAge(options.now)
    this.#meter = this.#newMeter()
  }

  async run(): Promise<BackupResult> {
    this.#meter.enter('preparing')
    mustBeWritable(this.#repository.settings)
    const sources = this.#openSources()
    await this.#mustBeReadable(sources)
    await clearDrafts(this.#repository, this.#startedMs)
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const result = await this.#goRound(sources)
      if (result) return result
      this.#meter = this.#newMeter()
    }
    throw new BackupError('damaged', { name: 'pack' })
  }

  /** Once over the sources. Null: what it relied on has gone meanwhile, and it must go round once more. */
  async #goRound(sources: readonly OpenedSource[]): Promise<BackupResult | null> {
    const startedMs = this.#options.now()
    if (!hasJoined(this.#repository)) await this.#writeRecord({ kind: 'join' }) // before anything stored is relied on
    const previous = await previousSnapshot(this.#repository)
    const { parts, broken } = await this.#loadParts(previous)
    const { signal } = this.#options
    const round = new BackupRound(this.#repository, {
      sources,
      previous,
      parts,
      broken,
      meter: this.#meter,
      startedMs,
      workers: this.#options.workers,
      isPolite: this.#options.isPolite ?? false,
      signal,
    })
    try {
      await round.scan()
      await this.#brake(round, 'at-once')
      await round.storeFiles(() => this.#publish(round))
      await this.#brake(round, 'in-full')
      const saved = await round.buildTrees()
      if (!saved.unchanged || round.indexes.pending.length > 0) await this.#settle(round)
      this.#writtenBytes += round.writtenBytes
      if (await this.#hasLost(round)) return null
      signal?.throwIfAborted()
      const stored = await this.#writeSnapshot(round, saved)
      await round.keep(saved)
      if (await this.#hasLost(round)) return null // asleep in the middle: a snapshot more makes it whole
      await this.#condemn(broken, parts.damaged)
      await thawRetention(this.#repository.state)
      return this.#result(stored, round, saved)
    } catch (error) {
      await round.writer.abandon()
      throw error
    }
  }

  #openSources(): readonly OpenedSource[] {
    const opened = this.#options.sources.map(({ label, open }) => ({ label, source: orUnreadable(open) }))
    if (opened.every(({ source }) => source === null))
      throw new BackupError('source-unreadable', { name: opened[0]?.label ?? '' })
    return opened
  }

  /** Nothing is written when there is nothing to read. */
  async #mustBeReadable(sources: readonly OpenedSource[]): Promise<void> {
    let failure: BackupError | null = null
    for (const { source } of sources) {
      if (!source) continue
      try {
        for await (const _ of source.scan(() => undefined, this.#options.signal)) break
        return
      } catch (thrown) {
        failure = BackupError.from(thrown)
        if (failure.code !== 'source-unreadable') throw failure
      }
    }
    if (failure) throw failure
  }

  /** Loads where parts are, after reading some packs again: what is damaged counts as missing in this run already. */
  async #loadParts(previous: Snapshot | null): Promise<Readonly<{ parts: LoadedParts; broken: ReadonlySet<string> }>> {
    let parts = await loadParts(this.#repository, 'own')
    const share = this.#options.rereadShare ?? REREAD_SHARE
    if (!this.#reread && share > 0) {
      const packs = parts.table.packs.filter(({ state }) => state === 'present')
      const { now, signal } = this.#options
      const options = { packs, newest: previous, share, nowMs: now(), ...(signal && { signal }) }
      this.#reread = await rereadPacks(this.#repository, options)
    }
    const damaged = this.#reread?.damaged ?? new Set<string>()
    if (damaged.size > 0) parts = await loadParts(this.#repository, 'own', damaged)
    const { listing } = this.#repository
    const broken = parts.table.packs.filter(({ id, state }) => state === 'missing' && listing.packs.has(id))
    return { parts, broken: new Set(broken.map(({ id }) => id)) }
  }

  /**
   * Stops before a snapshot that looks like an accident or like somebody encrypting files, and keeps old ones from being
   * dropped meanwhile.
   */
  async #brake(round: BackupRound, when: 'at-once' | 'in-full'): Promise<void> {
    const change = round.change
    if (!change) return
    const tripped =
      when === 'at-once'
        ? looksWrongAtOnce(change)
        : await looksWrong(change, round.storedParts, round.incompressibleBytes)
    for (const one of tripped) {
      if (!this.#options.acceptChange) {
        await freezeRetention(this.#repository.state)
        throw looksWrongError(one)
      }
      this.#accepted.add(one.reason)
    }
  }

  /** Everything durable, read back, and only then named by an index. */
  async #settle(round: BackupRound): Promise<void> {
    await round.writer.finish()
    this.#meter.enter('checking')
    await this.#publish(round)
  }

  /** Packs may arrive meanwhile; they wait for the next index. */
  async #publish({ indexes, table }: BackupRound): Promise<void> {
    const packs = [...indexes.pending]
    if (packs.length === 0) return
    await this.#lookAgain()
    await verifyWritten(this.#repository, packs, table, this.#options.signal)
    await indexes.flush(packs.length)
  }

  async #lookAgain(): Promise<void> {
    this.#repository = await lookAgain(this.#repository, this.#options.signal)
    this.#age.renew()
  }

  /**
   * Whether packs that the round counted on are missing or condemned by now, or this device was retired. Looks again only
   * when the last look is old: until this device has written a record that knows of a drop, nobody removes anything.
   */
  async #hasLost(round: BackupRound): Promise<boolean> {
    if (this.#age.isOld) await this.#lookAgain()
    return round.deviceId !== this.#repository.deviceId || lostMeanwhile(round.table, this.#repository)
  }

  #writeSnapshot(round: BackupRound, { sources, skipped }: RoundResult): Promise<StoredRecord> {
    const lastVerified = this.#reread?.verified
    return this.#writeRecord({
      kind: 'snap',
      sources,
      skipped,
      indexes: this.#ownIndexes(round.indexes),
      configSeq: this.#repository.settings.newest.config.seq,
      ...(lastVerified && { lastVerified }),
      ...(this.#accepted.size > 0 && { accepted: [...this.#accepted] }),
    })
  }

  /**
   * What was in broken packs is stored anew, as far as it could be had, and what a broken index of this device said another
   * says now: from now on nobody goes by them.
   */
  async #condemn(brokenPacks: ReadonlySet<string>, damaged: readonly string[]): Promise<void> {
    const { listing, endings, deviceId } = this.#repository
    const ids = [...brokenPacks].filter((id) => listing.packs.has(id) && !endings.packs.has(id))
    const indexes = listing.indexes
      .filter((index) => index.deviceId === deviceId && damaged.includes(index.path) && !endings.indexes.has(index.id))
      .map(({ id }) => id)
    const packs = ids.map((id) => ({ id, reason: 'repacked' }) as const)
    for (const body of inDropRecords({ snapshots: [], packs, indexes }))
      await this.#writeRecord({ kind: 'drop', ...body })
  }

  /** This run's index objects and this device's newest before it; a record has no room for all of years. */
  #ownIndexes(written: IndexWriter): readonly string[] {
    const { listing, deviceId, endings } = this.#repository
    const older = listing.indexes
      .filter(
        (index) => index.deviceId === deviceId && !endings.indexes.has(index.id) && !written.ids.includes(index.id),
      )
      .sort((a, b) => b.modifiedMs - a.modifiedMs)
    return [...written.ids, ...older.map(({ id }) => id)].slice(0, MAX_NAMED_INDEXES)
  }

  async #writeRecord(body: StoredRecord['record']['body']): Promise<StoredRecord> {
    const { now, deviceName } = this.#options
    const { stored, bytes, repository } = await writeRecord(this.#repository, body, { timeMs: now(), deviceName })
    this.#repository = repository
    this.#writtenBytes += bytes
    return stored
  }

  #result(stored: StoredRecord, round: BackupRound, { sources, unchanged }: RoundResult): BackupResult {
    const { packs = 0, bytes = 0, seconds = 0, damaged } = this.#reread ?? {}
    return {
      snapshot: stored.id.slice(0, 16),
      takenAtMs: Math.floor(stored.record.timeUs / 1000),
      unchanged,
      files: sources.reduce((sum, one) => sum + one.files, 0),
      bytes: sources.reduce((sum, one) => sum + one.bytes, 0),
      addedBytes: this.#writtenBytes,
      seconds: (this.#options.now() - this.#startedMs) / 1000,
      skipped: round.skipped.map((entry) => ({ path: this.#shownPath(entry), code: entry.code })),
      unreadableSources: round.unreadable,
      reread: { packs, bytes, seconds, damaged: damaged?.size ?? 0 },
    }
  }

  #newMeter(): ProgressMeter {
    return new ProgressMeter(this.#options.onProgress ?? (() => undefined))
  }

  #shownPath({ label, path }: SkippedOf): string {
    return this.#options.sources.length > 1 ? `${label}/${toText(path)}` : toText(path)
  }
}

/** A device that has only cleaned up so far is not waited for by others, and must say that it is there. */
const hasJoined = ({ listing, deviceId }: OpenRepository): boolean =>
  listing.records.some((listed) => listed.deviceId === deviceId && ['join', 'snap'].includes(listed.record))

function orUnreadable(open: () => Source): Source | null {
  try {
    return open()
  } catch (error) {
    if (BackupError.from(error).code !== 'source-unreadable') throw error
    return null
  }
}
