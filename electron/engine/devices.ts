import type { DeviceSummary } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { mustBeWritable } from '#engine/repository/settings.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { readDevices } from '#engine/retention/devices.ts'

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
    })),
  )
  const wroteMs = new Map(known.map(({ deviceId, newest }) => [deviceId, newest.record.timeUs]))
  return summaries.sort((a, b) => (wroteMs.get(b.deviceId) ?? 0) - (wroteMs.get(a.deviceId) ?? 0))
}

/**
 * Says that a computer backs up here no more, so that cleaning up does not wait for it. Its backups stay. It loses no
 * access by that: one that was lost or stolen is shut out by a rotation of the root with a new secret.
 *
 * One that has ended already stays so. One that comes back goes on as a new one.
 *
 * @throws BackupError `not-found` for one that is not there, and for this computer, which is turned off instead
 */
export async function retireDevice(
  repository: OpenRepository,
  deviceId: string,
  facts: Readonly<{ nowMs: number; deviceName: string }>,
): Promise<OpenRepository> {
  mustBeWritable(repository.settings)
  const device = (await listDevices(repository, facts.nowMs)).find((one) => one.deviceId === deviceId)
  if (device?.isRetired) return repository
  const top = repository.chain.tops.find((one) => one.deviceId === deviceId)
  if (!device || device.isThis || !top) throw new BackupError('not-found', { reason: 'device' })
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
