import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'

/** The highest record of a device's chain that this device has seen. */
export type ChainTop = Readonly<{ deviceId: string; seq: number; id: string; hash: string }>

/**
 * What this device last saw of the repository. It is what makes an older, forked or vanished state noticeable, so it
 * never goes back by itself.
 */
export type Anchor = Readonly<{
  generation: number
  configs: readonly string[] // stems of the heads
  configSeq: number
  revoked: readonly string[] // slot ids
  tops: readonly ChainTop[]
  records: readonly string[] // paths of every record seen and not known to be removed
}>

/** The file is this device's own and sealed; the bound only keeps a mistake from growing without end. */
const MAX_ITEMS = 1_000_000

/** Seals an anchor under the state key; bound to its repository and device. */
export function sealAnchor(stateKey: Uint8Array, repoId: Uint8Array, deviceId: string, anchor: Anchor): Uint8Array {
  const out = new CborWriter(4096)
  out.map(6)
  out.int(1).int(anchor.generation)
  out.int(2).array(anchor.configs.length)
  for (const stem of anchor.configs) out.text(stem)
  out.int(3).int(anchor.configSeq)
  out.int(4).array(anchor.revoked.length)
  for (const slotId of anchor.revoked) out.bytes(fromHex(slotId))
  out.int(5).array(anchor.tops.length)
  for (const top of anchor.tops) {
    out.array(4).bytes(fromHex(top.deviceId)).int(top.seq).bytes(fromHex(top.id)).bytes(fromHex(top.hash))
  }
  out.int(6).array(anchor.records.length)
  for (const path of anchor.records) out.text(path)
  return sealBox(stateKey, 'anchor', anchorAad(repoId, deviceId), out.finish())
}

/** Opens an anchor; null when it is not this device's, not whole, or not ours. */
export function openAnchor(
  stateKey: Uint8Array,
  repoId: Uint8Array,
  deviceId: string,
  bytes: Uint8Array,
): Anchor | null {
  const plain = openBox(stateKey, 'anchor', anchorAad(repoId, deviceId), bytes)
  return plain && decode(plain)
}

const anchorAad = (repoId: Uint8Array, deviceId: string): Uint8Array =>
  lp('keepsake1', 'anchor', repoId, fromHex(deviceId))

function decode(plain: Uint8Array): Anchor {
  const reader = new CborReader(plain, 'anchor')
  let anchor: Anchor = { generation: 0, configs: [], configSeq: 0, revoked: [], tops: [], records: [] }
  reader.map((key) => {
    if (key === 1) anchor = { ...anchor, generation: reader.uint() }
    else if (key === 2) anchor = { ...anchor, configs: reader.list(MAX_ITEMS, () => reader.text(64)) }
    else if (key === 3) anchor = { ...anchor, configSeq: reader.uint() }
    else if (key === 4) anchor = { ...anchor, revoked: reader.list(MAX_ITEMS, () => toHex(reader.bytes(16))) }
    else if (key === 5) anchor = { ...anchor, tops: reader.list(MAX_ITEMS, () => readTop(reader)) }
    else if (key === 6) anchor = { ...anchor, records: reader.list(MAX_ITEMS, () => reader.text(160)) }
    else return false
    return true
  })
  reader.end()
  return anchor
}

function readTop(reader: CborReader): ChainTop {
  reader.array(4, 4)
  return {
    deviceId: toHex(reader.bytes(16)),
    seq: reader.uint(),
    id: toHex(reader.bytes(16)),
    hash: toHex(reader.bytes(32)),
  }
}
