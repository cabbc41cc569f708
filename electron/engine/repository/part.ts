import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import { partId } from '#engine/crypto/keys.ts'
import { lp } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, sealBoxInto } from '#engine/crypto/sealed-box.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import type { EpochKeys, Keyring } from './keyring.ts'

/** What a part holds (docs/format.md, Parts). The type is hashed into the id and stands in the part's own head. */
export const PART_TYPE = {
  data: 1,
  pageRun: 2,
  pageBatch: 3,
  pageSegment: 4,
  pageFile: 5,
  leaf: 6,
  node: 7,
  idList: 8,
  skippedList: 9,
} as const
export type PartType = (typeof PART_TYPE)[keyof typeof PART_TYPE]

/** Files are cut here; no part's plaintext is larger. */
export const MAX_PART_BYTES = 4 * 2 ** 20

const HEAD_BYTES = 8
const CODEC = { raw: 0, zstd: 1 } as const

/** Most bytes that sealing a part of `plainBytes` can need. */
export const maxBoxBytes = (plainBytes: number): number => plainBytes + HEAD_BYTES + BOX_OVERHEAD

/** A part in memory with room in front for its head, so that nothing need be moved to seal it. */
export class FramedPart {
  readonly frame: Uint8Array

  /** @param maxBytes - of plaintext. */
  constructor(maxBytes: number) {
    this.frame = new Uint8Array(HEAD_BYTES + maxBytes)
  }

  /** Where the plaintext goes: all the room, or `length` bytes of it. */
  plain(length: number = this.frame.length - HEAD_BYTES): Uint8Array {
    return this.frame.subarray(HEAD_BYTES, HEAD_BYTES + length)
  }
}

/** The keyed content id of a part. */
export const idOfPart = (keyring: Keyring, type: PartType, plain: Uint8Array): Uint8Array =>
  partId(keyring.ids.id, type, plain)

/** A part made ready: its body is valid until the next one is made ready. */
export type ReadyPart = Readonly<{ body: Uint8Array; boxLength: number }>

/** Seals parts one after another; makes them ready in memory that it owns and uses again. */
export class PartSealer {
  readonly #keyring: Keyring
  readonly #zstd: Zstd
  readonly #packed = new FramedPart(MAX_PART_BYTES)

  constructor(keyring: Keyring, zstd: Zstd) {
    this.#keyring = keyring
    this.#zstd = zstd
  }

  /**
   * Puts the head before the plaintext, compressed where that is asked for and gains something.
   *
   * @param part - of which the first `length` bytes of plaintext count; its head is written.
   */
  makeReady(type: PartType, part: FramedPart, length: number, compress: boolean): ReadyPart {
    const plain = part.plain(length)
    const packed = compress && length > 64 ? this.#zstd.compress(plain) : plain
    const isPacked = packed.length < length
    const { frame } = isPacked ? this.#packed : part
    if (isPacked) frame.set(packed, HEAD_BYTES)
    frame.fill(0, 0, HEAD_BYTES)
    frame[0] = isPacked ? CODEC.zstd : CODEC.raw
    frame[1] = type
    new DataView(frame.buffer, frame.byteOffset).setUint32(4, length, true)
    const body = frame.subarray(0, HEAD_BYTES + (isPacked ? packed.length : length))
    return { body, boxLength: body.length + BOX_OVERHEAD }
  }

  /** @param box - of exactly the length that was told. */
  seal(id: Uint8Array, { body }: ReadyPart, box: Uint8Array): void {
    const keys = this.#keyring.current
    sealBoxInto(box, keys.part, 'part', partAad(this.#keyring.repoId, keys.keyId, id), body)
  }
}

/**
 * Opens a part's box and checks that it holds what its id says.
 *
 * @throws BackupError `damaged` with the pack's name.
 */
export function openPart(
  keyring: Keyring,
  keys: EpochKeys,
  zstd: Zstd,
  type: PartType,
  id: Uint8Array,
  box: Uint8Array,
  packName: string,
): Uint8Array {
  const body = openBox(keys.part, 'part', partAad(keyring.repoId, keys.keyId, id), box)
  const plain = body && inflatePart(body, type, zstd)
  if (!plain || !sameBytes(idOfPart(keyring, type, plain), id)) throw new BackupError('damaged', { name: packName })
  return plain
}

/** The plaintext in the opened body of a part; null when the body is not one of that type. */
export function inflatePart(body: Uint8Array, type: PartType, zstd: Zstd): Uint8Array | null {
  if (body.length < HEAD_BYTES || body[1] !== type || body[2] !== 0 || body[3] !== 0) return null
  const plainBytes = new DataView(body.buffer, body.byteOffset, body.length).getUint32(4, true)
  if (plainBytes > MAX_PART_BYTES) return null
  const payload = body.subarray(HEAD_BYTES)
  if (body[0] === CODEC.raw) return payload.length === plainBytes ? payload : null
  return body[0] === CODEC.zstd ? zstd.decompress(payload, plainBytes) : null
}

export const partAad = (repoId: Uint8Array, keyId: Uint8Array, id: Uint8Array): Uint8Array =>
  lp('keepsake1', 'part', repoId, keyId, id)

/** A part's id as a key for maps. */
export const partKey = toHex
