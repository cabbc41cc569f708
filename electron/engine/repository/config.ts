import { BackupError } from '#common/errors.ts'
import { hmac256 } from '#engine/crypto/hash.ts'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { pad, unpad } from '#engine/crypto/padding.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { secretCopy } from '#engine/crypto/secret-buffer.ts'
import { equal } from '#engine/crypto/sodium.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, sameBytes, toHex } from '#engine/encoding/hex.ts'
import type { EpochKeys } from './keyring.ts'
import { configStem } from './names.ts'
import { OBJECT_KIND, objectStart } from './object.ts'
import { SECRET_CODE, type SecretKind, secretOfCode } from './secret-kind.ts'

/** The version of this program that reads format 1; a config may ask for a later one. */
export const READER_VERSION = 1

const HEAD_BYTES = 80
const SIZES = [4096, 8192, 16384] as const
export const MAX_CONFIG_BYTES = 16384
const MAX_SLOTS = 8
const MAX_REVOKED = 256
const MAX_PREVS = 32
const MAX_OLDER_ROOTS = 64
const MAX_DEVICES = 256

/** The settings of a repository at one revision; sealed, never changed, replaced by a later one. */
export type Config = Readonly<{
  configId: Uint8Array // 16 bytes, the random part of its name
  repoId: Uint8Array
  seq: number
  epoch: number
  idKey: Uint8Array // 32 bytes; never rotated
  prevs: readonly Readonly<{ configId: Uint8Array; bodyHash: Uint8Array }>[]
  slots: readonly ListedSlot[]
  revoked: readonly Uint8Array[] // slot ids; only grows
  features: readonly [read: number, write: number, prune: number] // bits nobody knows yet forbid that operation
  minReader: number
  createdAtUs: number
  /** Roots that were rotated away, newest first; what lies under them stays readable. */
  olderRoots: readonly OlderRoot[]
}>

/** A root before a rotation. Of each device, records up to `closed` are taken as made under it, and none after. */
export type OlderRoot = Readonly<{ epoch: number; root: Uint8Array; closed: readonly ChainEnd[] }>

/** The last record of a device's chain that counts. */
export type ChainEnd = Readonly<{ deviceId: string; seq: number; hash: string }>

/** Proves to whoever holds the older root that it was rotated away (docs/format.md, Rotation). */
export type Handover = Readonly<{ parentKeyId: Uint8Array; proof: Uint8Array }>

/** A slot that is valid: which file it is, to the last bit, and what kind of secret opens it. */
export type ListedSlot = Readonly<{ slotId: Uint8Array; fileHash: Uint8Array; secret: SecretKind }>

/**
 * Seals a config. `stem` is its name without the copy's letter.
 *
 * @throws BackupError `damaged` when it breaks a bound of the format, so that it could never be read; `usage` when it is
 * longer than any config may be.
 */
export function sealConfig(
  keys: EpochKeys,
  stem: string,
  config: Config,
  handover: Handover | null = null,
): Readonly<{ bytes: Uint8Array; body: Uint8Array }> {
  const body = encodeConfig(config)
  decodeConfig(body, stem) // what no reader would take is never written
  const total = SIZES.find((size) => size >= HEAD_BYTES + BOX_OVERHEAD + body.length + 1)
  if (!total) throw settingsFull()
  const bytes = new Uint8Array(total)
  const head = bytes.subarray(0, HEAD_BYTES)
  const view = new DataView(bytes.buffer)
  head.set(objectStart(OBJECT_KIND.config))
  head.set(keys.keyId, 8)
  view.setUint32(24, config.seq, true)
  view.setUint32(28, config.epoch, true)
  if (handover) {
    head.set(handover.parentKeyId, 32)
    head.set(handover.proof, 48)
  }
  const aad = configAad(config.repoId, stem, head)
  bytes.set(sealBox(keys.config, 'config', aad, pad(body, total - HEAD_BYTES - BOX_OVERHEAD)), HEAD_BYTES)
  return { bytes, body }
}

/** What the format has no room for: more rotations, with more devices, than the settings can hold. */
export const settingsFull = (): BackupError => new BackupError('usage', { reason: 'settings-full' })

/**
 * Proves that a config can be written, before anything is.
 *
 * @throws BackupError `usage` when it has grown beyond what the format has room for.
 */
export function mustFit(keys: EpochKeys, config: Config): void {
  try {
    sealConfig(keys, configStem(config.seq, toHex(config.configId)), config)
  } catch (error) {
    throw BackupError.from(error).code === 'damaged' ? settingsFull() : error
  }
}

/** True when the head says that the config was sealed under these keys. */
export function isConfigOf(keys: EpochKeys, bytes: Uint8Array): boolean {
  return (
    SIZES.some((size) => size === bytes.length) &&
    sameBytes(bytes.subarray(0, 8), objectStart(OBJECT_KIND.config)) &&
    sameBytes(bytes.subarray(8, 24), keys.keyId)
  )
}

/** Opens a config; null for every crypto failure. Throws `damaged` when what opened breaks the format. */
export function openConfig(
  keys: EpochKeys,
  repoId: Uint8Array,
  stem: string,
  bytes: Uint8Array,
): Readonly<{ config: Config; body: Uint8Array }> | null {
  const head = bytes.subarray(0, HEAD_BYTES)
  const plain = openBox(keys.config, 'config', configAad(repoId, stem, head), bytes.subarray(HEAD_BYTES))
  const body = plain && unpad(plain)
  if (!body) return null
  const config = decodeConfig(body, stem)
  if (!agrees(config, repoId, stem, head)) throw new BackupError('damaged', { name: stem })
  return { config, body }
}

