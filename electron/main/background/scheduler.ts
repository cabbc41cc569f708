import type { Rule } from '#common/background.ts'
import { nextSlot } from './next-slot.ts'
import type { WallClock } from './wall-clock.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** So long after its time a run is still on time: the clock is coarse. */
const ON_TIME_MS = 20 * MINUTE_MS
/** Runs begin so much after their time at most, so that not all computers begin at once. */
const MAX_JITTER_MS = 10 * MINUTE_MS
/** After a missed time, or when the computer has just woken, people and the network come first. */
const SETTLE_MS = { least: 2 * MINUTE_MS, most: 10 * MINUTE_MS } as const
/** When the network or the disk is back. */
const RETURN_MS = { least: 10_000, most: MINUTE_MS } as const
/** A time that comes so soon after the last one (a flight to the west, a late run) is that one. */
const GAP_MS = 6 * HOUR_MS
const RETRY_MS = [5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS] as const
/** Nothing is owed for longer than that, and nothing paused: what says so comes of a clock that was wrong. */
const LONGEST_OWED_MS = 3 * HOUR_MS
const LONGEST_PAUSE_MS = 36 * HOUR_MS
const LONGEST_DAYS = { daily: 3, weekly: 9, monthly: 33, manual: 0 } as const

/** A run that is to begin as soon as it may, but not before `atMs`. */
export type Owed = Readonly<{ atMs: number; why: 'slot' | 'missed' | 'retry' | 'carry-on' }>

/** What the schedule keeps over restarts. All times are absolute; the rule and the zone say where `dueMs` is from. */
export type ScheduleMemory = Readonly<{
  rule: Rule | null
  zone: string
  dueMs: number | null // the next time by the rule
  jitterMs: number
  servedMs: number | null // the last time by the rule, or when a missed one was made up for
  owed: Owed | null
  failures: number // in a row, of the time that is being served
  runningSinceMs: number | null
  pausedUntilMs: number | null
}>

export const NO_SCHEDULE: ScheduleMemory = {
  rule: null,
  zone: 'UTC',
  dueMs: null,
  jitterMs: 0,
  servedMs: null,
  owed: null,
  failures: 0,
  runningSinceMs: null,
  pausedUntilMs: null,
}

/** The moment in which something is decided. */
export type Moment = Readonly<{
  nowMs: number
  clock: WallClock
  rule: Rule
  random: () => number // 0 to below 1
}>

/**
 * How a run ended, as far as the schedule minds: `failed` may go better by itself later, `hopeless` needs a person,
 * `interrupted` was made to wait (a pause, the battery) and goes on as soon as it may, `stopped` by the person.
 */
export type Ending = 'good' | 'failed' | 'hopeless' | 'interrupted' | 'stopped'

/** Brings the memory up to date: new rules, other zones, clocks that were wrong, times that have come. */
export function look(before: ScheduleMemory, moment: Moment): ScheduleMemory {
  const memory = reckon(before, moment)
  const { nowMs, clock, rule, random } = moment
  const { dueMs, jitterMs, owed } = memory
  if (dueMs === null || nowMs < dueMs + jitterMs) return memory
  const isMissed = nowMs > dueMs + jitterMs + ON_TIME_MS
  const now: Owed = isMissed
    ? { atMs: nowMs + between(SETTLE_MS, random), why: 'missed' }
    : { atMs: nowMs, why: 'slot' }
  const servedMs = isMissed ? nowMs : dueMs
  return {
    ...memory,
    ...slotAfter(servedMs + GAP_MS, { clock, rule, random }),
    servedMs,
    owed: memory.runningSinceMs !== null ? null : owed && owed.atMs < now.atMs ? owed : now, // what runs is that run
    failures: 0,
  }
}

/** Whether a run should begin now, if nothing holds it back. */
export const isDue = ({ owed, runningSinceMs }: ScheduleMemory, nowMs: number): boolean =>
  owed !== null && owed.atMs <= nowMs && runningSinceMs === null

export const isPaused = ({ pausedUntilMs }: ScheduleMemory, nowMs: number): boolean =>
  pausedUntilMs !== null && nowMs < pausedUntilMs

/** When a run begins next by itself, as people are told it: without the little that is added by chance. */
export function nextRunMs({ owed, dueMs, pausedUntilMs }: ScheduleMemory): number | null {
  const next = owed?.atMs ?? dueMs
  return next === null ? null : Math.max(next, pausedUntilMs ?? 0)
}

