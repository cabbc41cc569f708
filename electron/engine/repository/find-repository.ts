import { BackupError } from '#common/errors.ts'
import { below, type Destination } from '#engine/destination/destination.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { isRepositoryFolder, MARKER_NAME, parseObjectName } from './names.ts'
import { OBJECT_KIND, objectStart } from './object.ts'
import { SLOT_BYTES } from './slot.ts'

/** A repository as it can be known without a secret. */
export type FoundPlace = Readonly<{
  repository: string // 32 hex
  destination: Destination // the repository's own folder
  lastAddedMs: number | null
}>

/**
 * Looks for repositories at a place: in sub-folders, or the place itself when it is one. Recognised by the marker's
 * name and at least one well-formed slot; what the slots say is proven only by opening one.
 *
 * @throws BackupError `destination-missing`, `sign-in-needed`, `offline`
 */
export async function findRepositories(place: Destination): Promise<readonly FoundPlace[]> {
  const folders: string[] = []
  let isRepository = false
  for await (const entry of place.list('')) {
    if (entry.isFolder && isRepositoryFolder(entry.name)) folders.push(entry.name)
    if (!entry.isFolder && entry.name === MARKER_NAME) isRepository = true
  }
  const found: FoundPlace[] = []
  for (const candidate of isRepository ? [place] : folders.sort().map((folder) => below(place, folder))) {
    const repository = await recognise(candidate)
    if (repository) found.push(repository)
  }
  return found
}

async function recognise(destination: Destination): Promise<FoundPlace | null> {
  let hasMarker = false
  let lastAddedMs: number | null = null
  const slots: string[] = []
  for await (const { name, isFolder, modifiedMs } of destination.list('')) {
    const kind = isFolder ? undefined : parseObjectName(name)?.kind
    if (kind === 'marker') hasMarker = true
    if (kind === 'slot') slots.push(name)
    if (isFolder && name.startsWith('device-')) {
      for await (const record of destination.list(name)) lastAddedMs = Math.max(lastAddedMs ?? 0, record.modifiedMs)
    } else if (kind) lastAddedMs = Math.max(lastAddedMs ?? 0, modifiedMs)
  }
  if (!hasMarker) return null
  const ids = new Map<string, number>()
  for (const name of slots.slice(0, 16)) {
    const bytes = await destination.get(name, { offset: 0, length: SLOT_BYTES })
    if (
      bytes?.length !== SLOT_BYTES ||
      bytes[5] !== OBJECT_KIND.slot ||
      bytes.subarray(0, 4).some((b, i) => b !== objectStart(0)[i])
    )
      continue
    const id = toHex(bytes.subarray(8, 24))
    ids.set(id, (ids.get(id) ?? 0) + 1)
  }
  const repository = [...ids].sort((a, b) => b[1] - a[1])[0]?.[0]
  return repository ? { repository, destination, lastAddedMs } : null
}

/**
 * The one repository meant: the one this device knows, else the only one.
 *
 * @throws BackupError `rolled-back` when a known one is gone, `no-repository`, `usage` when several are unknown.
 */
export function chooseRepository(found: readonly FoundPlace[], known: readonly string[]): FoundPlace {
  const mine = found.filter(({ repository }) => known.includes(repository))
  if (mine.length === 0 && known.length > 0) throw new BackupError('rolled-back', { reason: 'vanished' })
  const candidates = mine.length > 0 ? mine : found
  const [only, ...others] = candidates
  if (!only) throw new BackupError('no-repository')
  if (others.length > 0) throw new BackupError('usage', { reason: 'several-repositories', count: candidates.length })
  return only
}