/** What a config says of itself must be what its name and head say. */
function agrees(config: Config, repoId: Uint8Array, stem: string, head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  return (
    sameBytes(config.repoId, repoId) &&
    stem === configStem(config.seq, toHex(config.configId)) &&
    view.getUint32(24, true) === config.seq &&
    view.getUint32(28, true) === config.epoch
  )
}

const configAad = (repoId: Uint8Array, stem: string, head: Uint8Array): Uint8Array =>
  lp('keepsake1', 'config', repoId, stem, head)

function encodeConfig(config: Config): Uint8Array {
  const out = new CborWriter(2048)
  out.map(config.olderRoots.length > 0 ? 12 : 11)
  out.int(1).bytes(config.configId)
  out.int(2).bytes(config.repoId)
  out.int(3).int(config.seq)
  out.int(4).int(config.epoch)
  out.int(5).bytes(config.idKey)
  out.int(6).array(config.prevs.length)
  for (const prev of config.prevs) out.array(2).bytes(prev.configId).bytes(prev.bodyHash)
  out.int(7).array(config.slots.length)
  for (const slot of config.slots) {
    out.array(3).bytes(slot.slotId).bytes(slot.fileHash).int(SECRET_CODE[slot.secret])
  }
  out.int(8).array(config.revoked.length)
  for (const slotId of config.revoked) out.bytes(slotId)
  out.int(9).array(3)
  for (const bits of config.features) out.int(bits)
  out.int(10).int(config.minReader)
  out.int(11).int(config.createdAtUs)
  if (config.olderRoots.length > 0) {
    out.int(12).array(config.olderRoots.length)
    for (const { epoch, root, closed } of config.olderRoots) {
      out.array(3).int(epoch).bytes(root).array(closed.length)
      for (const end of closed) out.array(3).bytes(fromHex(end.deviceId)).int(end.seq).bytes(fromHex(end.hash))
    }
  }
  return out.finish()
}

function decodeConfig(body: Uint8Array, name: string): Config {
  const reader = new CborReader(body, name)
  const found: { -readonly [K in keyof Config]?: Config[K] } = {}
  reader.map((key) => {
    if (key === 1) found.configId = reader.bytes(16).slice()
    else if (key === 2) found.repoId = reader.bytes(16).slice()
    else if (key === 3) found.seq = reader.uint(99_999_999, 1)
    else if (key === 4) found.epoch = reader.uint(0xffffffff)
    else if (key === 5) found.idKey = secretCopy(reader.bytes(32))
    else if (key === 6)
      found.prevs = reader.list(MAX_PREVS, () => {
        reader.array(2, 2)
        return { configId: reader.bytes(16).slice(), bodyHash: reader.bytes(32).slice() }
      })
    else if (key === 7)
      found.slots = reader.list(MAX_SLOTS, () => {
        reader.array(3, 3)
        const slotId = reader.bytes(16).slice()
        const fileHash = reader.bytes(32).slice()
        return { slotId, fileHash, secret: secretOfCode(reader.uint(255)) ?? reader.fail() }
      })
    else if (key === 8) found.revoked = reader.list(MAX_REVOKED, () => reader.bytes(16).slice())
    else if (key === 9) {
      reader.array(3, 3)
      found.features = [reader.uint(), reader.uint(), reader.uint()]
    } else if (key === 10) found.minReader = reader.uint()
    else if (key === 11) found.createdAtUs = reader.int()
    else if (key === 12) found.olderRoots = reader.list(MAX_OLDER_ROOTS, () => readOlderRoot(reader))
    else return false
    return true
  })
  reader.end()
  const { configId, repoId, seq, epoch, idKey, prevs, slots, revoked, features, minReader, createdAtUs } = found
  if (
    !configId ||
    !repoId ||
    seq === undefined ||
    epoch === undefined ||
    !idKey ||
    !prevs ||
    !slots ||
    !revoked ||
    !features ||
    minReader === undefined ||
    createdAtUs === undefined
  )
    return reader.fail()
  const olderRoots = found.olderRoots ?? []
  return { configId, repoId, seq, epoch, idKey, prevs, slots, revoked, features, minReader, createdAtUs, olderRoots }
}

function readOlderRoot(reader: CborReader): OlderRoot {
  reader.array(3, 3)
  const epoch = reader.uint(0xffffffff)
  const root = secretCopy(reader.bytes(32))
  const closed = reader.list(MAX_DEVICES, () => {
    reader.array(3, 3)
    return { deviceId: toHex(reader.bytes(16)), seq: reader.uint(9_999_999_999), hash: toHex(reader.bytes(32)) }
  })
  return { epoch, root, closed }
}

/** The proof in a rotated config's head, under the handover key of the root that it replaces. */
export const handoverProof = (
  handoverKey: Uint8Array,
  stem: string,
  keyId: Uint8Array,
  config: Readonly<{ seq: number; epoch: number }>,
): Uint8Array => hmac256(handoverKey, lp(stem, keyId, u32(config.seq), u32(config.epoch)))

/**
 * Whether a config says, provably, that the root of `keys` was rotated away. Anyone can write a config; only who holds
 * that root can write this proof.
 */
export function isHandoverFrom(keys: EpochKeys, stem: string, bytes: Uint8Array): boolean {
  if (!SIZES.some((size) => size === bytes.length) || !sameBytes(bytes.subarray(32, 48), keys.keyId)) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const said = { seq: view.getUint32(24, true), epoch: view.getUint32(28, true) }
  return equal(handoverProof(keys.handover, stem, bytes.subarray(8, 24), said), bytes.subarray(48, 80))
}

/** Whether a config's head says that it replaces a root; whether it does, `isHandoverFrom` tells whoever holds that. */
export const handsOver = (bytes: Uint8Array): boolean => bytes.subarray(32, 48).some((byte) => byte !== 0)
