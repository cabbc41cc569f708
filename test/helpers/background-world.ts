import type { Background, BackgroundSettings, HistoryEntry, SilentDevice } from '#common/background.ts'
import type { BackupState, Protection } from '#common/backup-state.ts'
import type { BackupOutcome, BackupProgress } from '#common/engine-contract.ts'
import { BackupError, type ErrorCode, type PlainError } from '#common/errors.ts'
import {
  type BackgroundFile,
  type KeptBackground,
  NO_BACKGROUND,
} from '../../electron/main/background/background-file.ts'
import { BackgroundService } from '../../electron/main/background/background-service.ts'
import type { Chores } from '../../electron/main/background/chores.ts'
import { Diary } from '../../electron/main/background/diary.ts'
import type { Surroundings } from '../../electron/main/background/hold-back.ts'
import { dateOf, wallClock } from '../../electron/main/background/wall-clock.ts'
import type { AskedBy } from '../../electron/main/backup-service.ts'
import { protectionLabel } from '../../electron/main/labels.ts'
import type { StoredProtection } from '../../electron/main/settings.ts'
import { NO_SETTINGS } from '../../electron/main/settings.ts'
import type { KeptSettings } from '../../electron/main/settings-file.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A computer on its desk, online. */
export const AT_THE_DESK: Surroundings = {
  isOnline: true,
  isOnBattery: false,
  batteryPercent: null,
  isMetered: false,
  network: 'Home',
  isHot: false,
  isFullScreen: false,
  isPlaceThere: true,
}

type Timer = { dueMs: number; call: () => void }
type Run = { by: AskedBy; startedAtMs: number; endsMs: number }

/** A run or a notification, by the clock on the wall: `2027-06-08 07:36 good`. */
export type Line = string

const NO_PROGRESS = {} as BackupProgress

/** A person, a computer and the weather of a year, around the service that decides what happens by itself. */
export class BackgroundWorld {
  nowMs: number
  zone: string
  surroundings = AT_THE_DESK
  /** How a backup ends that would end now; null: well. */
  outcome: () => ErrorCode | null = () => null
  runMinutes = 4
  isWatched = false
  /** For so long nobody has touched the computer. */
  idleSeconds = 0
  readonly limits: (number | null)[] = []
  /** What the engine would do; the numbers are its own. */
  broken = 0
  cleanUpFails: BackupError | null = null
  /** A proof does not end by itself. */
  isSlow = false
  readonly chores: Chores = {
    cleanUp: async (_protection, how) => {
      this.asked.push({ at: this.shown, chore: 'clean-up', ...how })
      if (this.cleanUpFails) throw this.cleanUpFails
      const numbers = { dropped: 1, freedBytes: 5, usedBytes: 100, goingBytes: 10, fewerBytes: 7, seconds: 1 }
      return { ...numbers, isWhole: true, silent: this.silent }
    },
    prove: async (_protection, signal) => {
      if (this.isSlow) await aborted(signal)
      this.asked.push({ at: this.shown, chore: 'proof' })
      return { files: 4, databases: 1, broken: this.broken, seconds: 1 }
    },
    retire: async (_protection, deviceId) => void this.asked.push({ at: this.shown, chore: 'retire', deviceId }),
    opens: async (_protection, secret) => {
      if (secret.kind !== 'password' || secret.password !== 'right') throw new BackupError('wrong-secret')
    },
  }
  readonly asked: Readonly<Record<string, unknown>>[] = []
  silent: readonly SilentDevice[] = []
  /** Writing what is remembered fails, as on a full disk. */
  isDiskFull = false
  readonly runs: Line[] = []
  readonly notices: Line[] = []
  readonly history: HistoryEntry[] = []
  readonly published: Background[] = []
  awake = 0 // how many keep the computer awake
  looks = 0
  kept: BackgroundFile
  protection: StoredProtection | null
  service: BackgroundService
  #state: BackupState
  #timers: Timer[] = []
  #run: Run | null = null
  #chance: () => number

