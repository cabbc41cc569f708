import { randomUUID } from 'node:crypto'
import type { FoundBackup, RestoreItem, RestoreStep } from '#common/backup-state.ts'
import type { SecretInput, SnapshotSummary } from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import { ask, askWithProgress, type Engine, isEngineEnded } from './ask-engine.ts'
import { nameOfPath, offState, onState, placeLabel, protectionLabel, withoutPaths } from './labels.ts'
import type { PlaceChoice } from './place-choice.ts'
import type { StoredPlace } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'
import type { StateStore } from './state-store.ts'

export interface RestoreDialogs {
  choosePlace(): Promise<string | null>
  chooseTarget(): Promise<string | null>
}

export type RestoreParts = Readonly<{
  store: StateStore
  settings: KeptSettings
  engine: Engine
  dialogs: RestoreDialogs
  placeChoice: PlaceChoice
  /** Shows a folder in the system's file manager. */
  showFolder: (path: string) => void
}>

type StepAt<At extends RestoreStep['at']> = Extract<RestoreStep, { at: At }>
type Writing = { run: string; isCancelled: boolean; ended: Promise<void> }

/** Brings chats back: find the backup, open it with the secret, choose a day, choose what, write. */
export class RestoreService {
  readonly #parts: RestoreParts
  #problem: PlainError | null = null // of the state restore was begun from
  #place: StoredPlace | null = null
  #isSigningIn = false
  #backup: FoundBackup | null = null
  #session: string | null = null
  #snapshots: readonly SnapshotSummary[] = []
  #folder: string | null = null
  #found: readonly FoundBackup[] = []
  #writing: Writing | null = null

  constructor(parts: RestoreParts) {
    this.#parts = parts
  }

  /** With backups on, their own place is known and only the secret is asked; it always is. */
  async begin(): Promise<void> {
    const { store, settings } = this.#parts
    const state = store.get()
    if (state.kind !== 'on') store.at('off')
    this.#problem = state.kind === 'on' ? state.problem : null
    this.#found = []
    this.#folder = null
    const { protection } = settings.current
    this.#place = protection?.place ?? null
    if (!protection) return this.#enter({ at: 'find', place: null, found: [] })
    const { repository, mark, lastBackup } = protection
    this.#backup = { repository, mark, lastAddedMs: lastBackup?.takenAtMs ?? null }
    this.#enter({ at: 'unlock', place: placeLabel(protection.place), backup: this.#backup })
  }

  async choosePlace(): Promise<void> {
    this.#step('find')
    const path = await this.#parts.dialogs.choosePlace()
    if (path !== null) await this.#look({ spec: `folder:${path}`, name: nameOfPath(path) })
  }

