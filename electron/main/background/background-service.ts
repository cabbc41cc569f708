import type { Background, BackgroundChange, Pause, WaitReason } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import type { Manners } from '#common/engine-contract.ts'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import type { AskedBy, BackupService, RunEnd, RunWatch } from '../backup-service.ts'
import type { Log } from '../log/log.ts'
import type { StoredProtection } from '../settings.ts'
import type { KeptSettings } from '../settings-file.ts'
import type { BackgroundFile, KeptBackground } from './background-file.ts'
import { BackgroundMemory } from './background-memory.ts'
import { backgroundOf, changed, pauseEnd } from './background-state.ts'
import type { Chores } from './chores.ts'
import type { Diary } from './diary.ts'
import { holdBack } from './hold-back.ts'
import { limitAt } from './limit-rule.ts'
import { afterDays, afterFailure, afterSuccess, mayPassByItself } from './notice-rules.ts'
import type { BackgroundCause, NoticeFacts } from './notice-words.ts'
import { Questions } from './questions.ts'
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
import { Teller } from './teller.ts'
import { Upkeep } from './upkeep.ts'
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
  chores: Chores
  /** Leaves a screen on which somebody has stopped half-way, if nothing is being done there. */
  leaveScreen: () => Promise<void>
  /** For so many seconds nobody has touched the computer. */
  idleSeconds: () => number
  /** Changes the limit of what is being sent just now. */
  limit: (bytesPerSecond: number | null) => void
  diary: Pick<Diary, 'runBegan' | 'runEnded' | 'choreEnded'>
  log: Log
}>

/** For so long nobody has touched the computer, and a backup is due: whoever was at it has gone. */
const FORGOTTEN_MS = 30 * 60_000

/** A run that begins so soon is about to. */
const SOON_MS = 15 * 60_000

/** The clock is coarse; while something is waited for that nobody tells of, it is less so. */
const COARSE_MS = 10 * 60_000
const WAITING_MS = 60_000

/**
 * Decides when backups run by themselves, and knows what happens in the background. Everything that happens (time,
 * sleep, the network, a run that ended) makes it look again; looking twice does no harm.
 */
export class BackgroundService implements RunWatch {
  readonly #parts: BackgroundParts
  readonly #memory: BackgroundMemory
  readonly #teller: Teller
  readonly questions: Questions
  #waiting: WaitReason | null = null
  #network: string | null = null
  #running: AskedBy | null = null
  #interrupted: WaitReason | 'pause' | 'quit' | null = null
  #away = new Set<'network' | 'place'>()
  #lookedAtMs: number
  #looking: Promise<void> = Promise.resolve()
  #timer: (() => void) | null = null
  #allowSleep: (() => void) | null = null
  readonly #upkeep: Upkeep
  #limit: number | null = null
  #told = ''
  #before: BackupState | null = null

