import type { PlainError } from '#common/errors.ts'
import type { UnitsOfRun } from '#engine/pages/restore-pages.ts'
import type { PartType } from '#engine/repository/part.ts'
import type { FileFacts, TargetFolder, TargetPlace } from './draft.ts'

/** A part and where it lies. Everything here is plain, because it may cross to a worker. */
export type PartAt = Readonly<{
  pack: string // path below the repository's folder
  offset: number
  storedLength: number
  plainLength: number
  type: PartType
  id: Uint8Array
}>

/** A file that is one part, or empty. */
export type SmallFile = FileFacts & Readonly<{ place: TargetPlace; size: number; part: PartAt | null }>

/** A piece of a large file and where it goes. */
export type Piece = Readonly<{ part: PartAt; at: number }>

/** Units of a file kept by page, and the run that they lie in. */
export type RunOfUnits = Omit<UnitsOfRun, 'id'> & Readonly<{ part: PartAt }>

/** A job is about this large: some hundredths of a second, so that a cancel is quick. */
export const JOB_BYTES = 4 * 2 ** 20

/** What one worker does in one go. */
export type Job =
  | Readonly<{ kind: 'files'; drafts: TargetFolder; files: readonly SmallFile[] }>
  | Readonly<{ kind: 'pieces'; draft: Uint8Array; pieces: readonly Piece[] }>
  | Readonly<{ kind: 'runs'; draft: Uint8Array; fileBytes: number; unitBytes: number; runs: readonly RunOfUnits[] }>

/**
 * `taken`: the file is whole, and its place is not free; its draft is told. `undone`: something failed before it was its
 * turn, or while it was; doing it again is safe.
 */
export type Done = 'done' | 'damaged' | 'undone' | Readonly<{ taken: Uint8Array }>

/** For each file of a job how it went, or for all its pieces or runs at once; and what failed, if something is undone. */
export type JobEnd = Readonly<{ ends: readonly Done[]; failure: PlainError | null }>
