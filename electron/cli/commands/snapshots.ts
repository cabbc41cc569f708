import { BackupError } from '#common/errors.ts'
import { readSnapshots } from '#engine/index.ts'
import { type Context, counted, endProblems, look, type Outcome, size, vanishedNotice } from '../command.ts'

export async function snapshots(context: Context): Promise<Outcome> {
  const repository = await look(context)
  const { snapshots: found, damaged } = await readSnapshots(repository)
  const list = found.map(({ summary: { id, takenAtMs, device, deviceId, files, bytes } }) => ({
    id,
    takenAt: new Date(takenAtMs).toISOString(),
    device,
    deviceId,
    files,
    bytes,
  }))
  const lines = list.map(
    ({ id, takenAt, device, files, bytes }) =>
      `${id}  ${takenAt}  ${device}  ${counted(files, 'file')}, ${size(bytes)}`,
  )
  return {
    result: list,
    text: lines.length > 0 ? lines : ['There is no snapshot yet.'],
    notices: vanishedNotice(repository),
    problems: endProblems(
      repository.alarm,
      damaged[0] === undefined ? null : new BackupError('damaged', { name: damaged[0] }),
    ),
  }
}
