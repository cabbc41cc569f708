import { type FramedPart, PART_TYPE, type PartType } from '#engine/repository/part.ts'
import { RUN_BYTES, TAG_BYTES, unitsIn } from './page-parts.ts'
import type { PagedSource } from './store-pages.ts'
import type { UnitTagger } from './unit-tagger.ts'

/** A piece of a file by page. It begins at a unit, and is as long as whole runs unless it ends with the file. */
export type PageRange = Readonly<{
  unitBytes: number
  offset: number
  length: number
  /** All of its units are new: they are stored as runs, in order. Otherwise they are only looked at. */
  isNew: boolean
}>

/** Tags of a range's units in order, 16 bytes each, and ids of the runs that hold them if it was new. */
export type ReadRange = Readonly<{ tags: Uint8Array; runs: readonly Uint8Array[] }>

/** Where ranges of one file can be read beside each other. */
export type PageLanes = Readonly<{
  room(): Promise<void>
  read(range: PageRange): Promise<ReadRange | null>
}>

/** Stores the plaintext in `part` if it is new and answers its id. */
export type StoreRun = (type: PartType, part: FramedPart, length: number, compress: boolean) => Promise<Uint8Array>

/**
 * Reads a range: one sequential read and a tag for each unit.
 *
 * @param room - with room for a run; used for reading.
 * @returns null when the file ends before the range does.
 */
export async function readRange(
  source: PagedSource,
  { unitBytes, offset, length, isNew }: PageRange,
  tagger: UnitTagger,
  room: FramedPart,
  store: StoreRun,
): Promise<ReadRange | null> {
  const tags = new Uint8Array(unitsIn(length, unitBytes) * TAG_BYTES)
  const runs: Uint8Array[] = []
  let unit = 0
  for (let done = 0; done < length; done += RUN_BYTES) {
    const wanted = Math.min(RUN_BYTES, length - done)
    const whole = unitsIn(wanted, unitBytes) * unitBytes
    const run = room.plain(whole)
    if (source.readAt(run.subarray(0, wanted), offset + done) !== wanted) return null
    run.fill(0, wanted) // the last unit is filled up
    for (let at = 0; at < whole; at += unitBytes)
      tags.set(tagger.tag(run.subarray(at, at + unitBytes)), unit++ * TAG_BYTES)
    if (isNew) runs.push(await store(PART_TYPE.pageRun, room, whole, true))
  }
  return { tags, runs }
}
