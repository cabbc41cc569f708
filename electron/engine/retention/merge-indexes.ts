import { BackupError } from '#common/errors.ts'
import { upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { type IndexedPack, openIndex, sealIndexes } from '#engine/repository/index-object.ts'
import type { Listed } from '#engine/repository/listing.ts'
import { deviceFolder, indexName, newId } from '#engine/repository/names.ts'
import { MAX_OBJECT_BYTES } from '#engine/repository/object.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'

/** Index objects of one size class are joined when there are so many of them. */
const AT_LEAST = 16
/** Upper ends of the classes, in bytes; what is larger is left as it is. Each entry is written anew twice at most. */
const CLASSES = [64 * 2 ** 10, 2 ** 20] as const

/**
 * Joins many small index objects of this device, and of devices that are gone, into one. The union of indexes says the
 * same at any moment, before and after.
 *
 * @returns ids of the index objects that are no longer needed.
 */
export async function mergeIndexes(
  repository: OpenRepository,
  retired: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { listing, endings, deviceId } = repository
  const mine = listing.indexes.filter(
    (index) => (index.deviceId === deviceId || retired.has(index.deviceId)) && !endings.indexes.has(index.id),
  )
  const superseded: string[] = []
  for (const [number, most] of CLASSES.entries()) {
    const least = CLASSES[number - 1] ?? 0
    const alike = mine.filter(({ size }) => size > least && size <= most)
    if (alike.length >= AT_LEAST) superseded.push(...(await merge(repository, alike)))
  }
  return superseded
}

async function merge(repository: OpenRepository, indexes: readonly Listed<'index'>[]): Promise<readonly string[]> {
  const { destination, keyring, deviceId, listing, endings } = repository
  const packs = new Map<string, IndexedPack>()
  const merged: string[] = []
  for (const { path, id } of indexes) {
    const bytes = await destination.get(path, upTo(MAX_OBJECT_BYTES.index))
    const found = bytes && packsIn(repository, path, bytes)
    if (!found) continue
    merged.push(id)
    for (const pack of found) if (listing.packs.has(pack.id) || !endings.packs.has(pack.id)) packs.set(pack.id, pack)
  }
  if (merged.length < AT_LEAST) return []
  for (const { name, bytes } of sealIndexes(keyring, [...packs.values()], () => indexName(newId()))) {
    const path = `${deviceFolder(deviceId)}/${name}`
    await destination.put(path, bytes)
    const back = await destination.get(path, upTo(bytes.length))
    if (!back || !sameBytes(back, bytes)) throw new BackupError('damaged', { name })
  }
  return merged
}

/** Null for an index that does not open, or lies under an older root. */
function packsIn({ keyring }: OpenRepository, path: string, bytes: Uint8Array): readonly IndexedPack[] | null {
  try {
    const { packs, keys } = openIndex(keyring, path, bytes)
    return keys === keyring.current ? packs : null
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return null
    throw error
  }
}
