import { hostname } from 'node:os'
import { basename } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { backUp, FolderSource, isSafeLabel, openToWrite, ourFolders } from '#engine/index.ts'
import { type Context, counted, endProblems, type Outcome, size, vanishedNotice } from '../command.ts'
import { backupProgress } from '../progress.ts'
import { bornNotice } from './secret-texts.ts'

export async function backup({ args, place, state, opener, signal, progress }: Context): Promise<Outcome> {
  const { acceptOlder, reupload, acceptChange } = args
  const repository = await openToWrite({ place, state, opener, acceptOlder, reupload, signal }, Date.now())
  const leaveOut = ourFolders(state, place, repository.id)
  const { unreadableSources, snapshot, unchanged, files, bytes, addedBytes, skipped, seconds } = await backUp(
    repository,
    {
      sources: labelled(args.sources).map(({ label, path }) => ({
        label,
        open: () => new FolderSource(path, leaveOut),
      })),
      deviceName: hostname(),
      now: Date.now,
      acceptChange,
      signal,
      onProgress: backupProgress(progress),
    },
  )
  return {
    result: { snapshot, unchanged, files, bytes, addedBytes, skipped, seconds },
    text: [
      unchanged
        ? `Nothing has changed: ${counted(files, 'file')}, ${size(bytes)}, are backed up.`
        : `Backed up ${counted(files, 'file')}, ${size(bytes)}; ${size(addedBytes)} were added.`,
      `Snapshot ${snapshot}.`,
      ...skipped.map(({ path, code }) => `${SKIPPED[code] ?? code}: ${path}`),
    ],
    notices: [...bornNotice(repository), ...vanishedNotice(repository)],
    problems: endProblems(
      unreadableSources.length > 0
        ? new BackupError('source-unreadable', { name: unreadableSources.join(', ') })
        : null,
    ),
  }
}

const SKIPPED: Readonly<Record<string, string>> = {
  unreadable: 'Left out, cannot be read',
  vanished: 'Left out, went away meanwhile',
  'not-a-file': 'Left out, neither file nor folder',
  changing: 'Saved as it was read last, kept changing',
  'too-long': 'Left out, path too long',
}

/** Label = last part of the path; equal ones become name, name-2, name-3 in the order given. */
export function labelled(paths: readonly string[]): readonly Readonly<{ label: string; path: string }>[] {
  const taken = new Set<string>()
  return paths.map((path) => {
    const name = isSafeLabel(basename(path)) ? basename(path) : 'source'
    let label = name
    for (let n = 2; taken.has(label); n++) label = `${name}-${n}`
    taken.add(label)
    return { label, path }
  })
}
