import type { BackupState } from '#common/backup-state.ts'

/** The window, as far as closing and showing it goes. */
export interface KeptWindow {
  show(): void
  hide(): void
}

export type KeeperParts = Readonly<{
  /** True on systems where an app goes on without a window (macOS). */
  livesWithoutWindow: boolean
  /** Work that must not be cut off although the state does not show it. */
  isBusy: () => boolean
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
 * Closing the window does not stop work: the window hides, the work ends, then the app ends. When the work did not end
 * well the window comes back instead, to say so; after a restore always, because its result was asked for.
 */
export class WindowKeeper {
  readonly #parts: KeeperParts
  #hidden: KeptWindow | null = null
  #isQuitting = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** True once the app is ending for good: no window opens any more. */
  get isQuitting(): boolean {
    return this.#isQuitting
  }

  /** The app is ending for good: windows close from now on. */
  quitting(): void {
    this.#isQuitting = true
  }

  /** Answers whether the window may close; otherwise it is hidden now. */
  mayClose(window: KeptWindow, state: BackupState): boolean {
    if (this.#isQuitting || this.#parts.livesWithoutWindow) return true
    if (!isWorking(state) && !this.#parts.isBusy()) return true
    this.#hidden = window
    window.hide()
    return false
  }

  /** Called on every change of state. */
  stateChanged(state: BackupState): void {
    if (!this.#hidden || isWorking(state) || this.#parts.isBusy()) return
    if (hasEndedWell(state)) this.#parts.quit()
    else this.shown(this.#hidden)
  }

  /** Shows the window, whatever it was. */
  shown(window: KeptWindow): void {
    this.#hidden = null
    window.show()
  }
}
