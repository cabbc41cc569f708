import type { Rule } from '#common/background.ts'
import { daysInMonth, daysLater, type WallClock, type WallTime, weekdayOf } from './wall-clock.ts'

/** A month has at most so many days, so a rule finds its day in as many. */
const LONGEST_SEARCH_DAYS = 62

/** The first moment after `afterMs` at which the rule asks for a backup; null when it never does. */
export function nextSlot(rule: Rule, afterMs: number, clock: WallClock): number | null {
  if (rule.frequency === 'manual') return null
  const today: WallTime = { ...clock.read(afterMs), hour: rule.hour, minute: 0 }
  for (let days = 0; days <= LONGEST_SEARCH_DAYS; days++) {
    const day = daysLater(today, days)
    if (!isDayOf(rule, day)) continue
    const slot = clock.at(day)
    if (slot > afterMs) return slot
  }
  return null
}

function isDayOf({ frequency, weekday, monthDay }: Rule, day: WallTime): boolean {
  switch (frequency) {
    case 'daily':
      return true
    case 'weekly':
      return weekdayOf(day) === weekday
    case 'monthly':
      return day.day === Math.min(monthDay, daysInMonth(day.year, day.month))
    case 'manual':
      return false
  }
}

/** When a pause until tomorrow ends: at 8 in the morning. Before 4 at night it is still the evening to people. */
export function tomorrowMorning(nowMs: number, clock: WallClock): number {
  const now = clock.read(nowMs)
  const isStillEvening = now.hour < 4
  return clock.at({ ...daysLater(now, isStillEvening ? 0 : 1), hour: 8, minute: 0 })
}
