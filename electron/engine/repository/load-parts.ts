import { BackupError } from '#common/errors.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { type IndexedPack, openIndex } from './index-object.ts'
import type { EpochKeys, Keyring } from './keyring.ts'
import type { Listed, Listing } from './listing.ts'
import { packFolder, packName, parseObjectName } from './names.ts'
import { MAX_OBJECT_BYTES } from './object.ts'
import type { OpenRepository } from './open-repository.ts'
import { readFooter } from './pack-format.ts'
import { type PackInfo, PartTable } from './part-table.ts'

/** What is known about stored parts after the indexes, and where needed the packs' own footers, were read. */
export type LoadedParts = Readonly<{
  table: PartTable
  /** Packs in the listing that no index names and whose footers were read. */
  unindexed: readonly IndexedPack[]
  damaged: readonly string[] // paths of indexes and packs that do not open
}>

const NONE: ReadonlySet<string> = new Set()

/**
 * Loads where parts are. A part counts only if its pack is in this run's listing with the right size; so what is
 * missing at the place is never taken for stored.
 *
 * Indexes under a root that was rotated away count for nothing, and packs under it that no other index names only where
 * no other pack has a part, and never for a backup: whoever stole that root could claim what is not there.
 *
 * Condemned packs can be read, and count for nothing; once they are gone, they are not missed.
 *
 * @param footersOf - whose unindexed packs are read by footer: a backup trusts only its own device's, a restore all.
 * @param distrusted - packs that were read and found damaged: taken as missing.
 */
export async function loadParts(
  repository: OpenRepository,
  footersOf: 'own' | 'all',
  distrusted: ReadonlySet<string> = NONE,
): Promise<LoadedParts> {
  const { listing, destination, keyring, deviceId, endings } = repository
  const table = new PartTable()
  const damaged: string[] = []
  const stateOf = (pack: IndexedPack, folder: string): KnownState => {
    const listed = listing.packs.get(pack.id)
    const isCondemned = endings.packs.has(pack.id)
    const isThere = listed?.size === pack.size && !distrusted.has(pack.id)
    return {
      path: listed?.path ?? `${folder}/${packName(pack.id)}`,
      state: isThere ? (isCondemned ? 'condemned' : 'present') : isCondemned ? null : 'missing',
    }
  }
  const counts = (keys: EpochKeys): boolean =>
    keys === keyring.current || (footersOf === 'all' && !keyring.closed.has(toHex(keys.keyId)))
  for (const { path } of listing.indexes) {
    const bytes = await destination.get(path, upTo(MAX_OBJECT_BYTES.index))
    try {
      if (!bytes) throw new BackupError('damaged', { name: path })
      const { packs, keys } = openIndex(keyring, path, bytes)
      if (!counts(keys)) continue // see the rule above
      const folder = likelyFolder(path, packs, listing)
      for (const pack of packs) addPack(table, pack, stateOf(pack, folder))
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      damaged.push(path)
    }
  }
  const unindexed: IndexedPack[] = []
  const older: IndexedPack[] = []
  for (const listed of listing.packs.values()) {
    if (table.hasPack(listed.id) || (footersOf === 'own' && listed.deviceId !== deviceId)) continue
    if (footersOf === 'own' && endings.packs.has(listed.id)) continue
    const pack = await readPack(destination, keyring, listed)
    if (!pack) damaged.push(listed.path)
    else if (counts(pack.keys)) {
      addPack(table, pack, stateOf(pack, ''))
      unindexed.push(pack)
    } else if (footersOf === 'all') older.push(pack)
  }
  for (const pack of older) addPack(table, pack, stateOf(pack, '')) // last: what else is known of a part comes first
  return { table, unindexed, damaged }
}

/** Null: condemned and gone, which is how it should be. */
type KnownState = Readonly<{ path: string; state: PackInfo['state'] | null }>

/** Where a pack that is gone will have been: with the others of its index, else in its device's first bucket. */
function likelyFolder(indexPath: string, packs: readonly IndexedPack[], listing: Listing): string {
  const there = packs.map(({ id }) => listing.packs.get(id)?.path).find((path) => path !== undefined)
  const name = parseObjectName(indexPath)
  if (there !== undefined) return there.slice(0, there.lastIndexOf('/'))
  return name?.kind === 'index' ? packFolder(name.deviceId, 0) : ''
}

function addPack(table: PartTable, pack: IndexedPack, { path, state }: KnownState): void {
  if (state === null) return
  const info = table.addPack({ id: pack.id, path, size: pack.size, state })
  table.addEntries(info, pack.entries)
}

/** A pack and the keys it was sealed under. */
export type ReadPack = IndexedPack & Readonly<{ keys: EpochKeys }>

/** A pack as its own footer describes it; null when trailer or footer do not open. */
export async function readPack(
  destination: Destination,
  keyring: Keyring,
  listed: Listed<'pack'>,
): Promise<ReadPack | null> {
  const read = async (offset: number, length: number): Promise<Uint8Array> =>
    (await destination.get(listed.path, { offset, length })) ?? new Uint8Array(0)
  try {
    const { keys, entries, commitment } = await readFooter(keyring, packName(listed.id), listed.size, read)
    return { id: listed.id, size: listed.size, commitment, entries, keys }
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return null
    throw error
  }
}

/**
 * Every pack in the listing that counts for a backup: an index under one of `from` names it, or it was itself sealed under
 * one and its footer says what is in it. Each once; damaged and missing ones are left out.
 *
 * @param from - roots that are trusted. What was sealed under a root that was rotated away is not: whoever stole it could
 * claim what is not there.
 */
export async function knownPacks(
  { listing, destination, keyring }: OpenRepository,
  from: readonly EpochKeys[],
): Promise<readonly IndexedPack[]> {
  const packs = new Map<string, IndexedPack>()
  for (const { path } of listing.indexes) {
    const bytes = await destination.get(path, upTo(MAX_OBJECT_BYTES.index))
    const opened = bytes && openedIndex(keyring, path, bytes)
    if (!opened || !from.includes(opened.keys)) continue
    for (const pack of opened.packs) if (listing.packs.get(pack.id)?.size === pack.size) packs.set(pack.id, pack)
  }
  for (const listed of listing.packs.values()) {
    const pack = packs.has(listed.id) ? null : await readPack(destination, keyring, listed)
    if (pack && from.includes(pack.keys)) packs.set(pack.id, pack)
  }
  return [...packs.values()]
}

/** A pack as an index describes it, also when its own footer does not open any more; null when no index names it. */
export async function indexedPack(
  { listing, destination, keyring }: OpenRepository,
  id: string,
): Promise<IndexedPack | null> {
  for (const { path } of listing.indexes) {
    const bytes = await destination.get(path, upTo(MAX_OBJECT_BYTES.index))
    const found = bytes && openedIndex(keyring, path, bytes)?.packs.find((pack) => pack.id === id)
    if (found) return found
  }
  return null
}

function openedIndex(keyring: Keyring, path: string, bytes: Uint8Array): ReturnType<typeof openIndex> | null {
  try {
    return openIndex(keyring, path, bytes)
  } catch (error) {
    if (BackupError.from(error).code !== 'damaged') throw error
    return null
  }
}
