import { nextAnchor, type OpenRepository } from '#engine/repository/open-repository.ts'
import { isLastHolder } from './catalog.ts'
import { type Devices, isSettled } from './devices.ts'
import type { Survey } from './survey.ts'

/** An object that may go for good now. */
export type Removable = Readonly<{ path: string; bytes: number }>

/**
 * What was said to go, and may go now: the month has passed, everybody knows, and nothing that any snapshot needs lies only
 * there. In the order in which it goes: snapshots, packs, index objects. The highest record of a device stays for ever, so
 * that nobody takes its chain for cut off.
 */
export async function removables(
  repository: OpenRepository,
  devices: Devices,
  { catalog, isWhole, isNeeded }: Survey,
  nowMs: number,
): Promise<readonly Removable[]> {
  const { listing, endings, deviceId } = repository
  const settled = new Set(endings.drops.filter((drop) => isSettled(drop, devices, deviceId, nowMs)))
  if (settled.size === 0) return []
  const removable: Removable[] = []
  const tops = new Map<string, number>()
  for (const record of listing.records) tops.set(record.deviceId, Math.max(tops.get(record.deviceId) ?? 0, record.seq))
  for (const listed of listing.records) {
    if (listed.record !== 'snap' || listed.seq === tops.get(listed.deviceId)) continue
    const drops = (endings.snapshots.get(`${listed.deviceId}/${listed.seq}`) ?? []).filter(({ drop }) =>
      settled.has(drop),
    )
    if (drops.length === 0) continue
    const stored = await repository.readRecord(listed)
    if (typeof stored === 'string' || drops.some(({ hash }) => hash === stored.hash))
      removable.push({ path: listed.path, bytes: listed.size })
  }
  for (const [id, drops] of endings.packs) {
    const listed = listing.packs.get(id)
    if (!listed || !isWhole || !drops.some((drop) => settled.has(drop))) continue
    const pack = catalog.packs.get(id)
    if (pack && isLastHolder(pack, catalog.table, isNeeded)) continue
    removable.push({ path: listed.path, bytes: listed.size })
  }
  for (const { id, path, size } of listing.indexes) {
    if (endings.indexes.get(id)?.some((drop) => settled.has(drop))) removable.push({ path, bytes: size })
  }
  return removable
}

/** Removes, and forgets here what is gone; a place that has a bin may keep it there for a while. Cut off anywhere, the next time goes on. */
export async function removeAll(
  repository: OpenRepository,
  removable: readonly Removable[],
  signal?: AbortSignal,
): Promise<number> {
  const { destination, listing, keyring, state, deviceId } = repository
  let freed = 0
  for (const { path, bytes } of removable) {
    signal?.throwIfAborted()
    await destination.remove(path, { mayKeepInTrash: true })
    freed += bytes
  }
  const gone = new Set(removable.map(({ path }) => path))
  const records = listing.records.filter(({ path }) => !gone.has(path))
  const left = { ...repository, listing: { ...listing, records } }
  if (gone.size > 0) await state.writeAnchor(keyring, deviceId, nextAnchor(left, null))
  return freed
}
