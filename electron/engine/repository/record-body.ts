import type { CborReader } from '#engine/encoding/cbor-reader.ts'
import type { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import type { ChainRecord, CondemnedPack, DropBody, Lost, SeenDevice, SnapBody, SnapSource } from './record.ts'

type Body = ChainRecord['body']

const MAX_SOURCES = 64
export const MAX_NAME_BYTES = 1020
const MAX_INDEXES = 1024

/** What a join record names at most: a record holds it beside what it has seen of as many devices. */
export const MAX_LOST = 64
const SOURCE_KINDS = ['folder', 'file'] as const
const KIND_NUMBER = { join: 1, snap: 2, drop: 3, retire: 4 } as const

/** What one drop record names at most, so that it fits into a record whatever else is in it; more take several. */
export const MAX_DROPPED = { snapshots: 256, packs: 1024, indexes: 512, undone: 64 } as const
const CONDEMNED_FOR = ['unreferenced', 'repacked', 'orphan'] as const

/** Reasons for which a snapshot would have waited for a yes; the number is what stands in the record, less one. */
export const BRAKE_REASONS = ['files-gone', 'database-shrunk', 'incompressible', 'rewritten'] as const

export const kindNumber = (body: Body): number => KIND_NUMBER[body.kind]

/** The part of a record that depends on its kind (docs/format.md, Records). */
export function writeBody(out: CborWriter, body: Body): void {
  switch (body.kind) {
    case 'join':
      writeJoin(out, body.lost)
      return
    case 'retire':
      out.map(1).int(1)
      writeSeen(out, body.device)
      return
    case 'drop':
      writeDrop(out, body)
      return
    case 'snap':
      writeSnap(out, body)
  }
}

export function readBody(reader: CborReader, kind: number | undefined): Body {
  switch (kind) {
    case KIND_NUMBER.join:
      return { kind: 'join', ...readJoin(reader) }
    case KIND_NUMBER.snap:
      return { kind: 'snap', ...readSnap(reader) }
    case KIND_NUMBER.drop:
      return { kind: 'drop', ...readDrop(reader) }
    case KIND_NUMBER.retire: {
      let device: SeenDevice | undefined
      reader.map((key) => {
        if (key !== 1) return false
        device = readSeen(reader)
        return true
      })
      return device ? { kind: 'retire', device } : reader.fail()
    }
    default:
      return reader.fail()
  }
}

function writeJoin(out: CborWriter, lost: Lost | undefined): void {
  out.map(lost ? 2 : 0)
  if (!lost) return
  out.int(1).array(lost.records.length)
  for (const record of lost.records) writeSeen(out, record)
  out.int(2).int(lost.configSeq)
}

function readJoin(reader: CborReader): { lost?: Lost } {
  let records: readonly SeenDevice[] = []
  let configSeq = 0
  reader.map((key) => {
    if (key === 1) records = reader.list(MAX_LOST, () => readSeen(reader))
    else if (key === 2) configSeq = reader.uint()
    else return false
    return true
  })
  return records.length > 0 || configSeq > 0 ? { lost: { records, configSeq } } : {}
}

function writeSnap(out: CborWriter, body: SnapBody): void {
  const accepted = body.accepted ?? []
  out.map(4 + (body.lastVerified ? 1 : 0) + (accepted.length > 0 ? 1 : 0))
  out.int(1).array(body.sources.length)
  for (const source of body.sources) {
    out.array(7).text(source.label).int(SOURCE_KINDS.indexOf(source.kind))
    out.bytes(source.root ?? new Uint8Array(0)).int(source.height)
    out
      .int(source.files)
      .int(source.bytes)
      .int(source.isStale ? 1 : 0)
  }
  out
    .int(2)
    .array(2)
    .int(body.skipped.count)
    .bytes(body.skipped.list ?? new Uint8Array(0))
  writeIds(out.int(3), body.indexes)
  out.int(4).int(body.configSeq)
  if (body.lastVerified) {
    const { deviceId, seq, atUs } = body.lastVerified
    out.int(5).array(3).bytes(fromHex(deviceId)).int(seq).int(atUs)
  }
  if (accepted.length > 0) {
    out.int(6).array(accepted.length)
    for (const reason of accepted) out.int(BRAKE_REASONS.indexOf(reason) + 1)
  }
}

function readSnap(reader: CborReader): SnapBody {
  const found: { -readonly [K in keyof SnapBody]?: SnapBody[K] } = {}
  reader.map((key) => {
    if (key === 1) found.sources = reader.list(MAX_SOURCES, () => readSource(reader))
    else if (key === 2) {
      reader.array(2, 2)
      found.skipped = { count: reader.uint(), list: optionalBytes(reader, 16) }
    } else if (key === 3) found.indexes = readIds(reader, MAX_INDEXES)
    else if (key === 4) found.configSeq = reader.uint()
    else if (key === 5) {
      reader.array(3, 3)
      found.lastVerified = { deviceId: toHex(reader.bytes(16)), seq: readSeq(reader), atUs: reader.int() }
    } else if (key === 6)
      found.accepted = reader.list(BRAKE_REASONS.length, () => BRAKE_REASONS[reader.uint(255, 1) - 1] ?? reader.fail())
    else return false
    return true
  })
  const { sources, skipped, indexes, configSeq, lastVerified, accepted } = found
  if (!sources || !skipped || !indexes || configSeq === undefined) return reader.fail()
  return {
    sources,
    skipped,
    indexes,
    configSeq,
    ...(lastVerified && { lastVerified }),
    ...(accepted && { accepted }),
  }
}

function readSource(reader: CborReader): SnapSource {
  reader.array(7, 7)
  const label = reader.text(MAX_NAME_BYTES)
  const kind = SOURCE_KINDS[reader.uint(1)] ?? reader.fail()
  const root = optionalBytes(reader, 16)
  const height = reader.uint(4)
  const files = reader.uint()
  const bytes = reader.uint()
  if (!isSafeLabel(label)) reader.fail()
  return { label, kind, root, height, files, bytes, isStale: reader.uint(1) === 1 }
}

/** A label becomes a folder's name at restore, so it is one plain path component. */
export const isSafeLabel = (label: string): boolean =>
  label !== '' &&
  label !== '.' &&
  label !== '..' &&
  !/[/\\\0]/.test(label) &&
  Buffer.byteLength(label) <= MAX_NAME_BYTES

function writeDrop(out: CborWriter, { snapshots, packs, indexes, undone }: DropBody): void {
  out.map(4)
  out.int(1).array(snapshots.length)
  for (const snapshot of snapshots) writeSeen(out, snapshot)
  out.int(2).array(packs.length)
  for (const { id, reason } of packs) {
    out
      .array(2)
      .bytes(fromHex(id))
      .int(CONDEMNED_FOR.indexOf(reason) + 1)
  }
  writeIds(out.int(3), indexes)
  out.int(4).array(undone.length)
  for (const drop of undone) writeSeen(out, drop)
}

function readDrop(reader: CborReader): DropBody {
  const found: { -readonly [K in keyof DropBody]?: DropBody[K] } = {}
  reader.map((key) => {
    if (key === 1) found.snapshots = reader.list(MAX_DROPPED.snapshots, () => readSeen(reader))
    else if (key === 2) found.packs = reader.list(MAX_DROPPED.packs, () => readCondemned(reader))
    else if (key === 3) found.indexes = readIds(reader, MAX_DROPPED.indexes)
    else if (key === 4) found.undone = reader.list(MAX_DROPPED.undone, () => readSeen(reader))
    else return false
    return true
  })
  const { snapshots, packs, indexes, undone } = found
  if (!snapshots || !packs || !indexes || !undone) return reader.fail()
  return { snapshots, packs, indexes, undone }
}

function readCondemned(reader: CborReader): CondemnedPack {
  reader.array(2, 2)
  return { id: toHex(reader.bytes(16)), reason: CONDEMNED_FOR[reader.uint(255, 1) - 1] ?? reader.fail() }
}

function writeIds(out: CborWriter, ids: readonly string[]): void {
  out.array(ids.length)
  for (const id of ids) out.bytes(fromHex(id))
}

const readIds = (reader: CborReader, max: number): readonly string[] => reader.list(max, () => toHex(reader.bytes(16)))

export function writeSeen(out: CborWriter, seen: SeenDevice): void {
  out.array(3).bytes(fromHex(seen.deviceId)).int(seen.seq).bytes(fromHex(seen.hash))
}

export function readSeen(reader: CborReader): SeenDevice {
  reader.array(3, 3)
  return { deviceId: toHex(reader.bytes(16)), seq: readSeq(reader), hash: toHex(reader.bytes(32)) }
}

const readSeq = (reader: CborReader): number => reader.uint(9_999_999_999)

export function optionalBytes(reader: CborReader, length: number): Uint8Array | null {
  const bytes = reader.bytes(undefined, length)
  if (bytes.length !== 0 && bytes.length !== length) reader.fail()
  return bytes.length === 0 ? null : bytes.slice()
}
