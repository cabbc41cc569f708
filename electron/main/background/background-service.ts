import type { Background, BackgroundChange, Pause, WaitReason } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import { daysWithout } from '#common/no-backup.ts'
import type { AskedBy, BackupService, RunEnd, RunWatch } from '../backup-service.ts'
import type { Log } from '../log/log.ts'
import type { StoredProtection } from '../settings.ts'
import type { KeptSettings } from '../settings-file.ts'
import { type BackgroundFile, type KeptBackground, NO_MEMORY } from './background-file.ts'
import { backgroundOf, changed, pauseEnd } from './background-state.ts'
import type { Diary } from './diary.ts'
import { holdBack } from './hold-back.ts'
import {
  afterDays,
  afterFailure,
  afterSuccess,
  mayPassByItself,
  type NoticeMemory,
  type Told,
  tell,
} from './notice-rules.ts'
import type { BackgroundCause, NoticeFacts } from './notice-words.ts'
import {
  began,
  type Ending,
  ended,
  isDue,
  isLastTry,
  isPaused,
  look,
  type Moment,
  nextLookMs,
  paused,
  resumed,
  returned,
  woke,
} from './scheduler.ts'
import type { SurroundingsSource } from './surroundings.ts'
import { dateOf, type WallClock, wallClock } from './wall-clock.ts'

/** Time and chance, so that tests can have their own. */
export interface Clock {
  nowMs(): number
  /** The IANA name of the time zone of now. */
  zone(): string
  random(): number
  /** Calls back after so many milliseconds of waking time, at most once; the answer takes it back. */
  after(ms: number, call: () => void): () => void
}

export type BackgroundParts = Readonly<{
  state: () => BackupState
  settings: KeptSettings
  kept: KeptBackground
  backup: Pick<BackupService, 'start' | 'cancel'>
  surroundings: SurroundingsSource
  clock: Clock
  publish: (background: Background) => void
  /** Keeps the computer from falling asleep by itself; the answer ends that. */
  keepAwake: () => () => void
  notify: (cause: BackgroundCause, facts: NoticeFacts) => void
  /** True while somebody looks at the window: what it shows needs no notification. */
  isWatched: () => boolean
  diary: Pick<Diary, 'runBegan' | 'runEnded'>
  log: Log
}>

/** A run that begins so soon is about to. */
const SOON_MS = 15 * 60_000
/** What the window shows at the moment it happens. */
const SHOWN: readonly BackgroundCause[] = ['first-backup', 'restored']

/** The clock is coarse; while something is waited for that nobody tells of, it is less so. */
const COARSE_MS = 10 * 60_000
const WAITING_MS = 60_000

/**
 * Decides when backups run by themselves, and knows what happens in the background. Everything that happens (time,
 * sleep, the network, a run that ended) makes it look again; looking twice does no harm.
 */
export class BackgroundService implements RunWatch {
  readonly #parts: BackgroundParts
  #now: BackgroundFile // ahead of the disk when that cannot be written
  #waiting: WaitReason | null = null
  #network: string | null = null
  #running: AskedBy | null = null
  #interrupted: WaitReason | 'pause' | null = null
  #away = new Set<'network' | 'place'>()
  #lookedAtMs: number
  #looking: Promise<void> = Promise.resolve()
  #timer: (() => void) | null = null
  #allowSleep: (() => void) | null = null
  #told = ''
  #before: BackupState | null = null

  constructor(parts: BackgroundParts) {
    this.#parts = parts
    this.#now = parts.kept.current
    this.#lookedAtMs = parts.clock.nowMs()
  }

