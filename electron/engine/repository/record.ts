import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import type { EpochKeys, Keyring } from './keyring.ts'
import { baseName, type RecordKind } from './names.ts'
import { openObject, sealObject } from './object.ts'
import {
  type BRAKE_REASONS,
  kindNumber,
  MAX_NAME_BYTES,
  optionalBytes,
  readBody,
  readSeen,
  writeBody,
  writeSeen,
} from './record-body.ts'

/** What a record knows of another device's chain: its highest record. */
export type SeenDevice = Readonly<{ deviceId: string; seq: number; hash: string }>

/** One source as a snapshot holds it: a tree of entries, under a label that restore uses as its folder. */
export type SnapSource = Readonly<{
  label: string
  kind: 'folder' | 'file'
  root: Uint8Array | null // part id of the tree's top; null for an empty source
  height: number // levels above the leaves, 0 when the root is a leaf
  files: number
  bytes: number
  isStale: boolean // taken over from an earlier snapshot, because it could not be read
}>

export type SnapBody = Readonly<{
  sources: readonly SnapSource[]
  skipped: Readonly<{ count: number; list: Uint8Array | null }> // list: part id of the first 10,000
  indexes: readonly string[] // ids of this device's index objects that the snapshot relies on
  configSeq: number // newest config the writer knew: a reader that sees only older ones sees an older state
  /** The newest snapshot of which every byte at the place was read and proven since it was made. */
  lastVerified?: Readonly<{ deviceId: string; seq: number; atUs: number }>
  /** What looked wrong about this change, and was accepted by an explicit yes. */
  accepted?: readonly BrakeReason[]
}>

export type BrakeReason = (typeof BRAKE_REASONS)[number]

/** A pack that is to go: not counted as stored any more, readable until it is removed. */
export type CondemnedPack = Readonly<{ id: string; reason: 'unreferenced' | 'repacked' | 'orphan' }>

/** What is to go, in two steps (docs/format.md, Retention): said here, removed a month later if nobody needs it. */
export type DropBody = Readonly<{
  snapshots: readonly SeenDevice[] // hash: of the record
  packs: readonly CondemnedPack[]
  indexes: readonly string[] // ids of index objects whose packs others name
  undone: readonly SeenDevice[] // drop records that count for nothing any more
}>

/**
 * What a place had lost when a person chose to go on from an older state: nobody misses it any more.
 * `configSeq` is the highest number of the settings that are gone, or 0.
 */
export type Lost = Readonly<{ records: readonly SeenDevice[]; configSeq: number }>

/** A sealed link of a device's chain (docs/format.md, Records). */
export type ChainRecord = Readonly<{
  deviceId: string
  seq: number
  prev: Uint8Array | null // SHA-256 of the previous record's stored bytes; null at seq 1
  timeUs: number // for people; order comes from seq
  deviceName: string
  seen: readonly SeenDevice[]
  renamedFrom: SeenDevice | null
  body:
    | Readonly<{ kind: 'join'; lost?: Lost }>
    | Readonly<{ kind: 'snap' } & SnapBody>
    | Readonly<{ kind: 'drop' } & DropBody>
    | Readonly<{ kind: 'retire'; device: SeenDevice }>
}>

/** A record with what its file says of it. */
export type StoredRecord = Readonly<{ path: string; id: string; hash: string; record: ChainRecord }>

const MAX_DEVICES = 1024

/** How many index objects a snapshot names at most, so that its record stays small. */
export const MAX_NAMED_INDEXES = 64

/** The hash by which the next record names this one. */
export const recordHash = (bytes: Uint8Array): string => toHex(sha256(bytes))

/**
 * Seals a record.
 *
 * @throws BackupError `damaged` when it breaks a bound of the format, so that it could never be read.
 */
