import { lp } from '#engine/crypto/lp.ts'
import { pad, unpad } from '#engine/crypto/padding.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import type { EpochKeys } from './keyring.ts'
import { OBJECT_KIND, objectStart } from './object.ts'

/** The version of this program that reads format 1; a config may ask for a later one. */
export const READER_VERSION = 1

const HEAD_BYTES = 80
const SIZES = [4096, 8192, 16384] as const
export const MAX_CONFIG_BYTES = 16384
const MAX_SLOTS = 8
const MAX_REVOKED = 256
const MAX_PREVS = 32

/** The settings of a repository at one revision; sealed, never changed, replaced by a later one. */
export type Config = Readonly<{
  configId: Uint8Array // 16 bytes, the random part of its name
  repoId: Uint8Array
  seq: number
  epoch: number
  idKey: Uint8Array // 32 bytes; never rotated
  prevs: readonly Readonly<{ configId: Uint8Array; bodyHash: Uint8Array }>[]
  slots: readonly Readonly<{ slotId: Uint8Array; fileHash: Uint8Array }>[]
  revoked: readonly Uint8Array[] // slot ids; only grows
  features: readonly [read: number, write: number, prune: number] // bits nobody knows yet forbid that operation
  minReader: number
  createdAtUs: number
}>

/** Seals a config. `stem` is its name without the copy's letter. */
export function sealConfig(
  keys: EpochKeys,
  stem: string,
  config: Config,
): Readonly<{ bytes: Uint8Array; body: Uint8Array }> {
  const body = encodeConfig(config)
  const total = SIZES.find((size) => size >= HEAD_BYTES + BOX_OVERHEAD + body.length + 1)
  if (!total) throw new RangeError('config: too many slots')
  const bytes = new Uint8Array(total)
  const head = bytes.subarray(0, HEAD_BYTES)
  const view = new DataView(bytes.buffer)
  head.set(objectStart(OBJECT_KIND.config))
  head.set(keys.keyId, 8)
  view.setUint32(24, config.seq, true)
  view.setUint32(28, config.epoch, true)
  const aad = configAad(config.repoId, stem, head)
  bytes.set(sealBox(keys.config, 'config', aad, pad(body, total - HEAD_BYTES - BOX_OVERHEAD)), HEAD_BYTES)
  return { bytes, body }
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
  return body ? { config: decodeConfig(body, stem), body } : null
}

const configAad = (repoId: Uint8Array, stem: string, head: Uint8Array): Uint8Array =>
  lp('keepsake1', 'config', repoId, stem, head)

function encodeConfig(config: Config): Uint8Array {
  const out = new CborWriter(2048)
  out.map(11)
  out.int(1).bytes(config.configId)
  out.int(2).bytes(config.repoId)
  out.int(3).int(config.seq)
  out.int(4).int(config.epoch)
  out.int(5).bytes(config.idKey)
  out.int(6).array(config.prevs.length)
  for (const prev of config.prevs) out.array(2).bytes(prev.configId).bytes(prev.bodyHash)
  out.int(7).array(config.slots.length)
  for (const slot of config.slots) out.array(2).bytes(slot.slotId).bytes(slot.fileHash)
  out.int(8).array(config.revoked.length)
  for (const slotId of config.revoked) out.bytes(slotId)
  out.int(9).array(3)
  for (const bits of config.features) out.int(bits)
  out.int(10).int(config.minReader)
  out.int(11).int(config.createdAtUs)
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
    else if (key === 5) found.idKey = reader.bytes(32).slice()
    else if (key === 6)
      found.prevs = reader.list(MAX_PREVS, () => {
        reader.array(2, 2)
        return { configId: reader.bytes(16).slice(), bodyHash: reader.bytes(32).slice() }
      })
    else if (key === 7)
      found.slots = reader.list(MAX_SLOTS, () => {
        reader.array(2, 2)
        return { slotId: reader.bytes(16).slice(), fileHash: reader.bytes(32).slice() }
      })
    else if (key === 8) found.revoked = reader.list(MAX_REVOKED, () => reader.bytes(16).slice())
    else if (key === 9) {
      reader.array(3, 3)
      found.features = [reader.uint(), reader.uint(), reader.uint()]
    } else if (key === 10) found.minReader = reader.uint()
    else if (key === 11) found.createdAtUs = reader.int()
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
  return { configId, repoId, seq, epoch, idKey, prevs, slots, revoked, features, minReader, createdAtUs }
}