  get current(): Background {
    const { settings, clock } = this.#parts
    const passing = { waiting: this.#waiting, upkeep: null, network: this.#network }
    return backgroundOf(this.#now, passing, settings.current.protection, clock.nowMs())
  }

  /** The app has started. */
  begin(): Promise<void> {
    this.#schedule((memory, moment) => woke(memory, moment, true))
    return this.look()
  }

  /** The computer has woken up, or somebody has signed in or unlocked it. */
  woke(): Promise<void> {
    this.#schedule((memory, moment) => woke(memory, moment, false))
    return this.look()
  }

  async pause({ pause }: { pause: Pause }): Promise<void> {
    const { clock, backup } = this.#parts
    const untilMs = pauseEnd(pause, clock.nowMs(), this.#wall())
    this.#schedule((memory) => paused(memory, untilMs))
    if (this.#running) {
      this.#interrupted = 'pause'
      await backup.cancel()
    }
    await this.look()
  }

  async resume(): Promise<void> {
    this.#schedule(resumed)
    await this.look()
  }

  async change(change: BackgroundChange): Promise<void> {
    const settings = changed(this.#now.settings, change, this.#parts.clock.nowMs(), this.#wall())
    await this.#keep({ ...this.#now, settings })
    await this.look()
  }

  /** Adds the network of now to those that are avoided, or takes it from them. */
  async avoidNetwork({ isAvoided }: { isAvoided: boolean }): Promise<void> {
    const name = this.#network
    if (name === null) throw new BackupError('usage', { missing: 'network' })
    const { settings } = this.#now
    const others = settings.avoidNetworks.filter((one) => one !== name)
    const avoidNetworks = isAvoided ? [...others, name].slice(-100) : others
    await this.#keep({ ...this.#now, settings: { ...settings, avoidNetworks } })
    await this.look()
  }

  /** What the app is doing has changed. */
  stateChanged(state: BackupState): void {
    const before = this.#before
    this.#before = state
    if (before?.kind === 'restoring' && before.step.at === 'writing' && state.kind === 'restoring') {
      if (state.step.at === 'done') this.#show('restored', { folder: state.step.result.folder })
    }
    if (before?.kind !== state.kind) void this.look()
  }

  runBegan(by: AskedBy): void {
    const nowMs = this.#parts.clock.nowMs()
    this.#running = by
    this.#interrupted = null
    this.#waiting = null
    this.#allowSleep ??= this.#parts.keepAwake()
    this.#parts.diary.runBegan(by)
    this.#schedule((memory) => began(memory, nowMs))
    void this.#save()
    this.#tell()
  }

  runEnded(end: RunEnd): void {
    this.#running = null
    this.#allowSleep?.()
    this.#allowSleep = null
    const ending = this.#endingOf(end)
    this.#interrupted = null
    const wasLastTry = isLastTry(this.#now.schedule)
    this.#schedule((memory, moment) => ended(memory, ending, moment))
    if (ending !== 'interrupted' && ending !== 'stopped') this.#now = { ...this.#now, problem: end.problem }
    const { outcome, problem } = end
    this.#parts.diary.runEnded(end)
    if (outcome) this.#hear(afterSuccess, { files: outcome.files })
    // Who pressed the button sees how it ended.
    else if (problem && !(end.by === 'person' && this.#parts.isWatched())) {
      this.#hear((memory) => afterFailure(memory, problem.code, wasLastTry, this.#today()))
    }
    void this.look()
  }

  /** Tells something that is not about backups that run by themselves, at most once a day. */
  tell(cause: BackgroundCause, facts: Partial<NoticeFacts> = {}): void {
    this.#hear((memory) => tell(memory, cause, this.#today()), facts)
    void this.#save()
  }

  /** Looks what is to be done now. Calls that come while it looks are looked at afterwards. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look())
    return this.#looking
  }

  async #look(): Promise<void> {
    const { clock, settings, state } = this.#parts
    const { protection } = settings.current
    if (!this.#isAbout(protection))
      this.#now = { ...this.#now, ...NO_MEMORY, repository: protection?.repository ?? null }
    const sleptMs = clock.nowMs() - this.#lookedAtMs
    this.#lookedAtMs = clock.nowMs()
    if (sleptMs > 3 * COARSE_MS) this.#schedule((memory, moment) => woke(memory, moment, false))
    if (protection) {
      this.#schedule(look)
      await this.#mindSurroundings(protection)
      const { kind } = state()
      if (kind === 'on' && this.#isTimeToRun()) await this.#runIfNothingHolds(protection)
      else if (kind !== 'on' && kind !== 'backing-up') this.#waiting = this.#isTimeToRun() ? 'work' : null
      else if (this.#running === 'schedule') await this.#interruptIfHeld(protection)
      else if (!isDue(this.#now.schedule, clock.nowMs())) this.#waiting = null
      this.#countDays(protection)
    }
    await this.#save()
    this.#tell()
    this.#setTimer()
  }

  #isTimeToRun(): boolean {
    const nowMs = this.#parts.clock.nowMs()
    const { schedule } = this.#now
    return isDue(schedule, nowMs) && !isPaused(schedule, nowMs)
  }

  /** Notices what was away and is back: what failed for it is tried again at once. */
  async #mindSurroundings(protection: StoredProtection): Promise<void> {
    const { isOnline, isPlaceThere } = await this.#parts.surroundings.glance(protection.place.spec)
    const code = this.#now.problem?.code
    const isMissed = (waits: WaitReason, failed: ErrorCode): boolean => this.#waiting === waits || code === failed
    if (!isOnline) this.#away.add('network')
    else if (this.#away.delete('network') && isMissed('offline', 'offline')) this.#schedule(returned)
    if (isPlaceThere === false) this.#away.add('place')
    else if (this.#away.delete('place') && isMissed('place', 'destination-missing')) this.#schedule(returned)
  }

  async #runIfNothingHolds(protection: StoredProtection): Promise<void> {
    this.#waiting = await this.#held(protection, false)
    if (this.#waiting !== null || this.#parts.state().kind !== 'on' || !this.#isTimeToRun()) return
    await this.#parts.backup.start('schedule').catch(() => undefined) // how it ended is told to runEnded
  }

  async #interruptIfHeld(protection: StoredProtection): Promise<void> {
    const reason = await this.#held(protection, true)
    if (reason === null || this.#running !== 'schedule') return
    this.#interrupted = reason
    await this.#parts.backup.cancel()
  }

  async #held({ place }: StoredProtection, isRunning: boolean): Promise<WaitReason | null> {
    const { surroundings, clock } = this.#parts
    const now = await surroundings.look(place.spec)
    this.#network = now.network
    const needsNetwork = surroundings.needsNetwork(place.spec)
    const dueForMs = clock.nowMs() - (this.#now.schedule.owed?.atMs ?? clock.nowMs())
    return holdBack(this.#now.settings, now, { needsNetwork, isRunning, dueForMs })
  }

  /** However nothing happens, it is not passed over in silence. */
  #countDays({ lastBackup, sinceMs }: StoredProtection): void {
    const nowMs = this.#parts.clock.nowMs()
    const { schedule, settings } = this.#now
    const isOwed = schedule.owed !== null && schedule.owed.atMs <= nowMs + SOON_MS
    const isAboutToRun = this.#running !== null || (isOwed && this.#waiting === null && !isPaused(schedule, nowMs))
    const lastGoodMs = lastBackup?.takenAtMs ?? sinceMs
    const { frequency } = settings.rule
    this.#hear((memory) => afterDays(memory, { lastGoodMs, frequency, nowMs, isAboutToRun }))
  }

  #hear(change: (memory: NoticeMemory) => Told, facts: Partial<NoticeFacts> = {}): void {
    const { memory, causes } = change(this.#now.notices)
    this.#now = { ...this.#now, notices: memory }
    for (const cause of causes) this.#show(cause, facts)
  }

  #show(cause: BackgroundCause, facts: Partial<NoticeFacts>): void {
    const { settings, clock, notify, isWatched, log } = this.#parts
    if (SHOWN.includes(cause) && isWatched()) return
    const { protection } = settings.current
    const nowMs = clock.nowMs()
    const lastBackupMs = protection?.lastBackup?.takenAtMs ?? null
    const days = daysWithout(lastBackupMs ?? protection?.sinceMs ?? nowMs, nowMs)
    const known = { nowMs, place: protection?.place.name ?? '', lastBackupMs, days, files: 0, folder: '' }
    log.write('notice', { cause, days })
    notify(cause, { ...known, problem: this.#now.problem, ...facts })
  }

  #today(): string {
    return dateOf(this.#wall().read(this.#parts.clock.nowMs()))
  }

  #endingOf({ outcome, problem }: RunEnd): Ending {
    if (outcome) return 'good'
    if (problem) return mayPassByItself(problem.code) ? 'failed' : 'hopeless'
    return this.#interrupted ? 'interrupted' : 'stopped'
  }

  #isAbout(protection: StoredProtection | null): boolean {
    return this.#now.repository === (protection?.repository ?? null)
  }

  #schedule(change: (memory: BackgroundFile['schedule'], moment: Moment) => BackgroundFile['schedule']): void {
    const { clock } = this.#parts
    const { rule } = this.#now.settings
    const moment = { nowMs: clock.nowMs(), clock: this.#wall(), rule, random: () => clock.random() }
    this.#now = { ...this.#now, schedule: change(this.#now.schedule, moment) }
  }

  #wall(): WallClock {
    return wallClock(this.#parts.clock.zone())
  }

  /** Best effort: with a full disk the schedule goes on from memory. */
  #save(): Promise<void> {
    const next = this.#now
    return this.#parts.kept.update((kept) => (same(kept, next) ? kept : next)).catch(() => undefined)
  }

  /** What a person sets must be safe on disk. @throws BackupError `disk-full` */
  async #keep(next: BackgroundFile): Promise<void> {
    await this.#parts.kept.update(() => next)
    this.#now = next
  }

  #tell(): void {
    const { current } = this
    const text = JSON.stringify(current)
    if (text === this.#told) return
    this.#told = text
    this.#parts.publish(current)
  }

  #setTimer(): void {
    const { clock } = this.#parts
    const nowMs = clock.nowMs()
    const coarseMs = this.#waiting !== null || this.#away.size > 0 ? WAITING_MS : COARSE_MS
    const nextMs = nextLookMs(this.#now.schedule, nowMs)
    const ms = nextMs === null ? coarseMs : Math.min(coarseMs, nextMs - nowMs)
    this.#timer?.()
    this.#timer = clock.after(Math.max(1000, ms), () => void this.look())
  }
}

const same = (a: BackgroundFile, b: BackgroundFile): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
