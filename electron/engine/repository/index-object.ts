import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import type { EpochKeys, Keyring } from './keyring.ts'
import { baseName } from './names.ts'
import { openObject, sealObject } from './object.ts'
import { decodeEntries, type PackEntries } from './pack-entries.ts'
import { MAX_PACK_BYTES } from './pack-format.ts'

/** A pack as an index describes it: facts about an immutable object, so that the union of indexes is always right. */
export type IndexedPack = Readonly<{
  id: string // 32 hex
  size: number
  commitment: Uint8Array // of the footer, 32 bytes
  entries: PackEntries
}>

/** Largest body of one index object; a larger index is cut. */
const MAX_BODY_BYTES = 8 * 2 ** 20
const MAX_PACKS = 65_535

/** Seals packs into as many index objects as their size needs. `nextName` gives each its file name. */
export function sealIndexes(
  keyring: Keyring,
  packs: readonly IndexedPack[],
  nextName: () => string,
): readonly Readonly<{ name: string; bytes: Uint8Array }>[] {
  const groups: Uint8Array[][] = [[]]
  let bodyBytes = 0
  for (const pack of packs) {
    const item = encodePack(pack)
    if (bodyBytes + item.length > MAX_BODY_BYTES) {
      groups.push([])
      bodyBytes = 0
    }
    groups.at(-1)?.push(item)
    bodyBytes += item.length
  }
  return groups
    .filter((items) => items.length > 0)
    .map((items) => {
      const name = nextName()
      const out = new CborWriter(bodyBytes + 64)
      out.map(2).int(1).array(items.length)
      for (const item of items) out.encoded(item)
      out.int(2).array(0)
      return { name, bytes: sealObject(keyring, 'index', name, out.finish()) }
    })
}

/** Opens an index object; also tells the keys it was sealed under. @throws BackupError `damaged` */
export function openIndex(
  keyring: Keyring,
  path: string,
  bytes: Uint8Array,
): Readonly<{ packs: readonly IndexedPack[]; keys: EpochKeys }> {
  const name = baseName(path)
  const { body, keys } = openObject(keyring, 'index', name, bytes)
  const reader = new CborReader(body, name)
  let packs: readonly IndexedPack[] | undefined
  reader.map((key) => {
    if (key !== 1) return false
    packs = reader.list(MAX_PACKS, () => {
      reader.array(4, 4)
      const id = toHex(reader.bytes(16))
      const size = reader.uint(MAX_PACK_BYTES)
      const commitment = reader.bytes(32).slice()
      const entries = decodeEntries(reader.bytes(), size) ?? reader.fail()
      return { id, size, commitment, entries }
    })
    return true
  })
  reader.end()
  return { packs: packs ?? reader.fail(), keys }
}

function encodePack({ id, size, commitment, entries }: IndexedPack): Uint8Array {
  const out = new CborWriter(128 + entries.bytes.length)
  out.array(4).bytes(fromHex(id)).int(size).bytes(commitment).bytes(entries.bytes)
  return out.finish()
}
