import { BackupError } from '#common/errors.ts'
import { lp } from '#engine/crypto/lp.ts'
import { pad, padmeLength, unpad } from '#engine/crypto/padding.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import type { EpochKeys, Keyring } from './keyring.ts'

/** Fifth byte of every binary object (docs/format.md, Keys, box, padding). */
export const OBJECT_KIND = { slot: 1, config: 2, pack: 3, index: 4, record: 5 } as const

const MAGIC = [0x4b, 0x50, 0x53, 0x4b] // "KPSK"
export const FORMAT_VERSION = 1
export const HEADER_BYTES = 16

const FLOOR = { index: 4096, record: 2048 } as const
export const MAX_OBJECT_BYTES = { index: 9 * 2 ** 20, record: 64 * 2 ** 10 } as const

/** The 8 bytes that every binary object starts with. */
export function objectStart(kind: number): Uint8Array {
  return Uint8Array.of(...MAGIC, FORMAT_VERSION, kind, 0, 0)
}

/** The 16-byte header of packs, indexes and records: the start and the first 8 bytes of the key id. */
export function objectHeader(kind: number, keyId: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(objectStart(kind))
  header.set(keyId.subarray(0, 8), 8)
  return header
}

/** The keys an object was sealed under, by its header; null when the header is none of ours. */
export function keysOfHeader(keyring: Keyring, kind: number, bytes: Uint8Array): EpochKeys | null {
  if (bytes.length < HEADER_BYTES) return null
  return (
    keyring.epochs.find((epoch) => sameBytes(objectHeader(kind, epoch.keyId), bytes.subarray(0, HEADER_BYTES))) ?? null
  )
}

/** Associated data of a whole object; records add the device they belong to. */
export function objectAad(
  kind: string,
  repoId: Uint8Array,
  keyId: Uint8Array,
  name: string,
  deviceId?: Uint8Array,
): Uint8Array {
  return deviceId ? lp('keepsake1', kind, repoId, keyId, name, deviceId) : lp('keepsake1', kind, repoId, keyId, name)
}

/** Seals an index or a record under the newest keys: header ‖ box of the padded body. */
export function sealObject(
  keyring: Keyring,
  kind: 'index' | 'record',
  name: string,
  body: Uint8Array,
  deviceId?: Uint8Array,
): Uint8Array {
  const keys = keyring.current
  const header = objectHeader(OBJECT_KIND[kind], keys.keyId)
  const total = Math.max(FLOOR[kind], padmeLength(HEADER_BYTES + BOX_OVERHEAD + body.length + 1))
  if (total > MAX_OBJECT_BYTES[kind]) throw new RangeError(`sealObject: ${kind} of ${total} bytes`)
  const aad = objectAad(kind, keyring.repoId, keys.keyId, name, deviceId)
  const box = sealBox(keys[kind], kind, aad, pad(body, total - HEADER_BYTES - BOX_OVERHEAD))
  const bytes = new Uint8Array(total)
  bytes.set(header)
  bytes.set(box, HEADER_BYTES)
  return bytes
}

/**
 * Opens what `sealObject` made.
 *
 * @throws BackupError `damaged` with the object's name, whatever the reason.
 */
export function openObject(
  keyring: Keyring,
  kind: 'index' | 'record',
  name: string,
  bytes: Uint8Array,
  deviceId?: Uint8Array,
): Readonly<{ body: Uint8Array; keys: EpochKeys }> {
  const keys = bytes.length <= MAX_OBJECT_BYTES[kind] ? keysOfHeader(keyring, OBJECT_KIND[kind], bytes) : null
  if (keys) {
    const aad = objectAad(kind, keyring.repoId, keys.keyId, name, deviceId)
    const plain = openBox(keys[kind], kind, aad, bytes.subarray(HEADER_BYTES))
    const body = plain && unpad(plain)
    if (body) return { body, keys }
  }
  throw new BackupError('damaged', { name })
}