  constructor(parts: BackgroundParts) {
    this.#parts = parts
    const { chores, idleSeconds, diary, log, clock, kept, settings, notify, isWatched } = parts
    const nowMs = (): number => clock.nowMs()
    const memory = new BackgroundMemory(kept)
    this.#memory = memory
    this.#lookedAtMs = nowMs()
    this.#teller = new Teller({ memory, settings, nowMs, notify, isWatched, log })
    this.#upkeep = new Upkeep({
      chores,
      idleSeconds,
      diary,
      log,
      nowMs,
      memory: () => memory.current.upkeep,
      remember: (upkeep) => {
        memory.set({ upkeep })
        void this.look()
      },
      foundDamage: () => this.#teller.tell('proof-failed'),
    })
    const decided = (): Promise<void> => this.look()
    this.questions = new Questions({ memory, settings, chores, upkeep: this.#upkeep, nowMs, decided })
  }

  get current(): Background {
    const { settings, clock } = this.#parts
    const passing = { waiting: this.#waiting, upkeep: this.#upkeep.current, network: this.#network }
    return backgroundOf(this.#memory.current, passing, settings.current.protection, clock.nowMs())
  }

  /** The app has started. */
  begin(): Promise<void> {
    this.#schedule((memory, moment) => woke(memory, moment, true))
    return this.look()
  }

  /** The computer has woken up, or somebody has signed in or unlocked it. */
  woke(): Promise<void> {
    this.#parts.log.write('computer-woke')
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
    const settings = changed(this.#memory.current.settings, change, this.#parts.clock.nowMs(), this.#wall())
    // Who chooses how far back one can go has said what may go.
    const upkeep = change.keep
      ? { ...this.#memory.current.upkeep, accepted: true, asksBytes: null, cleanedMs: null }
      : this.#memory.current.upkeep
    await this.#memory.keep({ settings, upkeep })
    await this.look()
  }

  /** Whoever needs the backup now comes first. */
  stepAside(): Promise<void> {
    return this.#upkeep.stepAside()
  }

  manners(by: AskedBy): Manners {
    this.#limit = this.#limitNow()
    const { rereadAll } = this.#memory.current.upkeep
    return { bytesPerSecond: this.#limit, isPolite: by === 'schedule', rereadAll }
  }

  /** Adds the network of now to those that are avoided, or takes it from them. */
  async avoidNetwork({ isAvoided }: { isAvoided: boolean }): Promise<void> {
    const name = this.#network
    if (name === null) throw new BackupError('usage', { missing: 'network' })
    const { settings } = this.#memory.current
    const others = settings.avoidNetworks.filter((one) => one !== name)
    const avoidNetworks = isAvoided ? [...others, name].slice(-100) : others
    await this.#memory.keep({ settings: { ...settings, avoidNetworks } })
    await this.look()
  }

  /** What the app is doing has changed. */
  stateChanged(state: BackupState): void {
    const before = this.#before
    this.#before = state
    if (before?.kind === 'restoring' && before.step.at === 'writing' && state.kind === 'restoring') {
      if (state.step.at === 'done') this.#teller.tell('restored', { folder: state.step.result.folder })
    }
    if (before?.kind !== state.kind) void this.look()
  }

  /** The app is about to end: what runs is carried on when it starts again. */
  quitting(): void {
    if (this.#running) this.#interrupted = 'quit'
  }

  runBegan(by: AskedBy): void {
    const nowMs = this.#parts.clock.nowMs()
    this.#running = by
    this.#interrupted = null
    this.#waiting = null
    this.#allowSleep ??= this.#parts.keepAwake()
    this.#parts.diary.runBegan(by)
    this.#schedule((memory) => began(memory, nowMs))
    void this.#memory.save()
    this.#tell()
  }

  runEnded(end: RunEnd): void {
    this.#running = null
    this.#allowSleep?.()
    this.#allowSleep = null
    const ending = this.#endingOf(end)
    this.#interrupted = null
    const wasLastTry = isLastTry(this.#memory.current.schedule)
    this.#schedule((memory, moment) => ended(memory, ending, moment))
    if (ending !== 'interrupted' && ending !== 'stopped') this.#memory.set({ problem: end.problem })
    const { outcome, problem } = end
    this.#parts.diary.runEnded(end)
    if (outcome) this.#memory.set({ upkeep: { ...this.#memory.current.upkeep, rereadAll: false } })
    if (outcome) this.#teller.hear(afterSuccess, { files: outcome.files })
    // Who pressed the button sees how it ended.
    else if (problem && !(end.by === 'person' && this.#teller.isWatched)) {
      this.#teller.hear((memory) => afterFailure(memory, problem.code, wasLastTry, this.#today()))
    }
    void this.look()
  }

  /** Looks what is to be done now. Calls that come while it looks are looked at afterwards. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look())
    return this.#looking
  }

  async #look(): Promise<void> {
    const { clock, settings, state } = this.#parts
    const { protection } = settings.current
    this.#memory.beAbout(protection)
    const sleptMs = clock.nowMs() - this.#lookedAtMs
    this.#lookedAtMs = clock.nowMs()
    if (sleptMs > 3 * COARSE_MS) this.#schedule((memory, moment) => woke(memory, moment, false))
    if (protection) {
      this.#schedule(look)
      await this.#mindSurroundings(protection)
      const { kind } = state()
      if (kind === 'on' && this.#isTimeToRun()) await this.#runIfNothingHolds(protection)
      else if (kind !== 'on' && kind !== 'backing-up') await this.#waitForWork()
      else if (this.#running === 'schedule') await this.#interruptIfHeld(protection)
      else if (!isDue(this.#memory.current.schedule, clock.nowMs())) this.#waiting = null
      this.#countDays(protection)
      await this.#mindUpkeep(protection)
      this.#mindLimit()
    }
    await this.#memory.save()
    this.#tell()
    this.#setTimer()
  }

  #isTimeToRun(): boolean {
    const nowMs = this.#parts.clock.nowMs()
    const { schedule } = this.#memory.current
    return isDue(schedule, nowMs) && !isPaused(schedule, nowMs)
  }

  /** Notices what was away and is back: what failed for it is tried again at once. */
  async #mindSurroundings(protection: StoredProtection): Promise<void> {
    const { isOnline, isPlaceThere } = await this.#parts.surroundings.glance(protection.place.spec)
    const code = this.#memory.current.problem?.code
    const isMissed = (waits: WaitReason, failed: ErrorCode): boolean => this.#waiting === waits || code === failed
    if (!isOnline) this.#away.add('network')
    else if (this.#away.delete('network') && isMissed('offline', 'offline')) this.#schedule(returned)
    if (isPlaceThere === false) this.#away.add('place')
    else if (this.#away.delete('place') && isMissed('place', 'destination-missing')) this.#schedule(returned)
  }

  async #runIfNothingHolds(protection: StoredProtection): Promise<void> {
    const before = this.#waiting
    this.#waiting = await this.#held(protection, false)
    if (this.#waiting !== before) this.#parts.log.write('waiting', { reason: this.#waiting })
    if (this.#waiting !== null || this.#parts.state().kind !== 'on' || !this.#isTimeToRun()) return
    await this.#parts.backup.start('schedule').catch(() => undefined) // how it ended is told to runEnded
  }

  /** A restore or a turn-off that somebody began and went away from must not keep backups from running. */
  async #waitForWork(): Promise<void> {
    const { clock, idleSeconds, leaveScreen } = this.#parts
    this.#waiting = this.#isTimeToRun() ? 'work' : null
    const dueMs = this.#memory.current.schedule.owed?.atMs ?? Number.POSITIVE_INFINITY
    const isForgotten = clock.nowMs() - dueMs >= FORGOTTEN_MS && idleSeconds() * 1000 >= FORGOTTEN_MS
    if (this.#waiting && isForgotten) await leaveScreen().catch(() => undefined) // what comes of it is looked at again
  }

  async #interruptIfHeld(protection: StoredProtection): Promise<void> {
    const reason = await this.#held(protection, true)
    if (reason === null || this.#running !== 'schedule') return
    this.#interrupted = reason
    this.#parts.log.write('run-interrupted', { reason })
    await this.#parts.backup.cancel()
  }

  async #held({ place }: StoredProtection, isRunning: boolean): Promise<WaitReason | null> {
    const { surroundings, clock } = this.#parts
    const now = await surroundings.look(place.spec)
    this.#network = now.network
    const needsNetwork = surroundings.needsNetwork(place.spec)
    const dueForMs = clock.nowMs() - (this.#memory.current.schedule.owed?.atMs ?? clock.nowMs())
    return holdBack(this.#memory.current.settings, now, { needsNetwork, isRunning, dueForMs })
  }

  /** However nothing happens, it is not passed over in silence. */
  #countDays({ lastBackup, sinceMs }: StoredProtection): void {
    const nowMs = this.#parts.clock.nowMs()
    const { schedule, settings } = this.#memory.current
    const isOwed = schedule.owed !== null && schedule.owed.atMs <= nowMs + SOON_MS
    const isAboutToRun = this.#running !== null || (isOwed && this.#waiting === null && !isPaused(schedule, nowMs))
    const lastGoodMs = lastBackup?.takenAtMs ?? sinceMs
    const { frequency } = settings.rule
    this.#teller.hear((memory) => afterDays(memory, { lastGoodMs, frequency, nowMs, isAboutToRun }))
  }

  #today(): string {
    return dateOf(this.#wall().read(this.#parts.clock.nowMs()))
  }

  /** Housekeeping comes after everything else: nothing runs, nothing is due, nothing holds it back. */
  async #mindUpkeep(protection: StoredProtection): Promise<void> {
    const { state, clock } = this.#parts
    if (this.#upkeep.current !== null) {
      const isInTheWay = state().kind !== 'on' || (await this.#held(protection, true)) !== null
      if (isInTheWay) void this.#upkeep.stepAside()
      return
    }
    const mayBegin = (): boolean => state().kind === 'on' && this.#running === null && !this.#isTimeToRun()
    if (!mayBegin() || isPaused(this.#memory.current.schedule, clock.nowMs()) || !this.#upkeep.isDue(protection)) return
    if ((await this.#held(protection, false)) === null && mayBegin())
      this.#upkeep.begin(protection, this.#memory.current.settings)
  }

  #limitNow(): number | null {
    return limitAt(this.#memory.current.settings, this.#wall().read(this.#parts.clock.nowMs()).hour)
  }

  #mindLimit(): void {
    const limit = this.#limitNow()
    if (this.#running !== null && limit !== this.#limit) this.#parts.limit(limit)
    this.#limit = limit
  }

  #endingOf({ outcome, problem }: RunEnd): Ending {
    if (outcome) return 'good'
    if (problem) return mayPassByItself(problem.code) ? 'failed' : 'hopeless'
    return this.#interrupted ? 'interrupted' : 'stopped'
  }

  #schedule(change: (memory: BackgroundFile['schedule'], moment: Moment) => BackgroundFile['schedule']): void {
    const { clock } = this.#parts
    const { rule } = this.#memory.current.settings
    const moment = { nowMs: clock.nowMs(), clock: this.#wall(), rule, random: () => clock.random() }
    this.#memory.set({ schedule: change(this.#memory.current.schedule, moment) })
  }

  #wall(): WallClock {
    return wallClock(this.#parts.clock.zone())
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
    const nextMs = nextLookMs(this.#memory.current.schedule, nowMs)
    const ms = nextMs === null ? coarseMs : Math.min(coarseMs, nextMs - nowMs)
    this.#timer?.()
    this.#timer = clock.after(Math.max(1000, ms), () => void this.look())
  }
}
