import { upTo } from '#engine/destination/destination.ts'
import { copyParts } from '#engine/repository/copy-parts.ts'
import { indexedPack, readPack } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { MAX_PACK_BYTES } from '#engine/repository/pack-format.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { PartStore } from './part-store.ts'

/**
 * Takes out of packs that are damaged or cut short what can still be proven, so that older snapshots lose as little as
 * can be: their files may be gone from the source. What the source still has is stored again by the backup itself.
 *
 * @param packs - ids of packs that are listed and do not count as stored.
 */
export async function salvage(
  repository: OpenRepository,
  packs: ReadonlySet<string>,
  table: PartTable,
  store: PartStore,
): Promise<void> {
  const { destination, keyring, listing } = repository
  for (const id of packs) {
    const listed = listing.packs.get(id)
    const bytes = listed && (await destination.get(listed.path, upTo(MAX_PACK_BYTES)))
    const pack = listed && ((await readPack(destination, keyring, listed)) ?? (await indexedPack(repository, id)))
    if (!bytes || !pack) continue
    await copyParts(
      repository,
      bytes,
      pack.entries,
      (entry) => !table.isStored(entry.id),
      (type, plain, compress) => store.put(type, plain, compress),
    )
  }
}
