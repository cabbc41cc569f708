import type { TreeEntry } from '#engine/repository/tree-entry.ts'
import type { BytePath } from '#engine/source/byte-path.ts'
import { Draft, type TargetPlace } from './draft.ts'
import type { RestoreTarget } from './restore-target.ts'

export type FileEntry = Extract<TreeEntry, { kind: 'file' }>

/** Where files go, and who is told of them. */
export type FileEnds = Readonly<{
  target: RestoreTarget
  onBytes: (bytes: number) => void
  /** Told once for each file that was dealt. */
  onFile: (path: BytePath, size: number, isWhole: boolean) => void
}>

/** A file that several jobs write into; it is moved into its place when all of them are done. */
export class LargeFile {
  readonly draft: Draft
  readonly #ends: FileEnds
  readonly #path: BytePath
  readonly #entry: FileEntry
  readonly #place: TargetPlace
  isDamaged = false
  #open = 0 // jobs that are not done
  #isDealt = false
  #isOver = false

  constructor(ends: FileEnds, path: BytePath, entry: FileEntry, place: TargetPlace) {
    this.#ends = ends
    this.#path = path
    this.#entry = entry
    this.#place = place
    this.draft = Draft.create(ends.target.drafts)
  }

  /** A job was given out. */
  begun(): void {
    this.#open++
  }

  pieceDone(isWhole: boolean, bytes: number): void {
    this.#open--
    if (isWhole) this.#ends.onBytes(bytes)
    else this.isDamaged = true
    this.#endIfDone()
  }

  /** No more pieces come. */
  dealt(): void {
    this.#isDealt = true
    this.#endIfDone()
  }

  /** Lets go of it, if it is not over. */
  abandon(): void {
    if (!this.#isOver) this.draft.abandon()
    this.#isOver = true
  }

  #endIfDone(): void {
    if (!this.#isDealt || this.#open > 0 || this.#isOver) return
    this.#isOver = true
    const { target, onFile } = this.#ends
    if (this.isDamaged) this.draft.abandon()
    else {
      this.draft.end(this.#entry)
      target.settle(this.draft.path, this.#path, this.#place)
    }
    onFile(this.#path, this.#entry.size, !this.isDamaged)
  }
}
