import { below, type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import { isRepositoryFolder, MARKER_NAME, parseObjectName, repositoryFolder } from './names.ts'
import { OBJECT_KIND, objectStart } from './object.ts'
import { SLOT_BYTES } from './slot.ts'

const MAX_SLOTS_READ = 16

/** A repository as it can be known without a secret. */
export type FoundPlace = Readonly<{
  repository: string // 32 hex
  destination: Destination // the repository's own folder
  lastAddedMs: number | null
}>

/**
 * Looks for repositories at a place: in sub-folders, or the place itself when it is one. Recognised by the marker's
 * name and at least one well-formed slot; what the slots say is proven only by opening one. A folder that somebody copied
 * under another name gives way to the one that bears the repository's own name.
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
  if (isRepository) {
    const found = await recognise(place, null)
    return found ? [found] : []
  }
  const byId = new Map<string, FoundPlace>()
  for (const folder of folders.sort()) {
    const found = await recognise(below(place, folder), folder)
    if (found && (!byId.has(found.repository) || folder === repositoryFolder(found.repository))) {
      byId.set(found.repository, found)
    }
  }
  return [...byId.values()]
}

/** @param folder - its name below the place, or null when the place itself is the repository. */
async function recognise(destination: Destination, folder: string | null): Promise<FoundPlace | null> {
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
  const repository = await repositoryOfSlots(destination, slots, folder)
  return repository ? { repository, destination, lastAddedMs } : null
}

/** The id that the folder's name begins to tell, when any slot has it; otherwise the one that most slots have. */
async function repositoryOfSlots(
  destination: Destination,
  slots: readonly string[],
  folder: string | null,
): Promise<string | null> {
  const counts = new Map<string, number>()
  for (const name of slots.slice(0, MAX_SLOTS_READ)) {
    const bytes = await destination.get(name, upTo(SLOT_BYTES))
    if (!bytes || !looksLikeSlot(bytes)) continue
    const id = toHex(bytes.subarray(8, 24))
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  const ids = [...counts].sort((a, b) => b[1] - a[1]).map(([id]) => id)
  return ids.find((id) => repositoryFolder(id) === folder) ?? ids[0] ?? null
}

/** Of any version: what is too new must be found, so that it can be told. */
const looksLikeSlot = (bytes: Uint8Array): boolean =>
  bytes.length === SLOT_BYTES &&
  bytes[5] === OBJECT_KIND.slot &&
  sameBytes(bytes.subarray(0, 4), objectStart(0).subarray(0, 4))
