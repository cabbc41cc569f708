import type { TurnOffStep } from '#common/backup-state.ts'
import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import { ask, type Engine } from './ask-engine.ts'
import type { ConfirmTokens } from './confirm-tokens.ts'
import { offState, onState, turningOffState, withoutPaths } from './labels.ts'
import type { LeaveBackup } from './leave-backup.ts'
import type { StoredProtection } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'
import type { StateStore } from './state-store.ts'

export type TurnOffParts = Readonly<{
  store: StateStore
  settings: KeptSettings
  engine: Engine
  tokens: ConfirmTokens
  leaveBackup: LeaveBackup
  stopBackup: () => Promise<void>
}>

/** While the question is on the screen it must not run out: people read at their own pace. */
const RENEW_EVERY_MS = 30_000

type Verified = Readonly<{ session: string; snapshots: number; bytes: number }>

/** Turns backups off: the secret, then a confirmation, then no way back. */
export class TurnOffService {
  readonly #parts: TurnOffParts
  #problem: PlainError | null = null
  #verified: Verified | null = null
  #renewal: ReturnType<typeof setInterval> | null = null
  #isFinishing = false

  constructor(parts: TurnOffParts) {
    this.#parts = parts
  }

  /** True while a confirmed turn-off is at work; the app does not end meanwhile. */
  get isFinishing(): boolean {
    return this.#isFinishing
  }

  /** Backups stop first. */
  async begin(): Promise<void> {
    const { store, stopBackup } = this.#parts
    await stopBackup()
    this.#problem = store.at('on').problem
    this.#enter({ at: 'secret' })
  }

  /** Opens the backup with the secret; nothing less proves that it is right. */
  async verify({ secret }: { secret: SecretInput }): Promise<void> {
    const { settings, engine } = this.#parts
    this.#step()
    const { place, repository } = this.#protection(settings.current.protection)
    const verified = await ask(engine.turnOff.open({ place: place.spec, repository, secret }))
    if (this.#parts.store.get().kind !== 'turning-off' || this.#isFinishing) {
      await engine.turnOff.close({ session: verified.session }) // cancelled meanwhile
      return
    }
    await this.#closeSession()
    this.#verified = verified
    this.#askForConfirmation()
    this.#renewal = setInterval(() => this.#askForConfirmation(), RENEW_EVERY_MS)
    this.#renewal.unref()
  }

  /**
   * Ends the backup. Once this has begun there is no way back to `on`, except when the engine says that it has not
   * begun at all: the place is not there, and the backups were to be deleted.
   *
   * @throws BackupError `usage` for a token that was used, is stale or was never given.
   */
  async finish({ token, deleteBackups }: { token: string; deleteBackups: boolean }): Promise<void> {
    const step = this.#step()
    const verified = this.#verified
    if (step.at !== 'confirm' || !verified || !this.#parts.tokens.use(token)) {
      throw new BackupError('usage', { reason: 'not-confirmed' })
    }
    const { store, settings, leaveBackup } = this.#parts
    const protection = this.#protection(settings.current.protection)
    this.#isFinishing = true
    this.#stopAsking()
    const show = (done: number, total: number) =>
      store.progress(turningOffState(protection, { at: 'deleting', done, total }))
    try {
      if (deleteBackups) store.enter(turningOffState(protection, { at: 'deleting', done: 0, total: 0 }))
      await leaveBackup.confirm(verified.session, deleteBackups, show)
    } catch (thrown) {
      await this.#closeSession()
      this.#isFinishing = false // before the state changes: whoever hears of it looks whether work goes on
      const problem = withoutPaths(BackupError.from(thrown).toPlain())
      store.enter(turningOffState(protection, { at: 'secret', problem }))
      throw thrown
    }
    this.#verified = null
    this.#isFinishing = false
    store.enter(offState(settings.current))
  }

  async cancel(): Promise<void> {
    const { store, settings } = this.#parts
    this.#step()
    store.enter(onState(this.#protection(settings.current.protection), this.#problem))
    await this.#closeSession()
  }

  /** Carries on, at the start of the app, with what was cut off. Shown only when it has the whole app's attention. */
  async resume(): Promise<void> {
    const { store, settings, leaveBackup } = this.#parts
    this.#isFinishing = store.get().kind === 'turning-off'
    await leaveBackup.resume((done, total) => {
      const state = store.get()
      if (state.kind === 'turning-off') store.progress({ ...state, step: { at: 'deleting', done, total } })
    })
    this.#isFinishing = false
    const { kind } = store.get()
    if (kind === 'turning-off' || kind === 'off') store.enter(offState(settings.current))
  }

  #askForConfirmation(): void {
    if (!this.#verified) return
    const { snapshots, bytes } = this.#verified
    this.#enter({ at: 'confirm', token: this.#parts.tokens.issue(), snapshots, bytes })
  }

  #stopAsking(): void {
    if (this.#renewal) clearInterval(this.#renewal)
    this.#renewal = null
    this.#parts.tokens.clear()
  }

  async #closeSession(): Promise<void> {
    this.#stopAsking()
    const session = this.#verified?.session
    this.#verified = null
    if (session !== undefined) await this.#parts.engine.turnOff.close({ session })
  }

  #step(): TurnOffStep {
    const { step } = this.#parts.store.at('turning-off')
    if (this.#isFinishing || step.at === 'deleting') throw new BackupError('busy')
    return step
  }

  #protection(protection: StoredProtection | null): StoredProtection {
    if (!protection) throw new BackupError('usage', { missing: 'protection' })
    return protection
  }

  #enter(step: TurnOffStep): void {
    const { protection } = this.#parts.settings.current
    if (protection) this.#parts.store.enter(turningOffState(protection, step))
  }
}
