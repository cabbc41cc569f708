import { BackupError } from '#common/errors.ts'
import { upTo } from '#engine/destination/destination.ts'
import { openIndex } from '#engine/repository/index-object.ts'
import type { Listed } from '#engine/repository/listing.ts'
import { readPack } from '#engine/repository/load-parts.ts'
import { packName } from '#engine/repository/names.ts'
import { MAX_OBJECT_BYTES } from '#engine/repository/object.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { PackEntries } from '#engine/repository/pack-entries.ts'
import { type PackInfo, PartTable } from '#engine/repository/part-table.ts'

/** A pack that is known, by an index or by its own footer. */
export type KnownPack = Readonly<{
  info: PackInfo
  listed: Listed<'pack'> | undefined
  commitment: Uint8Array
  entries: PackEntries
  /** When the newest index that names it was written; null when none does. */
  indexedMs: number | null
}>

/** Every pack that can be judged, and where parts lie: in the newest pack that is there to stay. */
export type Catalog = Readonly<{
  table: PartTable
  packs: ReadonlyMap<string, KnownPack>
  /** Listed packs that no index names and that do not open: what a write that was cut off leaves. */
  unreadable: readonly Listed<'pack'>[]
  /** Ids of index objects under older roots that say nothing which those under the present root do not say. */
  outdated: readonly string[]
}>

type Found = Omit<KnownPack, 'info'> & Readonly<{ id: string; size: number }>

/**
 * Reads all indexes under the present root, and the footers of packs that none of them names. What is only under a root
 * that was rotated away is not judged at all: whoever stole that root could say that something is stored elsewhere.
 */
export async function readCatalog(repository: OpenRepository, signal?: AbortSignal): Promise<Catalog> {
  const { found, older } = await indexedPacks(repository, signal)
  const unreadable = await addUnindexed(repository, found, signal)
  const table = new PartTable()
  const packs = new Map<string, KnownPack>()
  const writtenMs = ({ listed }: Found): number => listed?.modifiedMs ?? Number.NEGATIVE_INFINITY
  const isLastResort = ({ indexedMs, listed }: Found): boolean =>
    indexedMs === null && listed?.deviceId !== repository.deviceId
  // Copies are newer than what they were copied from; what others wrote and no index names is the last resort.
  const inOrder = [...found.values()].sort(
    (a, b) =>
      Number(isLastResort(a)) - Number(isLastResort(b)) || writtenMs(b) - writtenMs(a) || (a.id < b.id ? -1 : 1),
  )
  for (const { id, size, ...facts } of inOrder) {
    const isThere = facts.listed?.size === size
    const state = !isThere ? 'missing' : repository.endings.packs.has(id) ? 'condemned' : 'present'
    const info = table.addPack({ id, path: facts.listed?.path ?? packName(id), size, state })
    table.addEntries(info, facts.entries)
    packs.set(id, { ...facts, info })
  }
  const outdated = older.filter(({ packIds }) =>
    packIds.every((id) => packs.has(id) || !repository.listing.packs.has(id)),
  )
  return { table, packs, unreadable, outdated: outdated.map(({ id }) => id) }
}

/** Whether a pack holds something that is needed and lies in no pack that is there to stay. */
export function isLastHolder(pack: KnownPack, table: PartTable, isNeeded: (part: Uint8Array) => boolean): boolean {
  for (const { id } of pack.entries) if (isNeeded(id) && !table.isStored(id)) return true
  return false
}

type OlderIndex = Readonly<{ id: string; packIds: readonly string[] }>

async function indexedPacks(
  repository: OpenRepository,
  signal?: AbortSignal,
): Promise<Readonly<{ found: Map<string, Found>; older: readonly OlderIndex[] }>> {
  const { listing, destination, keyring } = repository
  const found = new Map<string, Found>()
  const older: OlderIndex[] = []
  for (const { path, id: indexId, modifiedMs } of listing.indexes) {
    signal?.throwIfAborted()
    const bytes = await destination.get(path, upTo(MAX_OBJECT_BYTES.index))
    const index = bytes && openOrNull(() => openIndex(keyring, path, bytes))
    if (!index) continue
    if (index.keys !== keyring.current) {
      older.push({ id: indexId, packIds: index.packs.map(({ id }) => id) })
      continue
    }
    for (const { id, size, commitment, entries } of index.packs) {
      const known = found.get(id)
      const indexedMs = Math.max(known?.indexedMs ?? Number.NEGATIVE_INFINITY, modifiedMs)
      const listed = listing.packs.get(id)
      found.set(id, known ? { ...known, indexedMs } : { id, size, commitment, listed, indexedMs, entries })
    }
  }
  return { found, older }
}

async function addUnindexed(
  { listing, destination, keyring }: OpenRepository,
  found: Map<string, Found>,
  signal?: AbortSignal,
): Promise<readonly Listed<'pack'>[]> {
  const unreadable: Listed<'pack'>[] = []
  for (const listed of listing.packs.values()) {
    if (found.has(listed.id)) continue
    signal?.throwIfAborted()
    const pack = await readPack(destination, keyring, listed)
    if (!pack) unreadable.push(listed)
    else if (pack.keys === keyring.current) {
      const { id, size, commitment } = pack
      found.set(id, { id, size, commitment, listed, indexedMs: null, entries: pack.entries })
    }
  }
  return unreadable
}

function openOrNull<T>(open: () => T): T | null {
  try {
    return open()
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return null
    throw error
  }
}
