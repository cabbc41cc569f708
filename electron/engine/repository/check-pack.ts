import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import { BOX_OVERHEAD, openBox } from '#engine/crypto/sealed-box.ts'
import type { Keyring } from './keyring.ts'
import { packName } from './names.ts'
import { HEADER_BYTES } from './object.ts'
import { MAX_PACK_BYTES, readFooter, tailBytes, ZERO_ID } from './pack-format.ts'
import { openPart, PART_TYPE, partAad } from './part.ts'

/** True when every byte of a pack is accounted for: header, each part under its id, filler, footer and trailer. */
export async function checkPack(keyring: Keyring, zstd: Zstd, id: string, bytes: Uint8Array): Promise<boolean> {
  const name = packName(id)
  if (bytes.length > MAX_PACK_BYTES) return false
  try {
    const read = async (offset: number, length: number): Promise<Uint8Array> => bytes.subarray(offset, offset + length)
    const { keys, entries } = await readFooter(keyring, name, bytes.length, read)
    let at = HEADER_BYTES
    for (const entry of entries) {
      const type = Object.values(PART_TYPE).find((known) => known === entry.type)
      if (type === undefined) return false
      const plain = openPart(keyring, keys, zstd, type, entry.id, bytes.subarray(at, at + entry.storedLength), name)
      if (plain.length !== entry.plainLength) return false
      at += entry.storedLength
    }
    const filler = bytes.subarray(at, bytes.length - tailBytes(entries.length))
    if (filler.length === 0) return true
    if (filler.length < BOX_OVERHEAD) return false
    return (
      openBox(keys.part, 'filler', partAad(keyring.repoId, keys.keyId, ZERO_ID), filler)?.every((byte) => byte === 0) ??
      false
    )
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return false
    throw error
  }
}