/** When the schedule must be looked at next; null: at no certain time. */
export function nextLookMs({ owed, dueMs, jitterMs, pausedUntilMs }: ScheduleMemory, nowMs: number): number | null {
  const times = [owed?.atMs, dueMs === null ? undefined : dueMs + jitterMs, pausedUntilMs ?? undefined]
  const ahead = times.filter((ms) => ms !== undefined && ms > nowMs).map(Number)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

/** The app or the computer has just begun again. A run that was cut off is carried on. */
export function woke(memory: ScheduleMemory, { nowMs, rule, random }: Moment, isStart: boolean): ScheduleMemory {
  const wasCutOff = isStart && memory.runningSinceMs !== null
  const runningSinceMs = isStart ? null : memory.runningSinceMs
  if (rule.frequency === 'manual') return { ...memory, runningSinceMs, owed: null }
  const owed: Owed | null = wasCutOff ? { atMs: nowMs, why: 'carry-on' } : memory.owed
  const soonestMs = nowMs + between(SETTLE_MS, random)
  return { ...memory, runningSinceMs, owed: owed && { ...owed, atMs: Math.max(owed.atMs, soonestMs) } }
}

/** What a run was waiting for (the network, the disk) is back. */
export function returned(memory: ScheduleMemory, { nowMs, rule, random }: Moment): ScheduleMemory {
  if (rule.frequency === 'manual') return memory
  return { ...memory, owed: { atMs: nowMs + between(RETURN_MS, random), why: 'retry' } }
}

/** A run has begun, by whomever. */
export function began(memory: ScheduleMemory, nowMs: number): ScheduleMemory {
  return { ...memory, owed: null, runningSinceMs: nowMs }
}

export function ended(memory: ScheduleMemory, ending: Ending, { nowMs, rule, random }: Moment): ScheduleMemory {
  const rest = { ...memory, runningSinceMs: null }
  const isManual = rule.frequency === 'manual'
  switch (ending) {
    case 'good':
      return { ...rest, owed: null, failures: 0 }
    case 'stopped':
    case 'hopeless':
      return { ...rest, owed: null, failures: 0 }
    case 'interrupted':
      return { ...rest, owed: isManual ? null : { atMs: nowMs, why: 'carry-on' } }
    case 'failed': {
      const waitMs = RETRY_MS[memory.failures]
      if (isManual || waitMs === undefined) return { ...rest, owed: null, failures: 0 }
      const atMs = nowMs + waitMs + Math.floor(random() * waitMs * 0.1)
      return { ...rest, owed: { atMs, why: 'retry' }, failures: memory.failures + 1 }
    }
  }
}

/** Whether a failure now is the last try of this time. */
export const isLastTry = ({ failures, rule }: ScheduleMemory): boolean =>
  rule?.frequency === 'manual' || failures >= RETRY_MS.length

export const paused = (memory: ScheduleMemory, untilMs: number): ScheduleMemory => ({
  ...memory,
  pausedUntilMs: untilMs,
})

export const resumed = (memory: ScheduleMemory): ScheduleMemory => ({ ...memory, pausedUntilMs: null })

function reckon(memory: ScheduleMemory, moment: Moment): ScheduleMemory {
  const { nowMs, clock, rule, random } = moment
  const steady = clamp(memory, nowMs)
  const isSame = steady.rule !== null && sameRule(steady.rule, rule)
  if (rule.frequency === 'manual') {
    return isSame && steady.dueMs === null ? steady : { ...steady, rule, zone: clock.zone, dueMs: null, owed: null }
  }
  const isFar = steady.dueMs !== null && steady.dueMs > nowMs + LONGEST_DAYS[rule.frequency] * DAY_MS
  if (isSame && !isFar && steady.dueMs !== null && steady.zone === clock.zone) return steady
  const isOnlyElsewhere = isSame && !isFar && steady.servedMs !== null
  const afterMs = isOnlyElsewhere ? (steady.servedMs ?? nowMs) + GAP_MS : nowMs
  return { ...steady, rule, zone: clock.zone, ...slotAfter(afterMs, { clock, rule, random }) }
}

/** Takes back what only a clock that was wrong can have said. */
function clamp(memory: ScheduleMemory, nowMs: number): ScheduleMemory {
  const { owed, pausedUntilMs, servedMs, runningSinceMs } = memory
  const isFine =
    (owed?.atMs ?? 0) <= nowMs + LONGEST_OWED_MS &&
    (pausedUntilMs ?? 0) <= nowMs + LONGEST_PAUSE_MS &&
    (pausedUntilMs === null || pausedUntilMs > nowMs) &&
    (servedMs ?? 0) <= nowMs &&
    (runningSinceMs ?? 0) <= nowMs
  if (isFine) return memory
  const isPauseOn = pausedUntilMs !== null && pausedUntilMs > nowMs && pausedUntilMs <= nowMs + LONGEST_PAUSE_MS
  return {
    ...memory,
    owed: owed && owed.atMs > nowMs + LONGEST_OWED_MS ? { ...owed, atMs: nowMs } : owed,
    pausedUntilMs: isPauseOn ? pausedUntilMs : null,
    servedMs: servedMs === null ? null : Math.min(servedMs, nowMs),
    runningSinceMs: runningSinceMs === null ? null : Math.min(runningSinceMs, nowMs),
  }
}

function slotAfter(
  afterMs: number,
  { clock, rule, random }: Omit<Moment, 'nowMs'>,
): Pick<ScheduleMemory, 'dueMs' | 'jitterMs'> {
  return { dueMs: nextSlot(rule, afterMs, clock), jitterMs: Math.floor(random() * MAX_JITTER_MS) }
}

function sameRule(a: Rule, b: Rule): boolean {
  return a.frequency === b.frequency && a.hour === b.hour && a.weekday === b.weekday && a.monthDay === b.monthDay
}

const between = ({ least, most }: Readonly<{ least: number; most: number }>, random: () => number): number =>
  least + Math.floor(random() * (most - least))
