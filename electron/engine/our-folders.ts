import { join } from 'node:path'
import type { Destination } from '#engine/destination/destination.ts'
import { repositoryFolder } from '#engine/repository/names.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'

/**
 * Folders of our own, which are no part of a source even when they lie inside it: the state, the place, and the
 * repository in it, which counts when the place is the source itself.
 */
export function ourFolders(state: StateFolder, place: Destination, repository: string): readonly string[] {
  const { folder } = place
  return folder === null ? [state.path] : [state.path, folder, join(folder, repositoryFolder(repository))]
}
