import { HEADER_BYTES, keysOfHeader, OBJECT_KIND } from '#engine/repository/object.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { CondemnedPack } from '#engine/repository/record.ts'
import { isLastHolder, type KnownPack } from './catalog.ts'
import type { Survey } from './survey.ts'

/** A pack of which less than this share is needed is written anew. */
const WORTH_KEEPING = 0.5
/** Packs below this size are joined once they are old, when there are at least so many. */
const SMALL = { bytes: 4 * 2 ** 20, atLeast: 4 } as const
const OLD_MS = 30 * 24 * 3600 * 1000

/** A pack that is to go, after its needed parts were copied if `reason` is `repacked`. */
export type Condemnation = CondemnedPack & Readonly<{ bytes: number; lostBytes: number }> // lost: what no index names is no loss

/** What a clean-up would do about packs. */
export type PackPlan = Readonly<{
  condemned: readonly Condemnation[]
  copy: readonly KnownPack[] // packs whose needed parts are to be copied, among them condemned ones that are needed again
  reindex: readonly KnownPack[] // needed packs that no index names
  storedBytes: number // of all packs that were to stay until now
}>

export type PlanOptions = Readonly<{
  nowMs: number
  /** Whether a pack that is condemned already must be condemned anew, because what was said is dated in the future. */
  mustRenew: (id: string) => boolean
  /** Ids of packs under older roots, when all is to be encrypted anew. */
  underOlderRoots: ReadonlySet<string>
}>

/**
 * Decides what becomes of each pack. Packs that a device wrote after its last snapshot (some places count in seconds, so: not
 * before it) belong to a backup that is under way or was cut off; they are left alone for a month.
 */
export function planPacks(
  repository: OpenRepository,
  found: Survey,
  { nowMs, mustRenew, underOlderRoots }: PlanOptions,
): PackPlan {
  const { catalog, neededBytes, isNeeded } = found
  const condemned: Condemnation[] = []
  const copy: KnownPack[] = []
  const reindex: KnownPack[] = []
  const small: KnownPack[] = []
  const isOld = (atMs: number): boolean => nowMs - atMs > OLD_MS
  const lastCommitMs = lastCommits(repository)
  const condemn = (pack: KnownPack, reason: CondemnedPack['reason'], lostShare: number): void => {
    const bytes = pack.listed?.size ?? 0
    condemned.push({ id: pack.info.id, reason, bytes, lostBytes: Math.round(bytes * lostShare) })
  }
  const repack = (pack: KnownPack): void => {
    copy.push(pack)
    condemn(pack, 'repacked', 1 - share(pack, neededBytes(pack.info)))
  }
  let storedBytes = 0
  for (const pack of catalog.packs.values()) {
    const { info, listed, indexedMs } = pack
    const needed = neededBytes(info)
    if (info.state === 'condemned') {
      if (isLastHolder(pack, catalog.table, isNeeded)) copy.push(pack)
      else if (mustRenew(info.id)) condemn(pack, 'unreferenced', 0)
      continue
    }
    if (info.state === 'missing') {
      if (needed === 0 && indexedMs !== null && isOld(indexedMs) && !repository.endings.packs.has(info.id))
        condemn(pack, 'unreferenced', 0)
      continue
    }
    const writtenMs = listed?.modifiedMs ?? 0
    storedBytes += info.size
    if (indexedMs === null && needed > 0) reindex.push(pack)
    if (writtenMs >= (lastCommitMs.get(listed?.deviceId ?? '') ?? 0) && !isOld(writtenMs)) continue
    if (indexedMs === null) {
      if (needed === 0 && isOld(writtenMs)) condemn(pack, 'orphan', 0)
    } else if (needed === 0) condemn(pack, 'unreferenced', 1)
    else if (underOlderRoots.has(info.id) || share(pack, needed) < WORTH_KEEPING) repack(pack)
    else if (info.size < SMALL.bytes && isOld(writtenMs)) small.push(pack)
  }
  if (small.length >= SMALL.atLeast) small.forEach(repack)
  for (const { id, size, modifiedMs } of catalog.unreadable) {
    const isCondemned = repository.endings.packs.has(id) && !mustRenew(id)
    if (isOld(modifiedMs) && !isCondemned) condemned.push({ id, reason: 'orphan', bytes: size, lostBytes: 0 })
  }
  return { condemned, copy, reindex, storedBytes }
}

/** How much of what lies in a pack is needed, by its parts: padding is no reason to write it anew. */
function share(pack: KnownPack, neededBytes: number): number {
  let stored = 0
  for (const { storedLength } of pack.entries) stored += storedLength
  return stored === 0 ? 0 : neededBytes / stored
}

/** When each device last joined or made a snapshot, by the clock of the place. */
function lastCommits({ listing }: OpenRepository): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (const { deviceId, record, modifiedMs } of listing.records) {
    if (record === 'join' || record === 'snap') last.set(deviceId, Math.max(last.get(deviceId) ?? 0, modifiedMs))
  }
  return last
}

/** Packs whose header shows a root that was rotated away. */
export async function packsUnderOlderRoots(
  { destination, keyring }: OpenRepository,
  packs: Iterable<KnownPack>,
): Promise<ReadonlySet<string>> {
  const older = new Set<string>()
  for (const { info, listed } of packs) {
    if (!listed) continue
    const header = await destination.get(info.path, { offset: 0, length: HEADER_BYTES })
    const keys = header && keysOfHeader(keyring, OBJECT_KIND.pack, header)
    if (keys && keys !== keyring.current) older.add(info.id)
  }
  return older
}