export function sealRecord(keyring: Keyring, name: string, record: ChainRecord): Uint8Array {
  const out = new CborWriter(1024)
  out.map(9)
  out.int(1).int(kindNumber(record.body))
  out.int(2).bytes(fromHex(record.deviceId))
  out.int(3).int(record.seq)
  out.int(4).bytes(record.prev ?? new Uint8Array(0))
  out.int(5).int(record.timeUs)
  out.int(6).text(record.deviceName)
  out.int(7).array(record.seen.length)
  for (const seen of record.seen) writeSeen(out, seen)
  out.int(8).array(record.renamedFrom ? 1 : 0)
  if (record.renamedFrom) writeSeen(out, record.renamedFrom)
  out.int(9)
  writeBody(out, record.body)
  const body = out.finish()
  decodeRecord(body, name) // what no reader would take is never written
  return sealObject(keyring, 'record', name, body, fromHex(record.deviceId))
}

/**
 * Opens a record and checks that its content agrees with its name. `void`: it is whole, but was written under a root
 * after that was rotated away, and counts for nothing.
 *
 * @throws BackupError `damaged` with the record's name.
 */
export function openRecord(
  keyring: Keyring,
  listed: Readonly<{ path: string; deviceId: string; seq: number; record: RecordKind; id: string }>,
  bytes: Uint8Array,
): StoredRecord | 'void' {
  const name = baseName(listed.path)
  const { body, keys } = openObject(keyring, 'record', name, bytes, fromHex(listed.deviceId))
  const record = decodeRecord(body, name)
  const hash = recordHash(bytes)
  const isAsNamed =
    record.deviceId === listed.deviceId && record.seq === listed.seq && record.body.kind === listed.record
  if (!isAsNamed) throw new BackupError('damaged', { name })
  if (!isBeforeRotation(keyring, keys, record, hash)) return 'void'
  return { path: listed.path, id: listed.id, hash, record }
}

/**
 * A record under a root that was rotated away counts only up to where its device's chain ended then: whoever stole that
 * root can still write records under it.
 */
function isBeforeRotation(keyring: Keyring, keys: EpochKeys, { deviceId, seq }: ChainRecord, hash: string): boolean {
  const ends = keyring.closed.get(toHex(keys.keyId))
  if (!ends) return true
  const end = ends.find((closed) => closed.deviceId === deviceId)
  return end !== undefined && (seq < end.seq || (seq === end.seq && hash === end.hash))
}

function decodeRecord(bytes: Uint8Array, name: string): ChainRecord {
  const reader = new CborReader(bytes, name)
  let kind: number | undefined
  let bodyAt: ChainRecord['body'] | undefined
  const found: { -readonly [K in Exclude<keyof ChainRecord, 'body'>]?: ChainRecord[K] } = {}
  reader.map((key) => {
    if (key === 1) kind = reader.uint(255)
    else if (key === 2) found.deviceId = toHex(reader.bytes(16))
    else if (key === 3) found.seq = reader.uint(9_999_999_999, 1)
    else if (key === 4) found.prev = optionalBytes(reader, 32)
    else if (key === 5) found.timeUs = reader.int()
    else if (key === 6) found.deviceName = reader.text(MAX_NAME_BYTES)
    else if (key === 7) found.seen = reader.list(MAX_DEVICES, () => readSeen(reader))
    else if (key === 8) found.renamedFrom = reader.list(1, () => readSeen(reader))[0] ?? null
    else if (key === 9) bodyAt = readBody(reader, kind)
    else return false
    return true
  })
  reader.end()
  const { deviceId, seq, prev, timeUs, deviceName, seen, renamedFrom } = found
  if (!deviceId || !seq || prev === undefined || timeUs === undefined || deviceName === undefined) return reader.fail()
  if (!seen || renamedFrom === undefined || !bodyAt || (prev === null) !== (seq === 1)) return reader.fail()
  return { deviceId, seq, prev, timeUs, deviceName, seen, renamedFrom, body: bodyAt }
}
