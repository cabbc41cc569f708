import { BackupError } from '#common/errors.ts'
import { toHex } from '#engine/encoding/hex.ts'
import type { Anchor, ChainTop } from '#engine/state/anchor.ts'
import type { Listed } from './listing.ts'
import type { SeenDevice, StoredRecord } from './record.ts'

type ListedRecord = Listed<'record'>

/** What comparing the listing with the anchor gives. */
export type ChainView = Readonly<{
  tops: readonly ChainTop[] // the highest record of every device, as now known
  damaged: readonly string[] // paths of listed records that do not open
  vanished: readonly string[] // paths of older records that nobody dropped; told once
  /** This device's records hold some that this state never wrote: a restored state or a clone; go on as a new device. */
  mustBeReborn: boolean
}>

/** Opens a listed record; `damaged` when it does not open, `void` when it does not count (see `openRecord`). */
export type ReadRecord = (listed: ListedRecord) => Promise<StoredRecord | 'damaged' | 'void'>

/**
 * Compares what is listed with what this device last saw (docs/format.md, Chains and the anchor). Only an absent name
 * or an authentic record that contradicts the anchor is an alarm; a record that does not open is damage.
 *
 * @param configSeq - the newest settings that are visible; null when an older state was accepted, and then what the
 * records say they saw of other devices is not asked for either.
 * @throws BackupError `rolled-back` with {reason: rollback | fork | hidden | settings}
 */
export async function checkChains(
  records: readonly ListedRecord[],
  anchor: Anchor | null,
  ownDeviceId: string,
  configSeq: number | null,
  read: ReadRecord,
): Promise<ChainView> {
  const seen = new Set(anchor?.records)
  const damaged: string[] = []
  const opened: StoredRecord[] = []
  for (const listed of records) {
    if (seen.has(listed.path)) continue
    const stored = await read(listed)
    if (stored === 'damaged') damaged.push(listed.path)
    else if (stored !== 'void') opened.push(stored)
  }
  const tops = new Map(anchor?.tops.map((top) => [top.deviceId, top]))
  let mustBeReborn = false
  for (const top of tops.values()) mustBeReborn ||= checkTop(top, records, opened, ownDeviceId)
  if (!anchor && opened.some(({ record }) => record.deviceId === ownDeviceId)) mustBeReborn = true
  raiseTops(tops, opened)
  const unreadable = records.filter(({ path }) => damaged.includes(path))
  if (configSeq !== null) checkSeen(tops, opened, unreadable, configSeq)
  const listedPaths = new Set(records.map(({ path }) => path))
  const vanished = (anchor?.records ?? []).filter((path) => !listedPaths.has(path))
  return { tops: [...tops.values()], damaged, vanished, mustBeReborn }
}

/** Checks one device against the anchor; answers whether it is this device and its records say "go on as a new one". */
function checkTop(
  top: ChainTop,
  records: readonly ListedRecord[],
  opened: readonly StoredRecord[],
  ownDeviceId: string,
): boolean {
  const isOwn = top.deviceId === ownDeviceId
  const isThere = records.some((listed) => listed.deviceId === top.deviceId && listed.id === top.id)
  const above = opened.filter(({ record }) => record.deviceId === top.deviceId && record.seq > top.seq)
  const beside = opened.filter(
    ({ record, id }) => record.deviceId === top.deviceId && record.seq === top.seq && id !== top.id,
  )
  const next = above.find(({ record }) => record.seq === top.seq + 1)
  if (!isThere && above.length === 0) throw rolledBack(beside.length > 0 ? 'fork' : 'rollback')
  if (isOwn) return above.length > 0 || beside.some(({ id }) => id < top.id)
  if (next?.record.prev && toHex(next.record.prev) !== top.hash) throw rolledBack('fork')
  return false
}

function raiseTops(tops: Map<string, ChainTop>, opened: readonly StoredRecord[]): void {
  for (const { record, id, hash } of opened) {
    const top = tops.get(record.deviceId)
    if (!top || record.seq > top.seq)
      tops.set(record.deviceId, { deviceId: record.deviceId, seq: record.seq, id, hash })
  }
}

/**
 * What the newest records say they saw must be there, also for a device that comes without an anchor. A record that is
 * listed and does not open is there: it is damaged, and told as such.
 */
function checkSeen(
  tops: ReadonlyMap<string, ChainTop>,
  opened: readonly StoredRecord[],
  unreadable: readonly ListedRecord[],
  configSeq: number,
): void {
  const isThere = ({ deviceId, seq }: SeenDevice): boolean =>
    (tops.get(deviceId)?.seq ?? 0) >= seq ||
    unreadable.some((listed) => listed.deviceId === deviceId && listed.seq >= seq)
  for (const { record, id } of opened) {
    if (tops.get(record.deviceId)?.id !== id) continue
    if (!record.seen.every(isThere)) throw rolledBack('hidden')
    if (record.body.kind === 'snap' && record.body.configSeq > configSeq) throw rolledBack('settings')
  }
}

/** What a new record of `ownDeviceId` says it has seen of the others. */
export const seenByNow = (tops: readonly ChainTop[], ownDeviceId: string): SeenDevice[] =>
  tops.filter(({ deviceId }) => deviceId !== ownDeviceId).map(({ deviceId, seq, hash }) => ({ deviceId, seq, hash }))

export const rolledBack = (reason: string): BackupError => new BackupError('rolled-back', { reason })
