import { randomUUID } from 'node:crypto'
import type { LastBackup } from '#common/backup-state.ts'
import type { BackupEnding, BackupOutcome, BackupProgress, DoneCount, Manners } from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import { askWithProgress, type Engine, isEngineEnded } from './ask-engine.ts'
import { withDeviceKey } from './device-key.ts'
import type { Keychain } from './keychain.ts'
import { onState, protectionLabel, withoutPaths } from './labels.ts'
import type { StoredProtection } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'
import type { StateStore } from './state-store.ts'

/** Who wanted a run. */
export type AskedBy = 'schedule' | 'person'

/** How a run ended. `problem` null and `outcome` null: it was stopped. */
export type RunEnd = Readonly<{
  by: AskedBy
  startedAtMs: number
  outcome: BackupOutcome | null
  problem: PlainError | null
}>

/** Hears of every run, and says how it should behave. */
export interface RunWatch {
  manners(by: AskedBy): Manners
  runBegan(by: AskedBy): void
  runEnded(end: RunEnd): void
}

export type BackupParts = Readonly<{
  store: StateStore
  settings: KeptSettings
  engine: Engine
  keychain: Pick<Keychain, 'get'>
  nowMs: () => number
  watch: () => RunWatch // asked for late: it starts runs itself
}>

type Running = { run: string; by: AskedBy; startedAtMs: number; isCancelled: boolean; ended: Promise<void> }

const NOTHING: DoneCount = { doneFiles: 0, totalFiles: 0, doneBytes: 0, totalBytes: 0 }
const NO_PROGRESS: BackupProgress = {
  phase: 'preparing',
  kinds: { messages: NOTHING, photos: NOTHING, voice: NOTHING, videos: NOTHING },
}

const DAYS_SHOWN = 14

/** Runs one backup at a time. How it ended stands in the state: a new time, or the old one and the problem. */
export class BackupService {
  readonly #parts: BackupParts
  #running: Running | null = null

  constructor(parts: BackupParts) {
    this.#parts = parts
  }

  /** Resolves when the run has started; a run that is under way already is not an error. */
  async start(by: AskedBy = 'person'): Promise<void> {
    if (this.#running) return
    const { store, settings, nowMs, watch } = this.#parts
    store.at('on')
    const { protection } = settings.current
    if (!protection) throw new BackupError('usage', { missing: 'protection' })
    const startedAtMs = nowMs()
    store.enter({ kind: 'backing-up', ...protectionLabel(protection), progress: NO_PROGRESS, startedAtMs })
    const running: Running = { run: randomUUID(), by, startedAtMs, isCancelled: false, ended: Promise.resolve() }
    this.#running = running
    watch().runBegan(by)
    running.ended = this.#run(running, protection)
  }

  /** Asks the run to stop; what it has saved stays saved and is used next time. */
  async cancel(): Promise<void> {
    if (!this.#running) return
    this.#running.isCancelled = true
    await this.#parts.engine.run.cancel({ run: this.#running.run })
  }

  /** Cancels and waits for the end. */
  async stop(): Promise<void> {
    await this.cancel()
    await this.#running?.ended
  }

  async seenFirstDone(): Promise<void> {
    const { store, settings } = this.#parts
    const { problem } = store.at('on')
    await this.#remember((protection) => ({ ...protection, firstDoneSeen: true }))
    const { protection } = settings.current
    if (protection && store.get().kind === 'on') store.enter(onState(protection, problem))
  }

  /** Never throws: every ending is a state. */
  async #run(running: Running, before: StoredProtection): Promise<void> {
    let problem: BackupError | null = null
    let ending: BackupEnding | null = null
    try {
      const run = await this.#backUp(running, before)
      await this.#remember((protection) => this.#with(protection, run))
      ending = run
      const [name] = run.unreadable
      if (name !== undefined) problem = new BackupError('source-unreadable', { name }) // the others are saved
    } catch (thrown) {
      problem = BackupError.from(thrown)
      if (problem.code === 'cancelled' || running.isCancelled) problem = null
    }
    this.#running = null
    const plain = problem && problem.toPlain()
    this.#parts.store.enter(onState(this.#parts.settings.current.protection ?? before, plain))
    const { by, startedAtMs } = running
    this.#parts
      .watch()
      .runEnded({ by, startedAtMs, outcome: plain ? null : ending, problem: plain && withoutPaths(plain) })
  }

  /** An engine that ended in mid-run is started again, once: the run carries on from what is at the place. */
  async #backUp(running: Running, protection: StoredProtection): Promise<BackupEnding> {
    try {
      return await this.#backUpOnce(running, protection)
    } catch (thrown) {
      if (!isEngineEnded(BackupError.from(thrown))) throw thrown
      return await this.#backUpOnce(running, protection)
    }
  }

  async #backUpOnce(running: Running, protection: StoredProtection): Promise<BackupEnding> {
    const { engine, keychain } = this.#parts
    const { place, repository } = protection
    return await withDeviceKey(keychain, repository, async (deviceKey) => {
      if (running.isCancelled) throw new BackupError('cancelled')
      const sources = protection.chats.map(({ path, name }) => ({ path, label: name }))
      const { run, by } = running
      const manners = this.#parts.watch().manners(by)
      return await askWithProgress(
        engine.backup.progress,
        run,
        ({ progress }) => this.#show(progress),
        () => engine.backup.start({ run, place: place.spec, repository, sources, deviceKey, manners }),
      )
    })
  }

  #show(progress: BackupProgress): void {
    const { store } = this.#parts
    const state = store.get()
    if (state.kind === 'backing-up') store.progress({ ...state, progress })
  }

  #with(protection: StoredProtection, ending: BackupEnding): StoredProtection {
    const { takenAtMs, files, bytes, addedBytes, seconds, skipped, secrets } = ending
    const lastBackup: LastBackup = { takenAtMs, files, bytes, addedBytes, seconds, skippedFiles: skipped.length }
    const days = new Set([...protection.backupDays, localDay(this.#parts.nowMs())])
    const oldest = localDay(this.#parts.nowMs(), 1 - DAYS_SHOWN)
    return { ...protection, secrets, lastBackup, backupDays: [...days].filter((day) => day >= oldest).sort() }
  }

  async #remember(change: (protection: StoredProtection) => StoredProtection): Promise<void> {
    await this.#parts.settings.update((all) => (all.protection ? { ...all, protection: change(all.protection) } : all))
  }
}

/** The local date, YYYY-MM-DD, so many days later. */
function localDay(ms: number, daysLater = 0): string {
  const date = new Date(ms)
  date.setDate(date.getDate() + daysLater)
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'))
  return `${date.getFullYear()}-${month}-${day}`
}
