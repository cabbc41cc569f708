import { BackupError } from '#common/errors.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { type IndexedPack, openIndex } from './index-object.ts'
import type { Keyring } from './keyring.ts'
import type { Listed } from './listing.ts'
import { packName } from './names.ts'
import { MAX_OBJECT_BYTES } from './object.ts'
import type { OpenRepository } from './open-repository.ts'
import { readFooter } from './pack-format.ts'
import { PartTable } from './part-table.ts'

/** What is known about stored parts after the indexes, and where needed the packs' own footers, were read. */
export type LoadedParts = Readonly<{
  table: PartTable
  /** Packs in the listing that no index names and whose footers were read. */
  unindexed: readonly IndexedPack[]
  damaged: readonly string[] // paths of indexes and packs that do not open
}>

/**
 * Loads where parts are. A part counts only if its pack is in this run's listing with the right size; so what is
 * missing at the place is never taken for stored.
 *
 * @param footersOf - whose unindexed packs are read by footer: a backup trusts only its own device's, a restore all.
 */
export async function loadParts(repository: OpenRepository, footersOf: 'own' | 'all'): Promise<LoadedParts> {
  const { listing, destination, keyring, deviceId } = repository
  const table = new PartTable()
  const damaged: string[] = []
  for (const { path } of listing.indexes) {
    const bytes = await destination.get(path, upTo(MAX_OBJECT_BYTES.index))
    try {
      if (!bytes) throw new BackupError('damaged', { name: path })
      for (const pack of openIndex(keyring, path, bytes)) addPack(table, pack, listing.packs.get(pack.id))
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      damaged.push(path)
    }
  }
  const unindexed: IndexedPack[] = []
  for (const listed of listing.packs.values()) {
    if (table.hasPack(listed.id) || (footersOf === 'own' && listed.deviceId !== deviceId)) continue
    const pack = await readPack(destination, keyring, listed)
    if (!pack) damaged.push(listed.path)
    else {
      addPack(table, pack, listed)
      unindexed.push(pack)
    }
  }
  return { table, unindexed, damaged }
}

function addPack(table: PartTable, pack: IndexedPack, listed: Listed<'pack'> | undefined): void {
  const isThere = listed !== undefined && listed.size === pack.size
  const info = table.addPack({
    id: pack.id,
    path: listed?.path ?? packName(pack.id),
    size: pack.size,
    state: isThere ? 'present' : 'missing',
  })
  table.addEntries(info, pack.entries)
}

/** A pack as its own footer describes it; null when trailer or footer do not open. */
export async function readPack(
  destination: Destination,
  keyring: Keyring,
  listed: Listed<'pack'>,
): Promise<IndexedPack | null> {
  const read = async (offset: number, length: number): Promise<Uint8Array> =>
    (await destination.get(listed.path, { offset, length })) ?? new Uint8Array(0)
  try {
    const { entries, commitment } = await readFooter(keyring, packName(listed.id), listed.size, read)
    return { id: listed.id, size: listed.size, commitment, entries }
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return null
    throw error
  }
}
