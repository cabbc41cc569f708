import type { ChangeSecretStep, PresenceKind, SecretTask } from '#common/backup-state.ts'
import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import { ask } from './ask-engine.ts'
import { withDeviceKey } from './device-key.ts'
import { randomGroups } from './key-groups.ts'
import type { Keychain } from './keychain.ts'
import { changingSecretState, onState } from './labels.ts'
import { NewKey, type NewKeyParts } from './new-key.ts'
import type { StoredProtection } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'
import type { SheetAbout } from './sheet/recovery-sheet.ts'
import type { StateStore } from './state-store.ts'
import type { WaitingSecrets } from './waiting-secrets.ts'
import type { WhoIsThere } from './who-is-there.ts'

export type ChangeSecretParts = NewKeyParts &
  Readonly<{
    store: StateStore
    settings: KeptSettings
    keychain: Pick<Keychain, 'get'>
    whoIsThere: WhoIsThere
    waiting: Pick<WaitingSecrets, 'ask'>
  }>

type At = ChangeSecretStep['at']

/**
 * Changes what opens the backup. Who knows a secret proves it and has a new one at once; who forgot it asks for one that
 * counts after a wait (`WaitingSecrets`). No secret stays here but the new key while it is shown: a proof renews what
 * this device keeps of the backup's root, and the change is made with that.
 */
export class ChangeSecretService {
  readonly #parts: ChangeSecretParts
  readonly #newKey: NewKey
  #problem: PlainError | null = null
  #presence: PresenceKind | null = null
  #isAsking = false
  #isChanging = false

  constructor(parts: ChangeSecretParts) {
    this.#parts = parts
    this.#newKey = new NewKey(parts)
  }

  /** True while the secret is being changed at the place; the app does not end meanwhile. */
  get isChanging(): boolean {
    return this.#isChanging
  }

  async begin(task: SecretTask): Promise<void> {
    const { store } = this.#parts
    store.at('on')
    this.#mustFit(task)
    this.#presence = task.want === 'forgot' ? await this.#whoIsThere() : null
    this.#problem = store.at('on').problem
    this.#enter(task, { at: task.want === 'forgot' ? task.kind : 'prove' })
  }

  async prove({ secret }: { secret: SecretInput }): Promise<void> {
    const { settings, engine, keychain } = this.#parts
    const { task, step } = this.#at('prove')
    const { place, repository } = this.#protection()
    const { secrets } = await withDeviceKey(keychain, repository, (deviceKey) =>
      ask(engine.repository.signIn({ place: place.spec, repository, secret, deviceKey })),
    )
    await settings.update((all) => (all.protection ? { ...all, protection: { ...all.protection, secrets } } : all))
    if (this.#now().step === step) this.#enter(task, { at: task.kind }) // else it was left meanwhile
  }

  async usePassword({ password }: { password: string }): Promise<void> {
    this.#at('password')
    await this.#use({ kind: 'password', password })
  }

  async showKey(): Promise<string> {
    this.#at('key')
    return await this.#newKey.show(() => this.#at('key'))
  }

  async hideKey(): Promise<void> {
    this.#newKey.hide()
  }

  async copyKey(): Promise<{ clearsInSeconds: number }> {
    this.#at('key')
    return await this.#newKey.copy()
  }

  async saveSheet(): Promise<boolean> {
    this.#at('key')
    return await this.#newKey.saveSheet(this.#sheetAbout())
  }

  async printSheet(): Promise<boolean> {
    this.#at('key')
    return await this.#newKey.printSheet(this.#sheetAbout())
  }

  #sheetAbout(): SheetAbout {
    const { mark, place } = this.#protection()
    return { mark, placeSpec: place.spec }
  }

  async keySaved(): Promise<void> {
    const { task } = this.#at('key')
    this.#newKey.shown()
    this.#newKey.hide()
    this.#enter(task, { at: 'confirm-key', groups: randomGroups() })
  }

  async confirmKey({ groups: typed }: { groups: readonly [string, string] }): Promise<void> {
    const { step } = this.#at('confirm-key')
    await this.#use({ kind: 'key', key: this.#newKey.confirmed(step.groups, typed) })
  }

