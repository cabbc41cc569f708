import { BackupError } from '#common/errors.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { SeenDevice } from '#engine/repository/record.ts'
import { writeRecord } from '#engine/repository/write-record.ts'

/**
 * Brings back dropped snapshots that have not been removed yet, with everything else that was dropped together with them.
 *
 * @param ids - short ids of snapshots.
 * @throws BackupError `not-found` when one of them is not waiting to be removed.
 */
export async function undoDrops(
  repository: OpenRepository,
  ids: readonly string[],
  facts: Readonly<{ timeMs: number; deviceName: string }>,
): Promise<void> {
  const { listing, endings } = repository
  const undone = new Map<string, SeenDevice>()
  for (const id of ids) {
    const listed = listing.records.find((record) => record.record === 'snap' && record.id.startsWith(id))
    const drops = listed ? endings.snapshots.get(`${listed.deviceId}/${listed.seq}`) : undefined
    if (!drops) throw new BackupError('not-found')
    for (const { drop } of drops) {
      const { deviceId, seq } = drop.record
      undone.set(drop.path, { deviceId, seq, hash: drop.hash })
    }
  }
  if (undone.size === 0) return
  await writeRecord(
    repository,
    { kind: 'drop', snapshots: [], packs: [], indexes: [], undone: [...undone.values()] },
    facts,
  )
}
