import type { SnapshotSummary } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { isDropped } from './endings.ts'
import type { OpenRepository } from './open-repository.ts'
import type { SnapBody, StoredRecord } from './record.ts'

/** A snapshot: a record that commits a backup. */
export type Snapshot = Readonly<{ summary: SnapshotSummary; stored: StoredRecord; body: SnapBody }>

/** All snapshots that open and were not dropped, newest first, and the paths of those that do not open. */
export async function readSnapshots(
  repository: OpenRepository,
): Promise<Readonly<{ snapshots: readonly Snapshot[]; damaged: readonly string[] }>> {
  const snapshots: Snapshot[] = []
  const damaged: string[] = []
  for (const listed of repository.listing.records) {
    if (listed.record !== 'snap') continue
    const stored = await repository.readRecord(listed)
    if (isDropped(repository.endings, listed, typeof stored === 'string' ? null : stored.hash)) continue
    if (stored === 'damaged') damaged.push(listed.path)
    else if (stored !== 'void') snapshots.push(...toSnapshot(stored))
  }
  return { snapshots: newestFirst(snapshots), damaged }
}

/**
 * Within a device its chain decides, whatever its clock said; between devices the clocks do. So a snapshot counts as
 * no later than those that follow it in its chain.
 */
function newestFirst(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  const laterMs = new Map<string, number>()
  return [...snapshots]
    .sort((a, b) => b.stored.record.seq - a.stored.record.seq)
    .map((snapshot) => {
      const { deviceId, takenAtMs } = snapshot.summary
      const atMs = Math.min(takenAtMs, laterMs.get(deviceId) ?? takenAtMs)
      laterMs.set(deviceId, atMs)
      return { snapshot, atMs }
    })
    .sort((a, b) => b.atMs - a.atMs || b.snapshot.stored.record.seq - a.snapshot.stored.record.seq)
    .map(({ snapshot }) => snapshot)
}

/** The newest snapshot that this device wrote, or null. */
export async function ownLastSnapshot(repository: OpenRepository): Promise<Snapshot | null> {
  const own = repository.listing.records
    .filter(({ deviceId, record }) => deviceId === repository.deviceId && record === 'snap')
    .sort((a, b) => b.seq - a.seq)
  for (const listed of own) {
    const stored = await repository.readRecord(listed)
    const [snapshot] = typeof stored === 'string' ? [] : toSnapshot(stored)
    if (snapshot && !isDropped(repository.endings, listed, snapshot.stored.hash)) return snapshot
  }
  return null
}

/**
 * The snapshot meant by a prefix of its id, or the newest.
 *
 * @throws BackupError `not-found`, `usage` (ambiguous or too short), `damaged` (the newest record does not open)
 */
export async function chooseSnapshot(repository: OpenRepository, prefix: string | null): Promise<Snapshot> {
  const { snapshots, damaged } = await readSnapshots(repository)
  if (prefix === null) {
    const newest = snapshots[0]
    if (damaged.length > 0)
      throw new BackupError('damaged', { name: damaged[0] ?? '', ...(newest && { whole: newest.summary.id }) })
    if (!newest) throw new BackupError('not-found')
    return newest
  }
  if (!/^[0-9a-f]{6,16}$/.test(prefix)) throw new BackupError('usage', { reason: 'snapshot-id' })
  const [found, ...others] = snapshots.filter(({ summary }) => summary.id.startsWith(prefix))
  if (others.length > 0) throw new BackupError('usage', { reason: 'ambiguous-snapshot' })
  if (found) return found
  const isDamaged = damaged.find((path) => path.includes(`-snap-${prefix}`))
  throw isDamaged ? new BackupError('damaged', { name: isDamaged }) : new BackupError('not-found')
}

function toSnapshot(stored: StoredRecord): readonly Snapshot[] {
  const { record, id } = stored
  if (record.body.kind !== 'snap') return []
  const { sources } = record.body
  const summary = {
    id: id.slice(0, 16),
    takenAtMs: Math.floor(record.timeUs / 1000),
    device: record.deviceName,
    deviceId: record.deviceId,
    files: sources.reduce((sum, { files }) => sum + files, 0),
    bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
  }
  return [{ summary, stored, body: record.body }]
}