  async back(): Promise<void> {
    const { task, step } = this.#now()
    switch (step.at) {
      case 'confirm-key':
        return this.#enter(task, { at: 'key' })
      case 'password':
      case 'key':
        this.#newKey.forget()
        return task.want === 'forgot' ? await this.leave() : this.#enter(task, { at: 'prove' })
      case 'prove':
      case 'done':
      case 'starting':
        return await this.leave()
    }
  }

  /** Back to on. What was not used is forgotten. */
  async leave(): Promise<void> {
    this.#now()
    this.#newKey.forget()
    this.#parts.store.enter(onState(this.#protection(), this.#problem))
  }

  /** The window has gone: nobody can go on with what was begun there, and backups must not wait for it. */
  windowGone(): void {
    const state = this.#parts.store.get()
    if (state.kind === 'changing-secret' && state.step.at !== 'starting' && !this.#isChanging) void this.leave()
  }

  /** One at a time; a failure leaves the step as it was, and doing it again makes a change whole that was cut off. */
  async #use(secret: SecretInput): Promise<void> {
    const { task } = this.#now()
    this.#isChanging = true
    try {
      if (task.want === 'forgot') await this.#parts.waiting.ask(secret, this.#presence)
      const left = task.want === 'forgot' ? null : await this.#change(task, secret)
      this.#isChanging = false // before the state changes: whoever hears of it looks whether work goes on
      this.#newKey.forget()
      if (left === null) await this.leave()
      else this.#enter(task, { at: 'done', left })
    } catch (thrown) {
      this.#isChanging = false
      this.#enter(task, this.#now().step) // nothing has changed, but work has ended: a window that hid comes back
      throw thrown
    }
  }

  /** Whoever proves a secret has not forgotten it: what waits for that reason is called off with the change. */
  async #change({ want }: SecretTask, secret: SecretInput): Promise<number> {
    const { settings, engine, keychain } = this.#parts
    const { place, repository } = this.#protection()
    const { secrets, left } = await withDeviceKey(keychain, repository, (deviceKey) =>
      ask(engine.secret.change({ place: place.spec, repository, secret, keepOther: want === 'add', deviceKey })),
    )
    await settings.update((all) =>
      all.protection ? { ...all, protection: { ...all.protection, secrets, waiting: null } } : all,
    )
    return left
  }

  async #whoIsThere(): Promise<PresenceKind | null> {
    if (this.#isAsking) throw new BackupError('busy')
    this.#isAsking = true
    try {
      return await this.#parts.whoIsThere.confirm()
    } finally {
      this.#isAsking = false
    }
  }

  #mustFit({ want, kind }: SecretTask): void {
    const { secrets, waiting } = this.#protection()
    if (want === 'forgot' && waiting) throw new BackupError('busy')
    if (want !== 'forgot' && secrets.includes(kind) !== (want === 'change'))
      throw new BackupError('usage', { want, kind })
  }

  /** Where the change is. Throws `usage` when none is open or at another step, `busy` at work. */
  #now(): Readonly<{ task: SecretTask; step: ChangeSecretStep }> {
    const { task, step } = this.#parts.store.at('changing-secret')
    if (this.#isChanging || step.at === 'starting') throw new BackupError('busy')
    return { task, step }
  }

  #at<A extends At>(at: A): Readonly<{ task: SecretTask; step: Extract<ChangeSecretStep, { at: A }> }> {
    const { task, step } = this.#now()
    if (step.at !== at) throw new BackupError('usage', { step: step.at, wanted: at })
    return { task, step: step as Extract<ChangeSecretStep, { at: A }> }
  }

  #enter(task: SecretTask, step: ChangeSecretStep): void {
    this.#parts.store.enter(changingSecretState(this.#protection(), task, step))
  }

  #protection(): StoredProtection {
    const { protection } = this.#parts.settings.current
    if (!protection) throw new BackupError('usage', { missing: 'protection' })
    return protection
  }
}