  async chooseDrive(): Promise<void> {
    this.#step('find')
    const { placeChoice } = this.#parts
    this.#isSigningIn = true
    this.#enterFind()
    const place = await placeChoice.drive().finally(() => {
      this.#isSigningIn = false
      if (this.#isAtFind()) this.#enterFind()
    })
    try {
      await this.#look(place)
    } catch (thrown) {
      await placeChoice.letGo(place)
      throw thrown
    }
  }

  async chooseICloud(): Promise<void> {
    this.#step('find')
    await this.#look(await this.#parts.placeChoice.iCloud())
  }

  async #look(place: StoredPlace): Promise<void> {
    const { repositories } = await ask(this.#parts.engine.place.look({ place: place.spec, readOnly: true }))
    this.#step('find')
    this.#place = place
    this.#found = repositories
    this.#enterFind()
  }

  async choose({ repository }: { repository: string }): Promise<void> {
    const { found } = this.#step('find')
    const backup = found.find((one) => one.repository === repository)
    if (!backup || !this.#place) throw new BackupError('no-repository')
    this.#backup = backup
    this.#enter({ at: 'unlock', place: placeLabel(this.#place), backup })
  }

  /** The secret goes to the engine and is not kept here; what it opened stays open until restore is left. */
  async unlock({ secret }: { secret: SecretInput }): Promise<void> {
    const step = this.#step('unlock')
    const [place, backup] = [this.#place, this.#backup]
    if (!place || !backup) throw new BackupError('usage', { missing: 'backup' })
    const { engine } = this.#parts
    const { session, snapshots } = await ask(
      engine.restore.open({ place: place.spec, repository: backup.repository, secret }),
    )
    if (!this.#isAt(step)) return void (await engine.restore.close({ session })) // left, or pressed twice
    this.#session = session
    this.#snapshots = snapshots
    this.#enter({ at: 'day', snapshots })
  }

  async chooseDay({ snapshot: id }: { snapshot: string }): Promise<void> {
    const { snapshots } = this.#step('day')
    const snapshot = snapshots.find((one) => one.id === id)
    if (!snapshot) throw new BackupError('not-found')
    const items = await this.#inSession((session) =>
      ask(this.#parts.engine.restore.contents({ session, snapshot: id })),
    )
    this.#step('day')
    this.#enter({ at: 'pick', snapshot, items, folder: this.#folder && nameOfPath(this.#folder) })
  }

  async chooseFolder(): Promise<void> {
    this.#step('pick')
    const path = await this.#parts.dialogs.chooseTarget()
    if (path === null) return
    const { snapshot, items } = this.#step('pick')
    this.#folder = path
    this.#enter({ at: 'pick', snapshot, items, folder: nameOfPath(path) })
  }

  /** Resolves when writing has started. Nothing chosen means everything. */
  async start({ only }: { only: readonly string[] }): Promise<void> {
    const pick = this.#step('pick')
    const to = this.#folder
    if (to === null) throw new BackupError('usage', { missing: 'folder' })
    const chosen = new Set(only)
    const known = pick.items.filter(({ path }) => chosen.has(path))
    if (known.length !== chosen.size) throw new BackupError('not-found')
    const part = known.length === pick.items.length ? [] : known
    const writing: Writing = { run: randomUUID(), isCancelled: false, ended: Promise.resolve() }
    this.#writing = writing
    this.#enter({ at: 'writing', done: countOf(part.length > 0 ? part : pick.items) })
    writing.ended = this.#write(writing, pick, part, to)
  }

  /** Stops writing; what is back stays back, and starting again with the same choice goes on from there. */
  async cancel(): Promise<void> {
    if (!this.#writing) return
    this.#writing.isCancelled = true
    await this.#parts.engine.run.cancel({ run: this.#writing.run })
    await this.#writing?.ended
  }

  async openFolder(): Promise<void> {
    this.#step('done')
    if (this.#folder !== null) this.#parts.showFolder(this.#folder)
  }

  async back(): Promise<void> {
    const step = this.#current()
    switch (step.at) {
      case 'writing':
        return await this.cancel()
      case 'pick':
        return this.#enter({ at: 'day', snapshots: this.#snapshots })
      case 'day':
        return await this.#lockAgain()
      case 'unlock':
        return this.#parts.settings.current.protection ? await this.leave() : this.#enterFind()
      case 'find':
      case 'done':
        return await this.leave()
    }
  }

  async leave(): Promise<void> {
    await this.cancel()
    const { store, settings } = this.#parts
    store.at('restoring')
    const { protection } = settings.current
    store.enter(protection ? onState(protection, this.#problem) : offState(settings.current))
    await this.#closeSession()
    const isKept = this.#place?.spec === protection?.place.spec
    if (!isKept) await this.#parts.placeChoice.letGo(this.#place)
  }

  /** Never throws: an ending is a step. */
  async #write(writing: Writing, pick: StepAt<'pick'>, part: readonly RestoreItem[], to: string): Promise<void> {
    const { run } = writing
    const { restore } = this.#parts.engine
    try {
      const outcome = await this.#inSession((session) =>
        askWithProgress(
          restore.progress,
          run,
          ({ done }) => this.#show(writing, done),
          () => restore.start({ run, session, snapshot: pick.snapshot.id, only: part.map(({ path }) => path), to }),
        ),
      )
      const { files, bytes, missing, notes, seconds } = outcome
      const folder = nameOfPath(to)
      this.#writing = null
      this.#enter({
        at: 'done',
        result: { folder, files, bytes, missing: missing.length, notes: notes.length, seconds },
      })
      await this.#closeSession()
    } catch (thrown) {
      this.#writing = null
      const error = BackupError.from(thrown)
      if (this.#session === null) return this.#enterUnlock(error.toPlain()) // it closed; the secret is needed again
      const isWanted = error.code === 'cancelled' || writing.isCancelled
      const { problem: _before, ...again } = pick
      const folder = nameOfPath(to)
      this.#enter({ ...again, folder, ...(isWanted ? {} : { problem: withoutPaths(error.toPlain()) }) })
    }
  }

  #show(writing: Writing, done: StepAt<'writing'>['done']): void {
    const state = this.#parts.store.get()
    if (state.kind !== 'restoring' || state.step.at !== 'writing' || this.#writing !== writing) return
    this.#parts.store.progress({ ...state, step: { at: 'writing', done } })
  }

  /** Works with what the secret opened. An engine that ended has closed it: back to unlock. */
  async #inSession<T>(work: (session: string) => Promise<T>): Promise<T> {
    try {
      return await work(this.#session ?? '')
    } catch (thrown) {
      if (isEngineEnded(BackupError.from(thrown))) {
        this.#session = null
        if (!this.#writing) this.#enterUnlock()
      }
      throw thrown
    }
  }

  async #lockAgain(): Promise<void> {
    this.#enterUnlock()
    await this.#closeSession()
  }

  async #closeSession(): Promise<void> {
    const session = this.#session
    this.#session = null
    this.#snapshots = []
    if (session !== null) await this.#parts.engine.restore.close({ session })
  }

  #isAt(step: RestoreStep): boolean {
    const state = this.#parts.store.get()
    return state.kind === 'restoring' && state.step === step
  }

  #current(): RestoreStep {
    return this.#parts.store.at('restoring').step
  }

  #isAtFind(): boolean {
    const state = this.#parts.store.get()
    return state.kind === 'restoring' && state.step.at === 'find'
  }

  #step<At extends RestoreStep['at']>(at: At): StepAt<At> {
    const step = this.#current()
    if (step.at !== at) throw new BackupError('usage', { step: step.at, wanted: at })
    return step as StepAt<At>
  }

  #enterFind(): void {
    const signingIn = this.#isSigningIn ? { isSigningIn: true } : {}
    this.#enter({ at: 'find', place: this.#place && placeLabel(this.#place), found: this.#found, ...signingIn })
  }

  #enterUnlock(problem?: PlainError): void {
    if (!this.#place || !this.#backup) return this.#enterFind()
    const step = { at: 'unlock', place: placeLabel(this.#place), backup: this.#backup } as const
    this.#enter(problem ? { ...step, problem } : step)
  }

  #enter(step: RestoreStep): void {
    const { store, settings } = this.#parts
    const { protection } = settings.current
    store.enter({ kind: 'restoring', step, protection: protection && protectionLabel(protection) })
  }
}

function countOf(items: readonly RestoreItem[]): StepAt<'writing'>['done'] {
  const totalFiles = items.reduce((sum, { files }) => sum + files, 0)
  const totalBytes = items.reduce((sum, { bytes }) => sum + bytes, 0)
  return { doneFiles: 0, totalFiles, doneBytes: 0, totalBytes }
}
