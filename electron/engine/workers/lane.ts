import type { StoredFile } from '#engine/backup/store-file.ts'
import type { PageRange, ReadRange } from '#engine/pages/page-range.ts'
import type { BytePath } from '#engine/source/byte-path.ts'
import type { SkipCode } from '#engine/source/source.ts'

/** A piece of work that reads files and stores what is new. Sources are known by their number in the run. */
export type LaneTask =
  | Readonly<{ kind: 'files'; files: readonly FileInLane[] }>
  | Readonly<{ kind: 'range'; file: FileInLane; offset: number; length: number }>
  | Readonly<{ kind: 'pages'; file: FileInLane; range: PageRange }>

export type FileInLane = Readonly<{ source: number; path: BytePath }>

/** What came of one file: as it was stored, why it was left out, or that it is a database and is the run's own work. */
export type FileOutcome = StoredFile | SkipCode | 'database'

/** What came of a piece of work: of each file; or the parts or pages of a range, null when it could not be read whole. */
export type LaneResults = Readonly<{
  files: readonly FileOutcome[]
  range: readonly Uint8Array[] | null
  pages: ReadRange | null
}>

/** What lanes count while they work. */
export type LaneCounts = Readonly<{ newParts: number; incompressibleBytes: number }>

/**
 * Where the work of reading, hashing, compressing, sealing and filling packs is done: in the run's own thread, or spread
 * over workers. Only what is said here crosses between threads, and finished packs, by reference.
 */
export interface Lanes {
  /** Whether they work beside the run's own thread, which may then wait for them in the middle of something. */
  readonly areThreads: boolean
  /** What was done so far. */
  readonly counts: LaneCounts
  /** Resolves when there is room for another piece of work, so that work does not pile up before a slow place. */
  room(): Promise<void>
  run<T extends LaneTask>(task: T): Promise<LaneResults[T['kind']]>
  /** Brings what is left in open packs to the place. */
  finish(): Promise<void>
  /** Ends the lanes at once: what is not at the place by then is forgotten. Nothing of it goes on afterwards. */
  close(): Promise<void>
}
