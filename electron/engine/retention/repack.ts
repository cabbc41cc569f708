import { IndexWriter } from '#engine/backup/index-writer.ts'
import { PartStore } from '#engine/backup/part-store.ts'
import { verifyWritten } from '#engine/backup/verify-written.ts'
import { upTo } from '#engine/destination/destination.ts'
import { copyParts } from '#engine/repository/copy-parts.ts'
import type { IndexedPack } from '#engine/repository/index-object.ts'
import { lookAgain } from '#engine/repository/look-again.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { MAX_PACK_BYTES } from '#engine/repository/pack-format.ts'
import { PackKeeper } from '#engine/repository/pack-keeper.ts'
import { PackWriter } from '#engine/repository/pack-writer.ts'
import { PartSealer } from '#engine/repository/part.ts'
import type { KnownPack } from './catalog.ts'
import type { PackPlan } from './plan.ts'
import type { Survey } from './survey.ts'

/** In a long run an index goes out this often, so that one that was cut off need not copy again. */
const INDEX_EVERY_BYTES = 2 ** 30

/** What came of copying: packs of which something needed could not be read are not to go. */
export type Repacked = Readonly<{ repository: OpenRepository; unread: ReadonlySet<string> }>

/**
 * Copies needed parts out of packs that are to go, each opened, proven and sealed anew under the present root, and names
 * the new packs in an index when they were read back. Also names packs that are needed and that no index named.
 */
export async function repack(
  repository: OpenRepository,
  { catalog, isNeeded }: Survey,
  { copy, reindex }: Pick<PackPlan, 'copy' | 'reindex'>,
  signal?: AbortSignal,
): Promise<Repacked> {
  const { keyring, destination, deviceId, zstd, listing } = repository
  const { table } = catalog
  const indexes = new IndexWriter(keyring, destination, deviceId, reindex.map(asIndexed))
  const written: IndexedPack[] = []
  const keeper = new PackKeeper({
    destination,
    deviceId,
    table,
    packsInDevice: [...listing.packs.values()].filter((pack) => pack.deviceId === deviceId).length,
    onWritten: (pack) => {
      written.push(pack)
      indexes.add(pack)
    },
  })
  const writer = new PackWriter({ keyring, keep: (pack) => keeper.keep(pack) })
  const store = new PartStore({ keyring, claims: table, sealer: new PartSealer(keyring, zstd), writer })
  let current = repository
  const publish = async (): Promise<void> => {
    const count = indexes.pending.length
    if (count === 0) return
    current = await lookAgain(current, signal)
    await verifyWritten(current, written.splice(0), table, signal)
    await indexes.flush(count)
  }
  for (const { info } of copy) if (info.state === 'present') info.state = 'condemned' // so that its parts are stored anew
  const unread = new Set<string>()
  let indexedBytes = 0
  try {
    for (const pack of copy) {
      signal?.throwIfAborted()
      const bytes = (await destination.get(pack.info.path, upTo(MAX_PACK_BYTES))) ?? new Uint8Array(0)
      const isWanted = ({ id }: { id: Uint8Array }): boolean => isNeeded(id) && !table.isStored(id)
      const lost = await copyParts(repository, bytes, pack.entries, isWanted, (type, plain, compress) =>
        store.put(type, plain, compress),
      )
      if (lost > 0) unread.add(pack.info.id)
      if (keeper.writtenBytes - indexedBytes < INDEX_EVERY_BYTES) continue
      indexedBytes = keeper.writtenBytes
      await publish()
    }
    await writer.finish()
    await publish()
  } catch (error) {
    await writer.abandon()
    throw error
  }
  return { repository: current, unread }
}

const asIndexed = (pack: KnownPack): IndexedPack => ({
  id: pack.info.id,
  size: pack.info.size,
  commitment: pack.commitment,
  entries: pack.entries,
})
