import { BackupError } from '#common/errors.ts'
import { lookAgain } from '#engine/repository/look-again.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { ChainRecord, SeenDevice } from '#engine/repository/record.ts'
import { mustBeWritable, type Settings } from '#engine/repository/settings.ts'
import { readSnapshots, type Snapshot } from '#engine/repository/snapshots.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { StructureCopies } from '#engine/state/structure-copies.ts'
import { readRereadLog } from '#engine/verification/reread-log.ts'
import { readDevices, silentDevices } from './devices.ts'
import { inDropRecords } from './drop-records.ts'
import { isRetentionFrozen } from './freeze.ts'
import { mergeIndexes } from './merge-indexes.ts'
import { type Condemnation, type PackPlan, packsUnderOlderRoots, planPacks } from './plan.ts'
import { type KeepPolicy, snapshotsToKeep } from './policy.ts'
import { type Removable, removables, removeAll } from './remove.ts'
import { repack } from './repack.ts'
import { type Survey, survey } from './survey.ts'

export type PruneOptions = Readonly<{
  policy: KeepPolicy
  /** Only says what would happen; writes nothing at the place. */
  dryRun?: boolean
  /** Goes on although much would go at once, or a backup waits for a yes (an explicit act). */
  acceptChange?: boolean
  /** Also writes anew what lies under roots that were rotated away. */
  reencrypt?: boolean
  deviceName: string
  now: () => number // Unix milliseconds
  signal?: AbortSignal
}>

export type PruneResult = Readonly<{
  dropped: readonly string[] // short ids of snapshots that disappear
  condemnedBytes: number // of packs that are to go in a month
  freedBytes: number // of what is gone for good
  /** False when some snapshot could not be followed to its end: then no pack goes, because nobody knows which are needed. */
  isWhole: boolean
}>

/** More than this share of what is stored is not given up at once without a yes. */
const BRAKE_SHARE = 0.2
const DAMAGED_MS = 30 * 24 * 3600 * 1000

/**
 * Drops snapshots by the policy and cleans up behind them, in two steps: what is to go is said in a record, and goes a month
 * later, if everybody knows and nobody needs it. Cut off at any point, everything is still there and the next time goes on.
 *
 * @throws BackupError `looks-wrong` {reason: frozen | prune}, `too-new`
 */
export async function prune(repository: OpenRepository, options: PruneOptions): Promise<PruneResult> {
  return new PruneRun(repository, options).run()
}

class PruneRun {
  #repository: OpenRepository
  readonly #options: PruneOptions
  readonly #nowMs: number
  #freedBytes = 0

  constructor(repository: OpenRepository, options: PruneOptions) {
    this.#repository = repository
    this.#options = options
    this.#nowMs = options.now()
  }

