import { BackupError } from '#common/errors.ts'
import { HEADER_BYTES, keysOfHeader, OBJECT_KIND } from './object.ts'
import type { OpenRepository } from './open-repository.ts'
import type { PackEntry } from './pack-entries.ts'
import { maxBoxBytes, openPart, PART_TYPE, type PartType } from './part.ts'

/** Stores a part if it is new. */
type StorePart = (type: PartType, plain: Uint8Array, compress: boolean) => Promise<unknown>

/**
 * Takes parts out of a pack, each opened and proven by its id, and stores them anew under the present root.
 *
 * @param bytes - of the whole pack.
 * @param entries - what lies in it, in order from its start; those that `isWanted` are taken.
 * @returns how many of the wanted parts were not what their id says.
 */
export async function copyParts(
  { keyring, zstd }: OpenRepository,
  bytes: Uint8Array,
  entries: Iterable<PackEntry>,
  isWanted: (entry: PackEntry) => boolean,
  store: StorePart,
): Promise<number> {
  const keys = keysOfHeader(keyring, OBJECT_KIND.pack, bytes) ?? keyring.current // each part proves itself
  let lost = 0
  let offset = HEADER_BYTES
  for (const entry of entries) {
    const box = bytes.subarray(offset, offset + entry.storedLength)
    offset += entry.storedLength
    if (!isWanted(entry)) continue
    const type = Object.values(PART_TYPE).find((known) => known === entry.type)
    try {
      if (type === undefined) throw new BackupError('damaged', { name: 'part' })
      const plain = openPart(keyring, keys, zstd, type, entry.id, box, 'part')
      await store(type, plain, entry.storedLength < maxBoxBytes(entry.plainLength))
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      lost++
    }
  }
  return lost
}
