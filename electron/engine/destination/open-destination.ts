import { BackupError } from '#common/errors.ts'
import type { Destination } from './destination.ts'
import { FolderDestination } from './folder.ts'

/**
 * Opens what the person wrote as a place: a path or `folder:PATH`. Other kinds of place add a line each.
 *
 * @throws BackupError `usage` for a kind that is not known.
 */
export function openDestination(place: string): Destination {
  const kind = /^([a-z0-9]{2,}):/.exec(place)?.[1]
  if (kind === undefined) return new FolderDestination(place)
  if (kind === 'folder') return new FolderDestination(place.slice('folder:'.length))
  throw new BackupError('usage', { reason: 'unknown-place', kind })
}