  async run(): Promise<PruneResult> {
    const { state, settings } = this.#repository
    mustBePrunable(settings)
    if (!this.#options.acceptChange && (await isRetentionFrozen(state)))
      throw new BackupError('looks-wrong', { reason: 'frozen' })
    const { snapshots } = await readSnapshots(this.#repository)
    const kept = await this.#kept(snapshots)
    const dropped = snapshots.filter((snapshot) => !kept.has(snapshot))
    const found = await this.#survey([...kept])
    const plan = await this.#plan(found)
    this.#brake(plan)
    const condemned = this.#options.dryRun ? plan.condemned : await this.#carryOut(plan, found, snapshots, dropped)
    if (this.#options.dryRun) this.#freedBytes = sum(await this.#removables(found))
    return {
      dropped: dropped.map(({ summary }) => summary.id),
      condemnedBytes: sum(condemned),
      freedBytes: this.#freedBytes,
      isWhole: found.isWhole,
    }
  }

  async #kept(snapshots: readonly Snapshot[]): Promise<ReadonlySet<Snapshot>> {
    const dated = snapshots.map((snapshot) => {
      const { deviceId, seq, timeUs } = snapshot.stored.record
      return { snapshot, deviceId, seq, atMs: Math.floor(timeUs / 1000) }
    })
    const { verified } = await readRereadLog(this.#repository)
    const kept = snapshotsToKeep(dated, this.#options.policy, [
      ...lastVerified(snapshots),
      ...(verified ? [verified] : []),
    ])
    return new Set([...kept].map(({ snapshot }) => snapshot))
  }

  /** A snapshot whose record has just become unreadable may need anything; one that has been so for long needs nothing. */
  async #survey(kept: readonly Snapshot[]): Promise<Survey> {
    const found = await survey(this.#repository, kept, this.#options.signal)
    const { damaged } = await readSnapshots(this.#repository)
    const { records } = this.#repository.listing
    const isFresh = records.some(
      ({ path, modifiedMs }) => damaged.includes(path) && this.#nowMs - modifiedMs < DAMAGED_MS,
    )
    return isFresh ? { ...found, isWhole: false } : found
  }

  async #plan(found: Survey): Promise<PackPlan> {
    if (!found.isWhole) return { condemned: [], copy: [], reindex: [], storedBytes: 0 }
    const { packs } = this.#repository.endings
    const isAhead = ({ record }: { record: ChainRecord }): boolean => record.timeUs / 1000 > this.#nowMs
    const underOlderRoots = this.#options.reencrypt
      ? await packsUnderOlderRoots(this.#repository, found.catalog.packs.values())
      : new Set<string>()
    return planPacks(this.#repository, found, {
      nowMs: this.#nowMs,
      mustRenew: (id) => packs.get(id)?.every(isAhead) ?? false,
      underOlderRoots,
    })
  }

  #brake({ condemned, storedBytes }: PackPlan): void {
    const lost = condemned.reduce((total, { lostBytes }) => total + lostBytes, 0)
    if (this.#options.acceptChange || this.#options.dryRun || lost <= storedBytes * BRAKE_SHARE) return
    throw new BackupError('looks-wrong', { reason: 'prune', n: lost, m: storedBytes })
  }

  /** @returns what was condemned in the end. */
  async #carryOut(
    plan: PackPlan,
    found: Survey,
    before: readonly Snapshot[],
    dropped: readonly Snapshot[],
  ): Promise<readonly Condemnation[]> {
    const { signal } = this.#options
    await this.#retireSilent()
    const { repository, unread } = await repack(this.#repository, found, plan, signal)
    const devices = await readDevices(repository, this.#nowMs)
    const indexes = [...found.catalog.outdated, ...(await mergeIndexes(repository, devices.retired))]
    this.#repository = await lookAgain(repository, signal)
    const now = await this.#surveyAgain(found, before, dropped)
    const mayGo = (id: string): boolean => now === found || (now.isWhole && !isNeededAgain(id, now))
    const condemned = plan.condemned.filter(({ id }) => !unread.has(id) && mayGo(id))
    await this.#drop(
      dropped,
      condemned,
      indexes.filter((id) => !this.#repository.endings.indexes.has(id)),
    )
    this.#freedBytes = await removeAll(this.#repository, await this.#removables(now), signal)
    if (now.isWhole) new StructureCopies(this.#repository.state.path, this.#repository.keyring).keepOnly(now.isNeeded)
    return condemned
  }

  async #retireSilent(): Promise<void> {
    const devices = await readDevices(this.#repository, this.#nowMs)
    for (const { deviceId, newest } of silentDevices(devices, this.#repository, this.#nowMs)) {
      const device = { deviceId, seq: newest.record.seq, hash: newest.hash }
      await this.#writeRecord({ kind: 'retire', device })
    }
  }

  /** Walks again when others have made snapshots meanwhile; what these need stays. */
  async #surveyAgain(found: Survey, before: readonly Snapshot[], dropped: readonly Snapshot[]): Promise<Survey> {
    const { snapshots } = await readSnapshots(this.#repository)
    const known = new Set(before.map(({ stored }) => stored.path))
    if (snapshots.every(({ stored }) => known.has(stored.path))) return found
    const going = new Set(dropped.map(({ stored }) => stored.path))
    return this.#survey(snapshots.filter(({ stored }) => !going.has(stored.path)))
  }

  /** Says what is to go, in as many records as it takes. */
  async #drop(
    dropped: readonly Snapshot[],
    condemned: readonly Condemnation[],
    indexes: readonly string[],
  ): Promise<void> {
    const snapshots = dropped.map(({ stored: { record, hash } }): SeenDevice => {
      return { deviceId: record.deviceId, seq: record.seq, hash }
    })
    const packs = condemned.map(({ id, reason }) => ({ id, reason }))
    const bodies = inDropRecords({ snapshots, packs, indexes })
    for (const body of bodies) await this.#writeRecord({ kind: 'drop', ...body })
  }

  async #removables(found: Survey): Promise<readonly Removable[]> {
    const devices = await readDevices(this.#repository, this.#nowMs)
    return removables(this.#repository, devices, found, this.#nowMs)
  }

  async #writeRecord(body: ChainRecord['body']): Promise<void> {
    const { deviceName, now } = this.#options
    const { repository } = await writeRecord(this.#repository, body, { timeMs: now(), deviceName })
    this.#repository = repository
  }
}

/** Refuses to clean up where the settings ask for something this program does not know yet. */
function mustBePrunable(settings: Settings): void {
  mustBeWritable(settings)
  if (settings.heads.some(({ config }) => config.features[2] !== 0)) throw new BackupError('too-new')
}

/** Of each device, what its newest snapshot that says so names. */
function lastVerified(snapshots: readonly Snapshot[]): readonly Readonly<{ deviceId: string; seq: number }>[] {
  const newest = new Map<string, Snapshot>()
  for (const snapshot of snapshots) {
    const { deviceId, seq } = snapshot.stored.record
    if (snapshot.body.lastVerified && seq > (newest.get(deviceId)?.stored.record.seq ?? 0))
      newest.set(deviceId, snapshot)
  }
  return [...newest.values()].flatMap(({ body }) => (body.lastVerified ? [body.lastVerified] : []))
}

function isNeededAgain(id: string, { catalog, neededBytes }: Survey): boolean {
  const pack = catalog.packs.get(id)
  return pack !== undefined && neededBytes(pack.info) > 0
}

const sum = (items: readonly Readonly<{ bytes: number }>[]): number =>
  items.reduce((total, { bytes }) => total + bytes, 0)
