import type { Listed } from '#engine/repository/listing.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { StoredRecord } from '#engine/repository/record.ts'
import { dayOf } from './policy.ts'

const DAY_MS = 24 * 3600 * 1000

/** So long something stays after it was said that it is to go. */
const GRACE_MS = 30 * DAY_MS
/** A device that has written nothing for so long is no longer waited for. */
const SILENT_MS = 180 * DAY_MS
/** Clocks jump, so time has passed only when this device has also made snapshots on so many different days. */
const OWN_DAYS = 3

/** A device that writes to the repository, or did. */
export type KnownDevice = Readonly<{
  deviceId: string
  newest: StoredRecord
  /** The latest that its own clock or the place says of its newest record. */
  lastMs: number
}>

/** Who is there, as far as it decides what may be removed. */
export type Devices = Readonly<{
  known: readonly KnownDevice[]
  retired: ReadonlySet<string> // ids that nobody waits for, nor will again
  ownSnapshots: readonly StoredRecord[]
}>

/** Reads who has backed up here. A device that never did, and only cleaned up, is not waited for. */
export async function readDevices(repository: OpenRepository, nowMs: number): Promise<Devices> {
  const { listing, deviceId, endings } = repository
  const byDevice = Map.groupBy(listing.records, (listed) => listed.deviceId)
  const known: KnownDevice[] = []
  const retired = new Set<string>()
  const ownSnapshots = await readAll(
    repository,
    (byDevice.get(deviceId) ?? []).filter(({ record }) => record === 'snap'),
  )
  for (const [id, records] of byDevice) {
    const found = await newestOf(repository, records)
    if (!found || !records.some(({ record }) => record === 'join' || record === 'snap')) continue
    const { stored, modifiedMs } = found
    known.push({ deviceId: id, newest: stored, lastMs: Math.max(stored.record.timeUs / 1000, modifiedMs) })
    const { body } = stored.record
    const bySelf = body.kind === 'retire' && body.device.deviceId === id
    const byOthers = (endings.retired.get(id) ?? []).some(
      (retire) => retire.record.deviceId !== id && hasPassed(retire, { deviceId, ownSnapshots }, nowMs),
    )
    if (bySelf || byOthers) retired.add(id)
  }
  return { known, retired, ownSnapshots }
}

/**
 * Whether what a record said may be done: a month has passed, this device has made snapshots on three different days since
 * that know of it, and every other live device has written something since that knows of it.
 */
export function isSettled(record: StoredRecord, { known, retired, ownSnapshots }: Devices, own: string, nowMs: number) {
  return (
    hasPassed(record, { deviceId: own, ownSnapshots }, nowMs) &&
    known.every(({ deviceId, newest }) => deviceId === own || retired.has(deviceId) || covers(newest, record))
  )
}

/** Other devices that have written nothing for so long, and of which nobody has said that they have ended. */
export function quietDevices(
  { known }: Devices,
  { deviceId: own, endings }: OpenRepository,
  quietMs: number,
  nowMs: number,
): readonly KnownDevice[] {
  return known.filter(({ deviceId, lastMs, newest }) => {
    const { body } = newest.record
    const hasEnded = endings.retired.has(deviceId) || (body.kind === 'retire' && body.device.deviceId === deviceId)
    return deviceId !== own && !hasEnded && nowMs - lastMs >= quietMs
  })
}

/** Devices that have been silent for so long that they are retired now. */
export function silentDevices(
  { known, ownSnapshots }: Devices,
  { deviceId: own, endings }: OpenRepository,
  nowMs: number,
): readonly KnownDevice[] {
  return known.filter(({ deviceId, lastMs, newest }) => {
    const { body } = newest.record
    const hasEnded = endings.retired.has(deviceId) || (body.kind === 'retire' && body.device.deviceId === deviceId)
    if (deviceId === own || hasEnded || lastMs > nowMs) return false
    const times = ownSnapshots.map(({ record }) => record.timeUs / 1000).filter((atMs) => atMs > lastMs + SILENT_MS)
    return nowMs - lastMs > SILENT_MS && countDays(times, nowMs) >= OWN_DAYS
  })
}

/** Whether `later` was written by somebody who knew of `record`, or wrote it. */
export function covers({ record: later }: StoredRecord, { record }: StoredRecord): boolean {
  if (later.deviceId === record.deviceId) return later.seq >= record.seq
  return later.seen.some(({ deviceId, seq }) => deviceId === record.deviceId && seq >= record.seq)
}

function hasPassed(
  record: StoredRecord,
  own: Readonly<{ deviceId: string; ownSnapshots: readonly StoredRecord[] }>,
  nowMs: number,
): boolean {
  const saidMs = record.record.timeUs / 1000
  if (saidMs > nowMs || nowMs - saidMs < GRACE_MS) return false
  const times = own.ownSnapshots.filter((snapshot) => covers(snapshot, record)).map((one) => one.record.timeUs / 1000)
  return countDays(times, nowMs) >= OWN_DAYS
}

const countDays = (timesMs: readonly number[], nowMs: number): number =>
  new Set(timesMs.filter((atMs) => atMs <= nowMs).map(dayOf)).size

async function newestOf(
  repository: OpenRepository,
  records: readonly Listed<'record'>[],
): Promise<Readonly<{ stored: StoredRecord; modifiedMs: number }> | null> {
  for (const listed of [...records].sort((a, b) => b.seq - a.seq)) {
    const [stored] = await readAll(repository, [listed])
    if (stored) return { stored, modifiedMs: listed.modifiedMs }
  }
  return null
}

async function readAll(
  { readRecord }: OpenRepository,
  records: readonly Listed<'record'>[],
): Promise<readonly StoredRecord[]> {
  const opened: StoredRecord[] = []
  for (const listed of records) {
    const stored = await readRecord(listed)
    if (typeof stored !== 'string') opened.push(stored)
  }
  return opened
}
