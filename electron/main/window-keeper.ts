import type { BackupState } from '#common/backup-state.ts'

export type KeeperParts = Readonly<{
  /** Whether the app goes on without a window, because backups are on and it can be reached in another way. */
  livesWithoutWindow: () => Promise<boolean>
  /** Work that must not be cut off although the state does not show it. */
  isBusy: () => boolean
  /** Opens a window. */
  show: () => void
  quit: () => void
}>

/** True while something goes on that a person expects to end by itself. */
export function isWorking(state: BackupState): boolean {
  switch (state.kind) {
    case 'backing-up':
      return true
    case 'restoring':
      return state.step.at === 'writing'
    case 'turning-off':
      return state.step.at === 'deleting'
    case 'changing-secret':
      return state.step.at === 'starting'
    case 'off':
    case 'setting-up':
    case 'on':
      return false
  }
}

/** True when there is nothing left that a person should see or answer. */
function hasEndedWell(state: BackupState): boolean {
  switch (state.kind) {
    case 'on':
      return state.problem === null
    case 'off':
      return state.leftBehind === 0
    case 'setting-up':
    case 'backing-up':
    case 'restoring':
    case 'changing-secret':
    case 'turning-off':
      return false
  }
}

/**
 * What a closed window means. Where the app lives without one it goes on. Elsewhere work that goes on is ended first,
 * then the app ends; when the work did not end well a window comes back instead, to say so; after a restore always,
 * because its result was asked for.
 */
export class WindowKeeper {
  readonly #parts: KeeperParts
  #window: 'open' | 'none' | 'none-until-done' = 'none'
  #isQuitting = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** True once the app is ending for good: no window opens any more. */
  get isQuitting(): boolean {
    return this.#isQuitting
  }

  /** The app is ending for good. */
  quitting(): void {
    this.#isQuitting = true
  }

  /** A window is there. */
  opened(): void {
    this.#window = 'open'
  }

  /** There is no window any more. Answers whether the app goes on without one. */
  async withoutWindow(state: () => BackupState): Promise<boolean> {
    this.#window = 'none'
    if (this.#isQuitting) return false
    const lives = await this.#parts.livesWithoutWindow()
    if (this.#isQuitting || this.#isOpen()) return false // meanwhile
    if (lives) return true
    this.#window = 'none-until-done'
    if (!this.#isAtWork(state())) this.#parts.quit()
    return false
  }

  /** Called on every change of state. */
  stateChanged(state: BackupState): void {
    if (this.#window !== 'none-until-done' || this.#isAtWork(state)) return
    if (hasEndedWell(state)) this.#parts.quit()
    else this.#parts.show()
  }

  #isAtWork(state: BackupState): boolean {
    return isWorking(state) || this.#parts.isBusy()
  }

  #isOpen(): boolean {
    return this.#window === 'open'
  }
}
