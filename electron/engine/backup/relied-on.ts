import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'

/** Packs that counted as stored and, by a newer listing, are missing or condemned. */
export function lostMeanwhile({ packs }: PartTable, { listing, endings }: OpenRepository): boolean {
  return packs.some(
    ({ id, size, state }) => state === 'present' && (listing.packs.get(id)?.size !== size || endings.packs.has(id)),
  )
}

/**
 * Whether something that a snapshot needs may be missing although all that its tree names is stored: packs are missing,
 * or packs were condemned by somebody who did not know the snapshot, and the snapshot does not know of that.
 */
export function mayLackParts({ packs }: PartTable, { endings }: OpenRepository, snapshot: Snapshot | null): boolean {
  if (packs.some(({ state }) => state === 'missing')) return true
  if (!snapshot) return false
  const { record } = snapshot.stored
  const knows = (one: typeof record, other: typeof record): boolean =>
    one.deviceId === other.deviceId
      ? one.seq > other.seq
      : one.seen.some(({ deviceId, seq }) => deviceId === other.deviceId && seq >= other.seq)
  return endings.drops.some(
    (drop) => drop.record.body.packs.length > 0 && !knows(drop.record, record) && !knows(record, drop.record),
  )
}
