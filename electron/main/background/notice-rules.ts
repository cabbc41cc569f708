import type { Frequency } from '#common/background.ts'
import type { ErrorCode } from '#common/errors.ts'
import { daysWithout, stepReached } from '#common/no-backup.ts'
import type { BackgroundCause } from './notice-words.ts'

/** What was told, kept over restarts. */
export type NoticeMemory = Readonly<{
  /** The local day on which each cause was told last, and how often since it began. */
  told: Readonly<Record<string, Readonly<{ day: string; times: number }>>>
  step: number // the highest step of "no backup for … days" that was told since the last good one
  firstDone: boolean
  badTimes: number // times by the rule that failed with all their tries, one after another
  heldSinceMs: number | null // a step was reached and not told, because a backup was about to run
}>

export const NO_NOTICES: NoticeMemory = {
  told: {},
  step: 0,
  firstDone: false,
  badTimes: 0,
  heldSinceMs: null,
}

/** A backup that is about to run may make the count of days untrue; but only for so long. */
const LONGEST_HOLD_MS = 24 * 3600 * 1000

/** Who is told the same on three days has heard it; from then on only the days without a backup are counted. */
const MOST_TIMES = 3

/** These tell of themselves only as days without a backup: disks are unplugged and networks go, that is ordinary life. */
const PASSING: readonly ErrorCode[] = ['offline', 'destination-missing', 'busy', 'cancelled']
/** These may be over by the next time; told when it failed, too. */
const SECOND_TIME: readonly ErrorCode[] = ['destination-full', 'source-unreadable', 'disk-full', 'unexpected']

/** How the schedule takes a failure: tried again soon, or not before somebody has done something. */
export const mayPassByItself = (code: ErrorCode): boolean => PASSING.includes(code) || SECOND_TIME.includes(code)

export type Told = Readonly<{ memory: NoticeMemory; causes: readonly BackgroundCause[] }>

/** A backup ended well. Silent, but for the first. */
export function afterSuccess(memory: NoticeMemory): Told {
  const causes: readonly BackgroundCause[] = memory.firstDone ? [] : ['first-backup']
  return { memory: { ...NO_NOTICES, firstDone: true }, causes }
}

/** @param isLastTry - whether nothing is tried again before the next time by the rule. */
export function afterFailure(memory: NoticeMemory, code: ErrorCode, isLastTry: boolean, day: string): Told {
  if (PASSING.includes(code)) return { memory, causes: [] }
  if (!SECOND_TIME.includes(code)) return tell(memory, code, day)
  if (!isLastTry) return { memory, causes: [] }
  const counted = { ...memory, badTimes: memory.badTimes + 1 }
  return counted.badTimes < 2 ? { memory: counted, causes: [] } : tell(counted, code, day)
}

/** Tells a cause unless it was told today or often enough. */
export function tell(memory: NoticeMemory, cause: BackgroundCause, day: string): Told {
  const before = memory.told[cause]
  if (before && (before.day === day || before.times >= MOST_TIMES)) return { memory, causes: [] }
  const told = { ...memory.told, [cause]: { day, times: (before?.times ?? 0) + 1 } }
  return { memory: { ...memory, told }, causes: [cause] }
}

/** How old the last good backup is (or the protection, when there was none), and whether the next is about to run. */
export type Age = Readonly<{ lastGoodMs: number; frequency: Frequency; nowMs: number; isAboutToRun: boolean }>

/**
 * Tells that no backup has ended well for 7, 14, 30, … days, each once. Of steps that were passed while the app was not
 * running only the last is told, and not before a backup that is about to run has had its chance.
 */
export function afterDays(memory: NoticeMemory, { lastGoodMs, frequency, nowMs, isAboutToRun }: Age): Told {
  const step = stepReached(frequency, daysWithout(lastGoodMs, nowMs))
  if (step <= memory.step) return { memory, causes: [] }
  const heldSinceMs = Math.min(memory.heldSinceMs ?? nowMs, nowMs)
  if (isAboutToRun && nowMs - heldSinceMs < LONGEST_HOLD_MS) return { memory: { ...memory, heldSinceMs }, causes: [] }
  return { memory: { ...memory, step, heldSinceMs: null }, causes: ['no-backup'] }
}
