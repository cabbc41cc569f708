import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import type { Lost, SeenDevice } from '#engine/repository/record.ts'
import { readSeen, writeSeen } from '#engine/repository/record-body.ts'

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
  /** What was lost at the place and is not missed, because a person chose to go on without it. */
  lost: Lost
  /** How this device came to be, until its first record says so; null afterwards, and for one that has no past. */
  birth: Birth | null
  /** Names of configs that take over from an older root and were found to be of nobody who knows the secret. */
  strangers: readonly string[]
}>

/** A device that goes on from another: a clone, a state brought back from a copy, an older state that was accepted. */
export type Birth = Readonly<{
  from: SeenDevice | null // its last record, as far as it is known
  lost: Lost | null // what it goes on without
}>

export const NOTHING_LOST: Lost = { records: [], configSeq: 0 }

/** The file is this device's own and sealed; the bound only keeps a mistake from growing without end. */
const MAX_ITEMS = 1_000_000

/** Seals an anchor under the state key; bound to its repository and device. */
export function sealAnchor(stateKey: Uint8Array, repoId: Uint8Array, deviceId: string, anchor: Anchor): Uint8Array {
  const out = new CborWriter(4096)
  out.map(9)
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
  out.int(7)
  writeLost(out, anchor.lost)
  out.int(8).array(anchor.birth ? 1 : 0)
  if (anchor.birth) {
    const { from, lost } = anchor.birth
    out.array(2).array(from ? 1 : 0)
    if (from) writeSeen(out, from)
    writeLost(out, lost ?? NOTHING_LOST)
  }
  out.int(9).array(anchor.strangers.length)
  for (const stem of anchor.strangers) out.text(stem)
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

const EMPTY: Anchor = {
  generation: 0,
  configs: [],
  configSeq: 0,
  revoked: [],
  tops: [],
  records: [],
  lost: NOTHING_LOST,
  birth: null,
  strangers: [],
}

function decode(plain: Uint8Array): Anchor {
  const reader = new CborReader(plain, 'anchor')
  let anchor: Anchor = EMPTY
  reader.map((key) => {
    if (key === 1) anchor = { ...anchor, generation: reader.uint() }
    else if (key === 2) anchor = { ...anchor, configs: reader.list(MAX_ITEMS, () => reader.text(64)) }
    else if (key === 3) anchor = { ...anchor, configSeq: reader.uint() }
    else if (key === 4) anchor = { ...anchor, revoked: reader.list(MAX_ITEMS, () => toHex(reader.bytes(16))) }
    else if (key === 5) anchor = { ...anchor, tops: reader.list(MAX_ITEMS, () => readTop(reader)) }
    else if (key === 6) anchor = { ...anchor, records: reader.list(MAX_ITEMS, () => reader.text(160)) }
    else if (key === 7) anchor = { ...anchor, lost: readLost(reader) }
    else if (key === 8) anchor = { ...anchor, birth: reader.list(1, () => readBirth(reader))[0] ?? null }
    else if (key === 9) anchor = { ...anchor, strangers: reader.list(MAX_ITEMS, () => reader.text(64)) }
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

function writeLost(out: CborWriter, { records, configSeq }: Lost): void {
  out.array(2).array(records.length)
  for (const record of records) writeSeen(out, record)
  out.int(configSeq)
}

function readLost(reader: CborReader): Lost {
  reader.array(2, 2)
  return { records: reader.list(MAX_ITEMS, () => readSeen(reader)), configSeq: reader.uint() }
}

function readBirth(reader: CborReader): Birth {
  reader.array(2, 2)
  const from = reader.list(1, () => readSeen(reader))[0] ?? null
  const lost = readLost(reader)
  return { from, lost: lost.records.length > 0 || lost.configSeq > 0 ? lost : null }
}
