import { BackupError } from '#common/errors.ts'
import { PART_TYPE, type PartType, partKey } from '#engine/repository/part.ts'
import {
  type Batch,
  batchUnits,
  decodeBatch,
  decodePageFile,
  decodeSegment,
  type PageFile,
  type Segment,
  unitsPerRun,
} from './page-parts.ts'

/** A batch that a file names, and which of its runs the file still needs: 1 or 0 for each. */
export type UsedBatch = Readonly<{ id: Uint8Array; batch: Batch; used: Uint8Array }>

/** Everything a file kept by page is made of, without the pages themselves. */
export type PageTable = Readonly<{ batches: readonly UsedBatch[] }>

/** The runs that hold pages of the file. Others of its batches held pages that it had before, and may be gone. */
export const usedRuns = ({ batches }: PageTable): readonly Uint8Array[] =>
  batches.flatMap(({ batch, used }) => batch.runs.filter((_, run) => used[run] === 1))

/** Fetches and opens a part. */
export type FetchPart = (type: PartType, id: Uint8Array) => Promise<Uint8Array>

/** @throws BackupError `damaged` */
export async function readPageFile(id: Uint8Array, fetch: FetchPart): Promise<PageFile> {
  return decodePageFile(await fetch(PART_TYPE.pageFile, id), partKey(id))
}

/** @throws BackupError `damaged` */
export async function readSegment(id: Uint8Array, fetch: FetchPart): Promise<Segment> {
  return decodeSegment(await fetch(PART_TYPE.pageSegment, id), partKey(id))
}

/** @throws BackupError `damaged` */
export async function readBatch(id: Uint8Array, fetch: FetchPart): Promise<Batch> {
  return decodeBatch(await fetch(PART_TYPE.pageBatch, id), partKey(id))
}

/**
 * Learns from the repository what a stored file is made of, for a device that has no table of its own. Costs about
 * 1.3 MB of reading for a database of 300 MB, and none of its pages.
 *
 * @throws BackupError `damaged`
 */
export async function rebuildPageTable(pageFileId: Uint8Array, fetch: FetchPart): Promise<PageTable> {
  const { segments } = await readPageFile(pageFileId, fetch)
  const batches = new Map<string, UsedBatch>()
  for (const id of segments) {
    const segment = await readSegment(id, fetch)
    for (const batchId of segment.batches) {
      const key = partKey(batchId)
      if (batches.has(key)) continue
      const batch = await readBatch(batchId, fetch)
      batches.set(key, { id: batchId, batch, used: new Uint8Array(batch.runs.length) })
    }
    markUsed(segment, batches)
  }
  return { batches: [...batches.values()] }
}

function markUsed({ batches: ids, extents }: Segment, batches: ReadonlyMap<string, UsedBatch>): void {
  for (const { batch: index, start, length } of extents) {
    const found = batches.get(partKey(ids[index] ?? new Uint8Array(0)))
    if (!found || start + length > batchUnits(found.batch)) throw new BackupError('damaged', { name: 'page segment' })
    const perRun = unitsPerRun(found.batch.unitBytes)
    found.used.fill(1, Math.floor(start / perRun), Math.floor((start + length - 1) / perRun) + 1)
  }
}
