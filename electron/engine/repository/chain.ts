import { BackupError } from '#common/errors.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { type Anchor, type ChainTop, NOTHING_LOST } from '#engine/state/anchor.ts'
import type { Listed } from './listing.ts'
import type { Lost, SeenDevice, StoredRecord } from './record.ts'

type ListedRecord = Listed<'record'>

/** What comparing the listing with the anchor gives. */
export type ChainView = Readonly<{
  tops: readonly ChainTop[] // the highest record of every device, as now known
  damaged: readonly string[] // paths of listed records that do not open
  vanished: readonly string[] // paths of older records that nobody dropped; told once
  /** This device's records hold some that this state never wrote: a restored state or a clone; go on as a new device. */
  mustBeReborn: boolean
  /** What nobody misses any more: all that a join record says it went on without. */
  lost: Lost
}>

/** Nothing seen, nothing missed. */
export const NO_CHAIN: ChainView = {
  tops: [],
  damaged: [],
  vanished: [],
  mustBeReborn: false,
  lost: NOTHING_LOST,
}

/** Opens a listed record; `damaged` when it does not open, `void` when it does not count (see `openRecord`). */
export type ReadRecord = (listed: ListedRecord) => Promise<StoredRecord | 'damaged' | 'void'>

/**
 * Compares what is listed with what this device last saw (docs/format.md, Chains and the anchor). Only an absent name
 * or an authentic record that contradicts the anchor is an alarm; a record that does not open is damage.
 *
 * @param configSeq - the newest settings that are visible; null when an older state was accepted, and then what the
 * records say they saw of other devices is not asked for either.
 * @param wasAnnounced - whether this device wrote a record and was cut off before it could note so in the anchor.
 * @throws BackupError `rolled-back` with {reason: rollback | fork | hidden | settings}
 */
export async function checkChains(
  records: readonly ListedRecord[],
  anchor: Anchor | null,
  ownDeviceId: string,
  configSeq: number | null,
  read: ReadRecord,
  wasAnnounced: (stored: StoredRecord) => boolean = () => false,
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
  for (const top of tops.values()) await checkTop(top, records, opened, ownDeviceId, read)
  const mustBeReborn = isForeign(opened, anchor, ownDeviceId, wasAnnounced)
  raiseTops(tops, opened)
  const lost = lostByNow(anchor, opened)
  if (configSeq !== null) checkSeen(tops, opened, records, lost, configSeq)
  const listedPaths = new Set(records.map(({ path }) => path))
  const vanished = (anchor?.records ?? []).filter((path) => !listedPaths.has(path))
  return { tops: [...tops.values()], damaged, vanished, mustBeReborn, lost }
}

/** Checks one device against the anchor. */
async function checkTop(
  top: ChainTop,
  records: readonly ListedRecord[],
  opened: readonly StoredRecord[],
  ownDeviceId: string,
  read: ReadRecord,
): Promise<void> {
  const isThere = records.some((listed) => listed.deviceId === top.deviceId && listed.id === top.id)
  const ofDevice = opened.filter(({ record }) => record.deviceId === top.deviceId)
  const isAbove = ofDevice.some(({ record }) => record.seq > top.seq)
  if (!isThere && !isAbove) {
    throw rolledBack(ofDevice.some(({ record }) => record.seq === top.seq) ? 'fork' : 'rollback')
  }
  if (top.deviceId === ownDeviceId) return
  for (const { record } of ofDevice.filter((next) => next.record.seq === top.seq + 1)) {
    const prev = record.prev ? toHex(record.prev) : null
    // Of two clones at one number either may go on; the record it follows must be there, too.
    if (prev !== top.hash && !(await isOneAt(top, records, read, prev))) throw rolledBack('fork')
  }
}

async function isOneAt(
  { deviceId, seq }: ChainTop,
  records: readonly ListedRecord[],
  read: ReadRecord,
  hash: string | null,
): Promise<boolean> {
  for (const listed of records.filter((one) => one.deviceId === deviceId && one.seq === seq)) {
    const stored = await read(listed)
    if (typeof stored !== 'string' && stored.hash === hash) return true
  }
  return false
}

/** Whether this device's chain holds records that this state never wrote; of two at one number the smaller id stays. */
function isForeign(
  opened: readonly StoredRecord[],
  anchor: Anchor | null,
  ownDeviceId: string,
  wasAnnounced: (stored: StoredRecord) => boolean,
): boolean {
  const own = anchor?.tops.find(({ deviceId }) => deviceId === ownDeviceId)
  return opened.some((stored) => {
    const { record, id } = stored
    if (record.deviceId !== ownDeviceId || (anchor && wasAnnounced(stored))) return false
    return !own || record.seq > own.seq || (record.seq === own.seq && id < own.id)
  })
}

function raiseTops(tops: Map<string, ChainTop>, opened: readonly StoredRecord[]): void {
  for (const { record, id, hash } of opened) {
    const top = tops.get(record.deviceId)
    if (!top || record.seq > top.seq)
      tops.set(record.deviceId, { deviceId: record.deviceId, seq: record.seq, id, hash })
  }
}

function lostByNow(anchor: Anchor | null, opened: readonly StoredRecord[]): Lost {
  const all = opened.flatMap(({ record }) =>
    record.body.kind === 'join' && record.body.lost ? [record.body.lost] : [],
  )
  if (anchor) all.push(anchor.lost)
  return {
    records: highest(all.flatMap(({ records }) => records)),
    configSeq: Math.max(0, ...all.map(({ configSeq }) => configSeq)),
  }
}

/** Of each device the highest. */
export function highest(records: readonly SeenDevice[]): readonly SeenDevice[] {
  const byDevice = new Map<string, SeenDevice>()
  for (const record of records) {
    if (record.seq > (byDevice.get(record.deviceId)?.seq ?? 0)) byDevice.set(record.deviceId, record)
  }
  return [...byDevice.values()]
}

/**
 * What the newest records say they saw must be there, also for a device that comes without an anchor. A record that is
 * listed is there, whether it opens, is damaged, or counts for nothing since a rotation.
 */
function checkSeen(
  tops: ReadonlyMap<string, ChainTop>,
  opened: readonly StoredRecord[],
  records: readonly ListedRecord[],
  lost: Lost,
  configSeq: number,
): void {
  const there = new Map<string, number>()
  for (const { deviceId, seq } of [...records, ...tops.values(), ...lost.records])
    there.set(deviceId, Math.max(seq, there.get(deviceId) ?? 0))
  const isThere = ({ deviceId, seq }: SeenDevice): boolean => (there.get(deviceId) ?? 0) >= seq
  for (const { record, id } of opened) {
    if (tops.get(record.deviceId)?.id !== id) continue
    if (!record.seen.every(isThere)) throw rolledBack('hidden')
    const known = Math.max(configSeq, lost.configSeq)
    if (record.body.kind === 'snap' && record.body.configSeq > known) throw rolledBack('settings')
  }
}

/** What a new record of `ownDeviceId` says it has seen of the others. */
export const seenByNow = (tops: readonly ChainTop[], ownDeviceId: string): SeenDevice[] =>
  tops.filter(({ deviceId }) => deviceId !== ownDeviceId).map(({ deviceId, seq, hash }) => ({ deviceId, seq, hash }))

export const rolledBack = (reason: string): BackupError => new BackupError('rolled-back', { reason })
