import type { Frequency } from '#common/background.ts'

const DAY_MS = 24 * 3600 * 1000
const MONTH_DAYS = 30

/**
 * The days without a good backup at which somebody is told: 7, 14 and 30, then every 30. With a longer rhythm the
 * steps that its own pauses would reach are left out, and the first comes a week after the backup was due.
 */
const FIRST_STEPS: Readonly<Record<Frequency, readonly number[]>> = {
  daily: [7, 14, 30],
  weekly: [14, 30],
  monthly: [38],
  manual: [30],
}

/** Whole days since the last good backup (or since backups were turned on); a clock that was set back gives 0. */
export function daysWithout(lastGoodMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - lastGoodMs) / DAY_MS))
}

/** The highest step that so many days have reached; 0: none. */
export function stepReached(frequency: Frequency, days: number): number {
  const reached = FIRST_STEPS[frequency].filter((step) => step <= days)
  const months = Math.floor(days / MONTH_DAYS) * MONTH_DAYS
  const [first = MONTH_DAYS] = FIRST_STEPS[frequency]
  return Math.max(0, ...reached, months >= first && months > MONTH_DAYS ? months : 0)
}

/** Whether the last good backup is so old that the app says that it needs somebody. */
export const isTooOld = (lastGoodMs: number, frequency: Frequency, nowMs: number): boolean =>
  stepReached(frequency, daysWithout(lastGoodMs, nowMs)) > 0