  constructor(start: string, zone: string, settings: Partial<BackgroundSettings> = {}, chance = () => 0.5) {
    this.zone = zone
    this.#chance = chance
    this.nowMs = this.at(start)
    this.kept = { ...NO_BACKGROUND, settings: { ...NO_BACKGROUND.settings, ...settings } }
    this.protection = {
      repository: 'a1',
      mark: 'Wren 42',
      place: { spec: 'folder:/media/disk', name: 'Disk' },
      chats: [],
      secrets: ['password'],
      waiting: null,
      sinceMs: this.nowMs,
      lastBackup: null,
      backupDays: [],
      firstDoneSeen: true,
    } satisfies StoredProtection
    this.#state = { kind: 'on', ...this.label, problem: null, showFirstDone: false }
    this.service = this.#build()
  }

  /** Absolute time of a wall time here, `2027-03-28 02:00`. */
  at(text: string): number {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = text.split(/[- :]/).map(Number)
    return wallClock(this.zone).at({ year, month, day, hour, minute })
  }

  get shown(): string {
    const time = wallClock(this.zone).read(this.nowMs)
    return `${dateOf(time)} ${String(time.hour).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}`
  }

  get label(): Protection {
    if (!this.protection) throw new Error('backups are off')
    return protectionLabel(this.protection)
  }

