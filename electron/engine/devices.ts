import { BackupError } from '#common/errors.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { mustBeWritable } from '#engine/repository/settings.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { readDevices } from '#engine/retention/devices.ts'

/** A computer that backs up here, or did. */
export type DeviceSummary = Readonly<{
  deviceId: string // 32 hex
  name: string // as it called itself last
  lastBackupMs: number | null // null when it joined and never made a snapshot that is still there
  isThis: boolean
  /** It was said to have ended: by itself when it was turned off, or by another. */
  isRetired: boolean
}>

/** Every computer that has joined, the one that wrote last first. */
export async function listDevices(repository: OpenRepository, nowMs: number): Promise<readonly DeviceSummary[]> {
  const { known } = await readDevices(repository, nowMs)
  const summaries = await Promise.all(
    known.map(async ({ deviceId, newest }) => ({
      deviceId,
      name: newest.record.deviceName,
      lastBackupMs: await lastBackupOf(repository, deviceId),
      isThis: deviceId === repository.deviceId,
      isRetired: repository.endings.retired.has(deviceId) || endsItself(newest.record),
      lastMs: newest.record.timeUs,
    })),
  )
  return summaries.sort((a, b) => b.lastMs - a.lastMs).map(({ lastMs: _, ...summary }) => summary)
}

/**
 * Says that a computer backs up here no more, so that cleaning up does not wait for it. Its backups stay. It loses no
 * access by that: one that was lost or stolen is shut out by a rotation of the root with a new secret.
 *
 * @throws BackupError `not-found` for one that is not there or has ended; `usage` for this computer, which is turned off
 */
export async function retireDevice(
  repository: OpenRepository,
  deviceId: string,
  facts: Readonly<{ nowMs: number; deviceName: string }>,
): Promise<OpenRepository> {
  mustBeWritable(repository.settings)
  const device = (await listDevices(repository, facts.nowMs)).find((one) => one.deviceId === deviceId)
  if (!device || device.isRetired) throw new BackupError('not-found', { reason: 'device' })
  if (device.isThis) throw new BackupError('usage', { reason: 'own-device' })
  const top = repository.chain.tops.find((one) => one.deviceId === deviceId)
  if (!top) throw new BackupError('not-found', { reason: 'device' })
  const body = { kind: 'retire', device: { deviceId, seq: top.seq, hash: top.hash } } as const
  const written = await writeRecord(repository, body, { timeMs: facts.nowMs, deviceName: facts.deviceName })
  return written.repository
}

async function lastBackupOf({ listing, readRecord }: OpenRepository, deviceId: string): Promise<number | null> {
  const snapshots = listing.records
    .filter((listed) => listed.deviceId === deviceId && listed.record === 'snap')
    .sort((a, b) => b.seq - a.seq)
  for (const listed of snapshots) {
    const stored = await readRecord(listed)
    if (typeof stored !== 'string') return Math.floor(stored.record.timeUs / 1000)
  }
  return null
}

const endsItself = ({ deviceId, body }: Readonly<{ deviceId: string; body: Readonly<{ kind: string }> }>): boolean =>
  body.kind === 'retire' && 'device' in body && Object(body.device).deviceId === deviceId
