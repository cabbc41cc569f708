import { randomInt } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import type { IndexedPack } from '#engine/repository/index-object.ts'
import { readPack } from '#engine/repository/load-parts.ts'
import { baseName } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PART_TYPE, type PartType } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'

/**
 * Reads back what a run wrote, before it is published: every pack is listed with its size, its trailer and footer open
 * and say what was meant, and one part chosen at random opens and is what its id says.
 *
 * @param repository - as it was listed after the packs were written.
 * @throws BackupError `damaged` with the pack's name; the pack is taken away again, so that the next run writes it anew.
 */
export async function verifyWritten(
  repository: OpenRepository,
  packs: readonly IndexedPack[],
  table: PartTable,
  signal?: AbortSignal,
): Promise<void> {
  if (packs.length === 0) return
  const { destination, keyring, zstd, listing } = repository
  const reader = new PartReader(keyring, destination, table, zstd)
  for (const pack of packs) {
    signal?.throwIfAborted()
    const listed = listing.packs.get(pack.id)
    const name = `pack-${pack.id}.kps`
    if (listed?.size !== pack.size) throw new BackupError('damaged', { name })
    const found = await readPack(destination, keyring, listed)
    const entry = pack.entries[randomInt(pack.entries.length)]
    try {
      if (!found || !entry || !sameBytes(found.commitment, pack.commitment))
        throw new BackupError('damaged', { name: baseName(listed.path) })
      await reader.read(asPartType(entry.type), entry.id)
    } catch (error) {
      if (BackupError.from(error).code === 'damaged') await destination.remove(listed.path)
      throw error
    }
  }
}

function asPartType(type: number): PartType {
  const known = Object.values(PART_TYPE).find((value) => value === type)
  if (known === undefined) throw new BackupError('damaged', { name: 'part type' })
  return known
}
