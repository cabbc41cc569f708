import type { SetupStep } from '#common/backup-state.ts'
import type { SecretInput, Strength } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { ask, type Engine } from './ask-engine.ts'
import type { CreateBackup } from './create-backup.ts'
import { randomGroups } from './key-groups.ts'
import { nameOfPath, offState, onState, setupState } from './labels.ts'
import { NewKey, type NewKeyParts } from './new-key.ts'
import type { PlaceChoice } from './place-choice.ts'
import type { StoredDraft, StoredPlace } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'
import { SetupAnswers } from './setup-answers.ts'
import type { SheetAbout } from './sheet/recovery-sheet.ts'
import type { StateStore } from './state-store.ts'

/** What the person chooses in the system's own dialogs; null or nothing when they cancel. */
export interface SetupDialogs {
  chooseChats(): Promise<readonly string[]>
  choosePlace(): Promise<string | null>
}

export type SetupParts = NewKeyParts &
  Readonly<{
    store: StateStore
    settings: KeptSettings
    engine: Engine
    dialogs: SetupDialogs
    placeChoice: PlaceChoice
    createBackup: CreateBackup
    startBackup: () => Promise<void>
  }>

type At = SetupStep['at']

/** The wizard that turns backups on. Its answers are kept when it is left; the 64-digit key is not. */
export class SetupService {
  readonly #parts: SetupParts
  readonly #answers: SetupAnswers
  readonly #newKey: NewKey // forgotten when its two steps are left
  #isCreating = false
  #isSigningIn = false

  constructor(parts: SetupParts) {
    this.#parts = parts
    this.#newKey = new NewKey(parts)
    this.#answers = new SetupAnswers(parts.settings, parts.engine, () => this.#show())
  }

  /** True while the backup is being made at the place; the app does not end meanwhile. */
  get isCreating(): boolean {
    return this.#isCreating
  }

  async begin(fresh = false): Promise<void> {
    this.#parts.store.at('off')
    await this.#answers.begin(fresh)
    this.#parts.store.enter(setupState({ at: this.#answers.current.at }, this.#answers.current))
  }

  async back(): Promise<void> {
    const { at } = this.#step()
    switch (at) {
      case 'chats':
        return this.#parts.store.enter(offState(this.#parts.settings.current))
      case 'place':
        return await this.#go('chats')
      case 'lock':
        return await this.#go('place')
      case 'password':
      case 'key':
        this.#newKey.forget()
        return await this.#go('lock')
      case 'confirm-key':
        return await this.#go('key')
    }
  }

  async addChats(): Promise<void> {
    this.#step('chats')
    await this.#answers.addFolders(await this.#parts.dialogs.chooseChats())
  }

  async removeChats({ index }: { index: number }): Promise<void> {
    this.#step('chats')
    await this.#answers.change((draft) => ({ ...draft, chats: draft.chats.filter((_chats, at) => at !== index) }))
  }

