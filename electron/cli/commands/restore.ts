import { BackupError } from '#common/errors.ts'
import { chooseSnapshot, openAt, restore as restoreSnapshot } from '#engine/index.ts'
import { type Context, counted, endProblems, type Outcome, size, vanishedNotice } from '../command.ts'
import { restoreProgress } from '../progress.ts'
import { bornNotice } from './secret-texts.ts'

/** Of an older state nothing is written, unless that is wanted: by `--accept-older`, or by naming the snapshot. */
export async function restore({ args, place, state, opener, signal, progress }: Context): Promise<Outcome> {
  const { acceptOlder, only } = args
  const repository = await openAt({ place, state, opener, signal, acceptOlder, lookOnly: args.snapshot !== null })
  const snapshot = await chooseSnapshot(repository, args.snapshot)
  const to = args.to ?? ''
  const onProgress = restoreProgress(progress)
  const outcome = await restoreSnapshot(repository, { snapshot, to, only, now: Date.now, signal, onProgress })
  const { files, bytes, missing, notes } = outcome
  return {
    result: outcome,
    text: [
      `Restored ${counted(files, 'file')}, ${size(bytes)}, into ${to}.`,
      ...missing.map(({ path, code }) => `${MISSING[code] ?? code}: ${path}`),
      ...notes.map(({ path, code, as }) => `${NOTES[code] ?? code}: ${path}${as === undefined ? '' : ` → ${as}`}`),
    ],
    notices: [...bornNotice(repository), ...vanishedNotice(repository)],
    problems: endProblems(
      repository.alarm,
      missing.length > 0 ? new BackupError('damaged', { count: missing.length }) : null,
    ),
  }
}

const MISSING: Readonly<Record<string, string>> = {
  damaged: 'Missing, damaged in the backup',
  'list-damaged': 'Missing, an unknown number of files from here on',
}

const NOTES: Readonly<Record<string, string>> = {
  renamed: 'Has another name here',
  'link-not-created': 'A link, not created',
}
