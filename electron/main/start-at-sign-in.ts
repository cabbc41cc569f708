import type { BackupState } from '#common/backup-state.ts'
import type { SignInStart } from '#common/sign-in-start.ts'
import type { LoginItem } from './login-item.ts'
import type { KeptSettings } from './settings-file.ts'

export type SignInParts = Readonly<{
  item: LoginItem
  settings: KeptSettings
  /** What holds for somebody who never chose. */
  byDefault: boolean
  publish: (start: SignInStart) => void
}>

/**
 * Keeps the app starting at sign-in while backups are on, if the person wants it. What the person has switched off in the
 * system's own settings stays off: it is shown, and never overruled.
 */
export class StartAtSignIn {
  readonly #parts: SignInParts
  #told: SignInStart
  #isProtected: boolean

  constructor(parts: SignInParts) {
    this.#parts = parts
    this.#told = this.get()
    this.#isProtected = parts.settings.current.protection !== null
  }

  /** While backups are off: what will hold once they are on. */
  get(): SignInStart {
    const start = this.#read()
    if (start !== 'off' || this.#parts.settings.current.protection !== null) return start
    return this.#isWanted() ? 'on' : 'off'
  }

  async set({ isOn }: { isOn: boolean }): Promise<void> {
    await this.#parts.settings.update((all) => ({ ...all, startAtSignIn: isOn }))
    if (this.#isProtected) this.#write(isOn)
    this.look()
  }

  /** Backups may have been turned on or off. */
  stateChanged(state: BackupState): void {
    if (state.kind === 'restoring') return // comes back to where it was
    const isProtected = state.kind !== 'off' && state.kind !== 'setting-up'
    if (isProtected === this.#isProtected) return
    this.#isProtected = isProtected
    this.#write(isProtected && this.#isWanted())
    this.look()
  }

  /** The person may have changed it in the system's own settings. */
  look(): void {
    const start = this.get()
    if (start === this.#told) return
    this.#told = start
    this.#parts.publish(start)
  }

  #isWanted(): boolean {
    return this.#parts.settings.current.startAtSignIn ?? this.#parts.byDefault
  }

  #write(isOn: boolean): void {
    if (isOn && this.#read() !== 'off') return
    try {
      this.#parts.item.write(isOn)
    } catch {
      // what is so now is read again, and shown
    }
  }

  #read(): SignInStart {
    try {
      return this.#parts.item.read()
    } catch {
      return 'off'
    }
  }
}
