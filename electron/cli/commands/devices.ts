import { hostname } from 'node:os'
import { BackupError } from '#common/errors.ts'
import { forgetSecrets, listDevices, openToWrite, retireDevice } from '#engine/index.ts'
import { usage } from '../arguments.ts'
import { type Context, done, endProblems, look, type Outcome, vanishedNotice } from '../command.ts'

/** Lists the computers that back up here; with `--retire` it says first that one of them does no more. */
export async function devices(context: Context): Promise<Outcome> {
  const { args } = context
  if (args.retire !== null) return retire(args.retire, context)
  const repository = await look(context)
  try {
    const list = (await listDevices(repository, Date.now())).map(
      ({ deviceId, name, lastBackupMs, isThis, isRetired }) => ({
        deviceId,
        name,
        lastBackup: lastBackupMs === null ? null : new Date(lastBackupMs).toISOString(),
        isThis,
        isRetired,
      }),
    )
    const lines = list.map(({ deviceId, name, lastBackup, isThis, isRetired }) => {
      const ended = isRetired ? ', ended' : ''
      return `${deviceId}  ${name}${isThis ? ' (this computer)' : ''}${ended}  ${lastBackup ?? 'no backup'}`
    })
    return { result: list, text: lines, notices: vanishedNotice(repository), problems: endProblems(repository.alarm) }
  } finally {
    forgetSecrets(repository)
  }
}

async function retire(id: string, { place, state, opener, signal }: Context): Promise<Outcome> {
  if (!/^[0-9a-f]{6,32}$/.test(id)) throw usage('device-id', id)
  const repository = await openToWrite({ place, state, opener, signal }, Date.now())
  try {
    const meant = (await listDevices(repository, Date.now())).filter(({ deviceId }) => deviceId.startsWith(id))
    const [device, ...others] = meant
    if (!device || others.length > 0) throw new BackupError('not-found', { reason: 'device' })
    await retireDevice(repository, device.deviceId, { nowMs: Date.now(), deviceName: hostname() })
    return done(
      { retired: device.deviceId },
      `${device.name} is not waited for any more. Its backups stay, and it can still open them.`,
      'If it was lost or stolen, run change-secret and then rotate: that shuts it out of everything that is stored from now on.',
    )
  } finally {
    forgetSecrets(repository)
  }
}