  async toPlace(): Promise<void> {
    this.#step('chats')
    if (this.#answers.current.chats.length === 0) throw new BackupError('usage', { missing: 'chats' })
    await this.#go('place')
  }

  /** A place that failed its test is not taken; the one chosen before stays. */
  async choosePlace(): Promise<void> {
    this.#step('place')
    const path = await this.#parts.dialogs.choosePlace()
    if (path !== null) await this.#take({ spec: `folder:${path}`, name: nameOfPath(path) })
  }

  /** The person signs in in the browser meanwhile; an account that turns out not to do is let go. */
  async chooseDrive(): Promise<void> {
    this.#step('place')
    const { placeChoice } = this.#parts
    this.#isSigningIn = true
    this.#show()
    const place = await placeChoice.drive().finally(() => {
      this.#isSigningIn = false
      this.#show()
    })
    try {
      await this.#take(place)
    } catch (thrown) {
      await placeChoice.letGo(place)
      throw thrown
    }
  }

  async chooseICloud(): Promise<void> {
    this.#step('place')
    await this.#take(await this.#parts.placeChoice.iCloud())
  }

  /** Tries a place and takes it; another account that was taken before is let go. */
  async #take(place: StoredPlace): Promise<void> {
    const { repositories } = await ask(this.#parts.engine.place.look({ place: place.spec }))
    this.#step('place')
    const before = this.#answers.current.place
    await this.#answers.change((draft) => ({
      ...draft,
      place,
      existing: repositories,
      startBeside: false,
      sameDisk: false,
    }))
    if (before?.spec !== place.spec) await this.#parts.placeChoice.letGo(before)
    this.#answers.compareDisks()
  }

  async toLock({ startBeside }: { startBeside: boolean }): Promise<void> {
    this.#step('place')
    const { place, existing } = this.#answers.current
    if (place === null) throw new BackupError('usage', { missing: 'place' })
    if (existing.length > 0 && !startBeside) throw new BackupError('repository-exists')
    await this.#answers.change((draft) => ({ ...draft, startBeside }))
    await this.#go('lock')
  }

  async toPassword(): Promise<void> {
    this.#step('lock')
    await this.#go('password')
  }

  async toKey(): Promise<void> {
    this.#step('lock')
    await this.#go('key')
  }

  ratePassword({ password }: { password: string }): Promise<Strength> {
    return ask(this.#parts.engine.secret.rate({ password }))
  }

  suggestWords(): Promise<string> {
    return ask(this.#parts.engine.secret.suggestWords())
  }

  async usePassword({ password }: { password: string }): Promise<void> {
    this.#step('password')
    await this.#create({ kind: 'password', password })
  }

  async showKey(): Promise<string> {
    this.#step('key')
    return await this.#newKey.show(() => this.#step('key'))
  }

  async hideKey(): Promise<void> {
    this.#newKey.hide()
  }

  async copyKey(): Promise<{ clearsInSeconds: number }> {
    this.#step('key')
    return await this.#newKey.copy()
  }

  async saveSheet(): Promise<boolean> {
    this.#step('key')
    return await this.#newKey.saveSheet(this.#sheetAbout())
  }

  async printSheet(): Promise<boolean> {
    this.#step('key')
    return await this.#newKey.printSheet(this.#sheetAbout())
  }

  /** The backup is made after its key: its mark is not known yet. */
  #sheetAbout(): SheetAbout {
    return { mark: null, placeSpec: this.#answers.current.place?.spec ?? null }
  }

  async keySaved(): Promise<void> {
    this.#step('key')
    this.#newKey.shown()
    this.#newKey.hide()
    this.#parts.store.enter(setupState({ at: 'confirm-key', groups: randomGroups() }, this.#answers.current))
  }

  async confirmKey({ groups: typed }: { groups: readonly [string, string] }): Promise<void> {
    const { groups } = this.#step('confirm-key')
    await this.#create({ kind: 'key', key: this.#newKey.confirmed(groups, typed) })
  }

  /** Makes the backup and starts the first run. One at a time; a failure leaves the step as it was. */
  async #create(secret: SecretInput): Promise<void> {
    const { store, createBackup, startBackup } = this.#parts
    this.#isCreating = true
    try {
      const protection = await createBackup(secret, this.#answers.current)
      this.#newKey.forget()
      store.enter(onState(protection, null))
    } catch (thrown) {
      this.#isCreating = false
      if (BackupError.from(thrown).code === 'repository-exists') await this.#showExisting()
      this.#show() // nothing has changed, but work has ended: a window that hid comes back
      throw thrown
    }
    this.#isCreating = false
    await startBackup()
  }

  /** A backup has appeared at the place since it was chosen: back to where the person says which way to go. */
  async #showExisting(): Promise<void> {
    const spec = this.#answers.current.place?.spec ?? ''
    const found = await this.#parts.engine.place.look({ place: spec })
    if (found.ok) await this.#answers.change((draft) => ({ ...draft, existing: found.value.repositories }))
    await this.#go('place')
  }

  /** The step the wizard is at. Throws `usage` when it is another one or the wizard is not open, `busy` at work. */
  #step(): SetupStep
  #step<A extends At>(at: A): Extract<SetupStep, { at: A }>
  #step(at?: At): SetupStep {
    const { step } = this.#parts.store.at('setting-up')
    if (this.#isCreating) throw new BackupError('busy')
    if (at !== undefined && step.at !== at) throw new BackupError('usage', { step: step.at, wanted: at })
    return step
  }

  async #go(at: StoredDraft['at']): Promise<void> {
    this.#newKey.hide()
    const { step } = this.#parts.store.at('setting-up')
    await this.#answers.change((draft) => ({ ...draft, at }))
    if (this.#step() !== step) return // somebody was faster
    this.#parts.store.enter(setupState({ at }, this.#answers.current))
  }

  #show(): void {
    const state = this.#parts.store.get()
    if (state.kind !== 'setting-up') return
    this.#parts.store.enter(setupState(state.step, this.#answers.current, this.#isSigningIn))
  }
}
