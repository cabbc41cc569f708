import { PART_TYPE, type PartType, partKey } from '#engine/repository/part.ts'
import { type Batch, decodeBatch, decodePageFile, decodeSegment, type PageFile, type Segment } from './page-parts.ts'

/** Everything a file kept by page is made of, without the pages themselves. */
export type PageTable = Readonly<{ batches: readonly Readonly<{ id: Uint8Array; batch: Batch }>[] }>

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
  const batches = new Map<string, Readonly<{ id: Uint8Array; batch: Batch }>>()
  for (const segment of segments) {
    for (const id of (await readSegment(segment, fetch)).batches) {
      const key = partKey(id)
      if (!batches.has(key)) batches.set(key, { id, batch: await readBatch(id, fetch) })
    }
  }
  return { batches: [...batches.values()] }
}
