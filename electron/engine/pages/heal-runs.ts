import { sameBytes } from '#engine/encoding/hex.ts'
import { PART_TYPE } from '#engine/repository/part.ts'
import type { StorePart } from './batch-writer.ts'
import { type Batch, TAG_BYTES, unitsIn, unitsPerRun } from './page-parts.ts'
import type { PageTable, UsedBatch } from './page-table.ts'
import type { PagedSource } from './store-pages.ts'
import { TagTable } from './tag-table.ts'
import type { UnitTagger } from './unit-tagger.ts'

/** A file that is open for reading, and how it is cut. */
export type PagedFile = Readonly<{ source: PagedSource; fileBytes: number; unitBytes: number; tagger: UnitTagger }>

/**
 * Puts back runs that the file's last version needs and that are gone from the place, as far as their pages still stand somewhere in the file. The bytes are
 * the same, so their ids are, and every older snapshot that needs them is whole again. Reads the file once more, and
 * only when something is gone.
 */
export async function healRuns(
  file: PagedFile,
  table: PageTable,
  isStored: (partId: Uint8Array) => boolean,
  store: StorePart,
): Promise<void> {
  const isLost = ({ batch, used }: UsedBatch, run: number): boolean =>
    used[run] === 1 && !isStored(batch.runs[run] ?? new Uint8Array(0))
  const broken = table.batches.filter(
    (one) => one.batch.unitBytes === file.unitBytes && one.batch.runs.some((_, run) => isLost(one, run)),
  )
  if (broken.length === 0) return
  const offsets = findUnits(file)
  for (const one of broken) {
    for (const run of one.batch.runs.keys()) {
      const plain = isLost(one, run) ? rebuildRun(file, one.batch, run, offsets) : null
      if (plain) await store(PART_TYPE.pageRun, plain, true)
    }
  }
}

/** Where in the file each tag stands: the table's position is the number of the unit. */
function findUnits({ source, fileBytes, unitBytes, tagger }: PagedFile): TagTable {
  const units = new TagTable(unitBytes)
  const all = units.beginBatch()
  const unit = new Uint8Array(unitBytes)
  for (let number = 0; number < unitsIn(fileBytes, unitBytes); number++) {
    readUnit(source, fileBytes, number, unit)
    units.append(all, tagger.tag(unit))
  }
  return units
}

function rebuildRun(file: PagedFile, batch: Batch, run: number, units: TagTable): Uint8Array | null {
  const { unitBytes, source, fileBytes, tagger } = file
  const first = run * unitsPerRun(unitBytes)
  const count = Math.min(unitsPerRun(unitBytes), batch.tags.length / TAG_BYTES - first)
  const plain = new Uint8Array(count * unitBytes)
  for (let at = 0; at < count; at++) {
    const tag = batch.tags.subarray((first + at) * TAG_BYTES, (first + at + 1) * TAG_BYTES)
    const entry = units.find(tag)
    if (entry < 0) return null
    const unit = plain.subarray(at * unitBytes, (at + 1) * unitBytes)
    readUnit(source, fileBytes, units.positionOf(entry), unit)
    if (!sameBytes(tagger.tag(unit), tag)) return null // it has changed since
  }
  return plain
}

/** The last unit is filled up with zeros; so is one that is not there any more. */
function readUnit(source: PagedSource, fileBytes: number, number: number, unit: Uint8Array): void {
  unit.fill(0)
  const offset = number * unit.length
  source.readAt(unit.subarray(0, Math.min(unit.length, fileBytes - offset)), offset)
}