  /** The app starts, or starts again after it was killed: what it had in memory is gone. */
  async start(): Promise<void> {
    this.#timers = []
    if (this.#run) this.#state = { kind: 'on', ...this.label, problem: null, showFirstDone: false }
    this.#run = null
    this.awake = 0
    this.service = this.#build()
    await this.service.begin()
    await this.#settle()
  }

  /** Time goes by while the computer is awake. */
  async until(text: string | number): Promise<void> {
    const endMs = typeof text === 'number' ? text : this.at(text)
    for (;;) {
      const timer = this.#timers.reduce<Timer | null>(
        (first, one) => (first && first.dueMs <= one.dueMs ? first : one),
        null,
      )
      const nextMs = Math.min(timer?.dueMs ?? Number.POSITIVE_INFINITY, this.#run?.endsMs ?? Number.POSITIVE_INFINITY)
      if (nextMs > endMs) break
      this.nowMs = Math.max(this.nowMs, nextMs)
      if (this.#run && this.#run.endsMs <= this.nowMs) this.#endRun(this.outcome())
      else if (timer) {
        this.#timers = this.#timers.filter((one) => one !== timer)
        this.looks++
        timer.call()
      }
      await this.#settle()
    }
    this.nowMs = Math.max(this.nowMs, endMs)
  }

  /** The computer sleeps: timers and runs stand still, and go on when it wakes. */
  async sleepUntil(text: string): Promise<void> {
    const sleptMs = this.at(text) - this.nowMs
    this.nowMs += sleptMs
    for (const timer of this.#timers) timer.dueMs += sleptMs
    if (this.#run) this.#run.endsMs += sleptMs
    await this.service.woke()
    await this.#settle()
  }

  /** Something around the computer changes, and the system tells of it. */
  async becomes(change: Partial<Surroundings>): Promise<void> {
    this.surroundings = { ...this.surroundings, ...change }
    await this.service.look()
    await this.#settle()
  }

  /** Somebody begins a restore, and stops half-way. */
  async beginRestore(): Promise<void> {
    this.#enter({ kind: 'restoring', step: { at: 'find', place: null, found: [] }, protection: this.label })
    await this.#settle()
  }

  async press(): Promise<void> {
    await this.#start('person')
    await this.#settle()
  }

  /** The app ends in order: what runs is stopped first. */
  async quit(): Promise<void> {
    this.service.quitting()
    this.#endRun(null, true)
    await this.#settle()
  }

  /** Everything that goes on by itself at one moment comes to its end. */
  async #settle(): Promise<void> {
    await this.service.look()
    await new Promise((resolve) => setImmediate(resolve))
  }

  async #start(by: AskedBy): Promise<void> {
    if (this.#run) return
    this.#run = { by, startedAtMs: this.nowMs, endsMs: this.nowMs + this.runMinutes * MINUTE }
    this.#enter({ kind: 'backing-up', ...this.label, progress: NO_PROGRESS, startedAtMs: this.nowMs })
    this.service.runBegan(by)
    this.service.manners(by)
  }

  #endRun(code: ErrorCode | null, isStopped = false): void {
    const run = this.#run
    if (!run || !this.protection) return
    this.#run = null
    const startedAt = this.shown.replace(/\d\d:\d\d$/, this.#timeOf(run.startedAtMs))
    this.runs.push(`${startedAt} ${isStopped ? 'stopped' : (code ?? 'good')}${run.by === 'person' ? ' by hand' : ''}`)
    const isGood = code === null && !isStopped
    const numbers = { files: 4, bytes: 40, addedBytes: 20, seconds: 1 }
    if (isGood)
      this.protection = { ...this.protection, lastBackup: { takenAtMs: this.nowMs, ...numbers, skippedFiles: 0 } }
    const problem: PlainError | null = code && !isStopped ? { code, facts: {} } : null
    this.#enter({ kind: 'on', ...this.label, problem, showFirstDone: false })
    const outcome: BackupOutcome = { snapshot: 'a', takenAtMs: this.nowMs, unchanged: false, ...numbers, skipped: [] }
    this.service.runEnded({ by: run.by, startedAtMs: run.startedAtMs, outcome: isGood ? outcome : null, problem })
  }

  #timeOf(ms: number): string {
    const { hour, minute } = wallClock(this.zone).read(ms)
    return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  }

  #enter(state: BackupState): void {
    this.#state = state
    this.service.stateChanged(state)
  }

  #build(): BackgroundService {
    return new BackgroundService({
      state: () => this.#state,
      settings: new SettingsOf(this),
      kept: new MemoryOf(this),
      backup: {
        start: (by = 'person') => this.#start(by),
        cancel: async () => this.#endRun(null, true),
      },
      surroundings: {
        glance: async () => this.surroundings,
        look: async () => this.surroundings,
        needsNetwork: () => true,
      },
      clock: {
        nowMs: () => this.nowMs,
        zone: () => this.zone,
        random: this.#chance,
        after: (ms, call) => {
          const timer = { dueMs: this.nowMs + ms, call }
          this.#timers.push(timer)
          return () => {
            this.#timers = this.#timers.filter((one) => one !== timer)
          }
        },
      },
      publish: (next) => void this.published.push(next),
      keepAwake: () => {
        this.awake++
        return () => void this.awake--
      },
      notify: (cause, { days }) =>
        void this.notices.push(`${this.shown} ${cause}${cause === 'no-backup' ? ` for ${days} days` : ''}`),
      isWatched: () => this.isWatched,
      chores: this.chores,
      leaveScreen: async () => this.#enter({ kind: 'on', ...this.label, problem: null, showFirstDone: false }),
      idleSeconds: () => this.idleSeconds,
      limit: (bytesPerSecond) => void this.limits.push(bytesPerSecond),
      diary: new Diary({
        history: { add: async (entry) => void this.history.push(entry) },
        log: { write: () => undefined },
        nowMs: () => this.nowMs,
      }),
      log: { write: () => undefined },
    })
  }
}

/** Ends as work does that was told to give way. */
async function aborted(signal: AbortSignal): Promise<never> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve)
  })
  throw new BackupError('cancelled')
}

class SettingsOf implements KeptSettings {
  readonly #world: BackgroundWorld

  constructor(world: BackgroundWorld) {
    this.#world = world
  }

  get current() {
    return { ...NO_SETTINGS, protection: this.#world.protection }
  }

  async update(): Promise<void> {
    // nothing here changes what runs read
  }
}

class MemoryOf implements KeptBackground {
  readonly #world: BackgroundWorld

  constructor(world: BackgroundWorld) {
    this.#world = world
  }

  get current() {
    return this.#world.kept
  }

  async update(change: (file: BackgroundFile) => BackgroundFile): Promise<void> {
    if (this.#world.isDiskFull) throw new Error('no space')
    this.#world.kept = structuredClone(change(this.#world.kept))
  }
}
