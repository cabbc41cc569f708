import { randomInt } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import type { IndexedPack } from '#engine/repository/index-object.ts'
import { readPack } from '#engine/repository/load-parts.ts'
import { baseName } from '#engine/repository/names.ts'
import { HEADER_BYTES } from '#engine/repository/object.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PART_TYPE, type PartType } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'

/** Over a network several packs are read back beside each other: each costs a few round trips. */
const DISTANT_LANES = 4

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
  const waiting = [...packs]
  const verifyWaiting = async (): Promise<void> => {
    const { destination, keyring, zstd } = repository
    const reader = new PartReader(keyring, destination, table, zstd)
    for (let pack = waiting.shift(); pack; pack = waiting.shift()) {
      signal?.throwIfAborted()
      await verifyPack(repository, pack, reader)
    }
  }
  const lanes = repository.destination.capabilities.isDistant ? DISTANT_LANES : 1
  const ended = await Promise.allSettled(
    Array.from({ length: lanes }, () => verifyWaiting().finally(() => waiting.splice(0))),
  )
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason
}

async function verifyPack(
  { destination, keyring, listing }: OpenRepository,
  pack: IndexedPack,
  reader: PartReader,
): Promise<void> {
  const listed = listing.packs.get(pack.id)
  const name = `pack-${pack.id}.kps`
  if (listed?.size !== pack.size) throw new BackupError('damaged', { name })
  const found = await readPack(destination, keyring, listed)
  try {
    if (!found || !sameBytes(found.commitment, pack.commitment))
      throw new BackupError('damaged', { name: baseName(listed.path) })
    await readRandomPart(reader, pack, listed.path)
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') await destination.remove(listed.path)
    throw error
  }
}

/** Where it lies in this very pack, whether or not it is elsewhere too. */
async function readRandomPart(reader: PartReader, { id, size, entries }: IndexedPack, path: string): Promise<void> {
  const number = randomInt(entries.length)
  let offset = HEADER_BYTES
  for (let before = 0; before < number; before++) offset += entries.at(before).storedLength
  const { id: partId, type, storedLength, plainLength } = entries.at(number)
  const pack = { id, path, size, state: 'present' } as const
  await reader.readAt({ pack, offset, storedLength, plainLength, type }, asPartType(type), partId)
}

function asPartType(type: number): PartType {
  const known = Object.values(PART_TYPE).find((value) => value === type)
  if (known === undefined) throw new BackupError('damaged', { name: 'part type' })
  return known
}
