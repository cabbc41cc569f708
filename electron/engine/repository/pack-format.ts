import { BackupError } from '#common/errors.ts'
import { lp } from '#engine/crypto/lp.ts'
import { padmeLength } from '#engine/crypto/padding.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import type { EpochKeys, Keyring } from './keyring.ts'
import { HEADER_BYTES, keysOfHeader, OBJECT_KIND, objectAad, objectHeader } from './object.ts'
import { decodeEntries, ENTRY_BYTES, MAX_PACK_PARTS, type PackEntries } from './pack-entries.ts'

/** Packs hold part boxes back to back, then a sealed footer that says what they are (docs/format.md, Packs). */
export const MAX_PACK_BYTES = 17 * 2 ** 20 // what readers accept; writers stay at 16 MiB
export const TRAILER_BYTES = 16 + BOX_OVERHEAD

const FLOOR = 4096
export const ZERO_ID = new Uint8Array(16)

/** Bytes that footer and trailer take for so many parts. */
export const tailBytes = (parts: number): number => BOX_OVERHEAD + 4 + parts * ENTRY_BYTES + TRAILER_BYTES

/**
 * Finishes a pack in place: `bytes` holds room for the header and, from byte 16, the boxes of `entries`, `used` bytes
 * in all. Adds header, filler, footer and trailer, so that the length is one of few (PADMÉ, at least 4 KiB).
 *
 * @returns the length of the pack and the footer's commitment, by which an index knows this very footer.
 */
export function finishPack(
  keyring: Keyring,
  name: string,
  bytes: Uint8Array,
  used: number,
  entries: PackEntries,
): Readonly<{ length: number; commitment: Uint8Array }> {
  const keys = keyring.current
  bytes.set(objectHeader(OBJECT_KIND.pack, keys.keyId))
  const needed = used + tailBytes(entries.length)
  const length = packLength(needed)
  const filler = length - needed
  if (filler > 0) {
    const zeros = new Uint8Array(filler - BOX_OVERHEAD)
    bytes.set(sealBox(keys.part, 'filler', lp('keepsake1', 'part', keyring.repoId, keys.keyId, ZERO_ID), zeros), used)
  }
  const footerOffset = used + filler
  const footerPlain = new Uint8Array(4 + entries.length * ENTRY_BYTES)
  new DataView(footerPlain.buffer).setUint32(0, entries.length, true)
  footerPlain.set(entries.bytes, 4)
  const footer = sealBox(
    keys.pack,
    'pack-footer',
    objectAad('pack-footer', keyring.repoId, keys.keyId, name),
    footerPlain,
  )
  bytes.set(footer, footerOffset)
  const trailerPlain = new Uint8Array(16)
  const view = new DataView(trailerPlain.buffer)
  view.setUint32(0, footerOffset, true)
  view.setUint32(4, footer.length, true)
  view.setUint32(8, entries.length, true)
  const trailer = sealBox(
    keys.pack,
    'pack-trailer',
    objectAad('pack-trailer', keyring.repoId, keys.keyId, name),
    trailerPlain,
  )
  bytes.set(trailer, length - TRAILER_BYTES)
  return { length, commitment: footer.slice(24, 56) }
}

/** The padded length: a filler box needs at least 72 bytes, so a smaller gap goes on to the next step. */
export function packLength(needed: number): number {
  let length = Math.max(FLOOR, padmeLength(needed))
  while (length !== needed && length - needed < BOX_OVERHEAD) length = padmeLength(length + 1)
  return length
}

/** What a pack says of itself, by its header and its tail. */
export type PackFooter = Readonly<{ keys: EpochKeys; entries: PackEntries; commitment: Uint8Array }>

/**
 * Reads a pack's trailer and footer through `read`, which gives bytes from an offset.
 *
 * @throws BackupError `damaged` with the pack's name.
 */
export async function readFooter(
  keyring: Keyring,
  name: string,
  size: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
): Promise<PackFooter> {
  const fail = (): never => {
    throw new BackupError('damaged', { name })
  }
  if (size < HEADER_BYTES + tailBytes(0) || size > MAX_PACK_BYTES) fail()
  const keys = keysOfHeader(keyring, OBJECT_KIND.pack, await read(0, HEADER_BYTES)) ?? fail()
  const aad = (kind: string): Uint8Array => objectAad(kind, keyring.repoId, keys.keyId, name)
  const trailer =
    openBox(keys.pack, 'pack-trailer', aad('pack-trailer'), await read(size - TRAILER_BYTES, TRAILER_BYTES)) ?? fail()
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.length)
  const footerOffset = view.getUint32(0, true)
  const footerLength = view.getUint32(4, true)
  const count = view.getUint32(8, true)
  if (trailer.length !== 16 || view.getUint32(12, true) !== 0) fail()
  if (count > MAX_PACK_PARTS || footerLength !== BOX_OVERHEAD + 4 + count * ENTRY_BYTES) fail()
  if (footerOffset + footerLength + TRAILER_BYTES !== size) fail()
  const footer = await read(footerOffset, footerLength)
  const plain = openBox(keys.pack, 'pack-footer', aad('pack-footer'), footer) ?? fail()
  if (new DataView(plain.buffer, plain.byteOffset, 4).getUint32(0, true) !== count) fail()
  const entries = decodeEntries(plain.subarray(4), footerOffset) ?? fail()
  return { keys, entries, commitment: footer.slice(24, 56) }
}
