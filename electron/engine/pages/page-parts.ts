import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'

/**
 * The parts that a file kept by page consists of (docs/format.md, Databases by page):
 *
 *     page file ──▶ segments (1,024 units each) ──▶ batches (what one backup added) ──▶ runs (the pages themselves)
 */

/** A unit is a page, or as many small pages as make 4 KiB. */
export const MIN_UNIT_BYTES = 4096
export const TAG_BYTES = 16
/** Bytes of units that are compressed and sealed together. */
export const RUN_BYTES = 256 * 1024
export const SEGMENT_UNITS = 1024
export const MAX_BATCH_UNITS = 65_536
export const MAX_SEGMENT_BATCHES = 255
/** Above this a file is kept in plain parts: its page file would not fit into one part. */
export const MAX_PAGED_UNITS = 2 ** 27

const ID_BYTES = 16
const DIGEST_BYTES = 32

/** What one backup added to one file: tags of its units in order, and the runs that hold them. */
export type Batch = Readonly<{
  unitBytes: number
  runs: readonly Uint8Array[] // part ids; unit p lies in run ⌊p / unitsPerRun⌋
  tags: Uint8Array // 16 bytes a unit
}>

/** Neighbouring units of a file that are neighbours in a batch too. */
export type Extent = Readonly<{ batch: number; start: number; length: number }>

/** Where 1,024 neighbouring units of a file lie; `batch` in an extent counts in `batches`. */
export type Segment = Readonly<{ batches: readonly Uint8Array[]; extents: readonly Extent[] }>

/** A file kept by page. The digest is SHA-256 over the tags of all units in file order. */
export type PageFile = Readonly<{
  fileBytes: number
  pageSize: number
  unitBytes: number
  segments: readonly Uint8Array[]
  digest: Uint8Array
}>

export const unitBytesFor = (pageSize: number): number => Math.max(pageSize, MIN_UNIT_BYTES)
export const unitsIn = (fileBytes: number, unitBytes: number): number => Math.ceil(fileBytes / unitBytes)
export const unitsPerRun = (unitBytes: number): number => RUN_BYTES / unitBytes
export const batchUnits = (batch: Batch): number => batch.tags.length / TAG_BYTES

export function encodeBatch({ unitBytes, runs, tags }: Batch): Uint8Array {
  const out = new CborWriter(tags.length + runs.length * 17 + 64).map(3)
  out.int(1).int(unitBytes)
  writeIds(out.int(2), runs)
  return out.int(3).bytes(tags).finish()
}

/** @throws BackupError `damaged` with `name` */
export function decodeBatch(plain: Uint8Array, name: string): Batch {
  const reader = new CborReader(plain, name)
  let unitBytes = 0
  let runs: readonly Uint8Array[] = []
  let tags = new Uint8Array(0)
  reader.map((key) => {
    if (key === 1) unitBytes = readUnitBytes(reader)
    else if (key === 2) runs = readIds(reader, MAX_BATCH_UNITS)
    else if (key === 3) tags = reader.bytes(undefined, MAX_BATCH_UNITS * TAG_BYTES).slice()
    else return false
    return true
  })
  reader.end()
  const units = tags.length / TAG_BYTES
  if (unitBytes === 0 || units === 0 || runs.length !== Math.ceil(units / unitsPerRun(unitBytes))) reader.fail()
  return { unitBytes, runs, tags }
}

export function encodeSegment({ batches, extents }: Segment): Uint8Array {
  const out = new CborWriter(batches.length * 17 + extents.length * 9 + 32).map(2)
  writeIds(out.int(1), batches)
  out.int(2).array(extents.length * 3)
  for (const { batch, start, length } of extents) out.int(batch).int(start).int(length)
  return out.finish()
}

/** @throws BackupError `damaged` with `name` */
export function decodeSegment(plain: Uint8Array, name: string): Segment {
  const reader = new CborReader(plain, name)
  let batches: readonly Uint8Array[] = []
  const extents: Extent[] = []
  let units = 0
  reader.map((key) => {
    if (key === 1) batches = readIds(reader, MAX_SEGMENT_BATCHES)
    else if (key === 2) {
      const numbers = reader.array(SEGMENT_UNITS * 3)
      if (numbers % 3 !== 0) reader.fail()
      for (let i = 0; i < numbers; i += 3) {
        const batch = reader.uint(MAX_SEGMENT_BATCHES - 1)
        const start = reader.uint(MAX_BATCH_UNITS - 1)
        const length = reader.uint(SEGMENT_UNITS, 1)
        if (batch >= batches.length || start + length > MAX_BATCH_UNITS) reader.fail()
        units += length
        extents.push({ batch, start, length })
      }
    } else return false
    return true
  })
  reader.end()
  if (units === 0 || units > SEGMENT_UNITS) reader.fail()
  return { batches, extents }
}

export const segmentUnits = ({ extents }: Segment): number => extents.reduce((sum, { length }) => sum + length, 0)

export function encodePageFile(file: PageFile): Uint8Array {
  const out = new CborWriter(file.segments.length * ID_BYTES + 128).map(5)
  out.int(1).int(file.fileBytes)
  out.int(2).int(file.pageSize)
  out.int(3).int(file.unitBytes)
  const ids = new Uint8Array(file.segments.length * ID_BYTES)
  for (const [i, id] of file.segments.entries()) ids.set(id, i * ID_BYTES)
  return out.int(4).bytes(ids).int(5).bytes(file.digest).finish()
}

/** @throws BackupError `damaged` with `name` */
export function decodePageFile(plain: Uint8Array, name: string): PageFile {
  const reader = new CborReader(plain, name)
  let fileBytes = 0
  let pageSize = 0
  let unitBytes = 0
  let ids = new Uint8Array(0)
  let digest = new Uint8Array(0)
  reader.map((key) => {
    if (key === 1) fileBytes = reader.uint(2 ** 40, 1)
    else if (key === 2) pageSize = reader.uint(65_536, 512)
    else if (key === 3) unitBytes = readUnitBytes(reader)
    else if (key === 4) ids = reader.bytes().slice()
    else if (key === 5) digest = reader.bytes(DIGEST_BYTES).slice()
    else return false
    return true
  })
  reader.end()
  const units = unitBytes === 0 ? 0 : unitsIn(fileBytes, unitBytes)
  const isWhole = units > 0 && units <= MAX_PAGED_UNITS && unitBytes === unitBytesFor(pageSize)
  if (!isWhole || digest.length === 0 || ids.length !== Math.ceil(units / SEGMENT_UNITS) * ID_BYTES) reader.fail()
  const segments = Array.from({ length: ids.length / ID_BYTES }, (_, i) =>
    ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES),
  )
  return { fileBytes, pageSize, unitBytes, segments, digest }
}

function readUnitBytes(reader: CborReader): number {
  const unitBytes = reader.uint(65_536, MIN_UNIT_BYTES)
  return (unitBytes & (unitBytes - 1)) === 0 ? unitBytes : reader.fail()
}

function writeIds(out: CborWriter, ids: readonly Uint8Array[]): void {
  out.array(ids.length)
  for (const id of ids) out.bytes(id)
}

const readIds = (reader: CborReader, max: number): Uint8Array[] =>
  reader.list(max, () => reader.bytes(ID_BYTES).slice())
