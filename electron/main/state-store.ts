import { type BackupState, type BackupStateKind, canFollow } from '#common/backup-state.ts'
import { BackupError } from '#common/errors.ts'

type StateOf<K extends BackupStateKind> = Extract<BackupState, { kind: K }>

/** At most ten times a second is told how far something is; people cannot see more. */
const PROGRESS_EVERY_MS = 100

/** Holds the one state of the app and tells the windows of every change, whole. */
export class StateStore {
  readonly #publish: (state: BackupState) => void
  #state: BackupState
  #toldAtMs = 0
  #later: ReturnType<typeof setTimeout> | null = null

  constructor(initial: BackupState, publish: (state: BackupState) => void) {
    this.#state = initial
    this.#publish = publish
  }

  get(): BackupState {
    return this.#state
  }

  /**
   * The state, if it is of this kind.
   *
   * @throws BackupError `usage` otherwise: the window asked for something that does not fit what is going on.
   */
  at<K extends BackupStateKind>(kind: K): StateOf<K> {
    if (this.#state.kind !== kind) throw new BackupError('usage', { state: this.#state.kind, wanted: kind })
    return this.#state as StateOf<K>
  }

  /** Moves on and tells at once. */
  enter(next: BackupState): void {
    this.#follow(next)
    this.#tell()
  }

  /** The same kind of state with other numbers; told at most ten times a second, the last one always. */
  progress(next: BackupState): void {
    this.#follow(next)
    const dueMs = this.#toldAtMs + PROGRESS_EVERY_MS - performance.now()
    if (dueMs <= 0) this.#tell()
    else this.#later ??= setTimeout(() => this.#tell(), dueMs)
  }

  #follow(next: BackupState): void {
    if (!canFollow(this.#state.kind, next.kind)) throw new Error(`${next.kind} may not follow ${this.#state.kind}`)
    this.#state = next
  }

  #tell(): void {
    if (this.#later) clearTimeout(this.#later)
    this.#later = null
    this.#toldAtMs = performance.now()
    this.#publish(this.#state)
  }
}
