import type { SnapshotSummary } from '#common/engine-contract.ts'
import { dateKey, dayLater } from './day-strip.ts'

/** A month of the calendar; `month` counts from 0. */
export type Month = Readonly<{ year: number; month: number }>

export const monthOf = (ms: number): Month => ({ year: new Date(ms).getFullYear(), month: new Date(ms).getMonth() })

export const isSameMonth = (a: Month, b: Month): boolean => a.year === b.year && a.month === b.month

/** Noon of the first day. */
export const startOf = ({ year, month }: Month): number => new Date(year, month, 1, 12).getTime()

/**
 * The weeks that a month touches, each of seven days at noon.
 *
 * @param firstWeekday - 1 (Monday) to 7 (Sunday), as Intl counts.
 */
export function weeksOf(month: Month, firstWeekday: number): readonly (readonly number[])[] {
  const first = startOf(month)
  const lead = (new Date(first).getDay() - (firstWeekday % 7) + 7) % 7
  const length = new Date(month.year, month.month + 1, 0).getDate()
  return Array.from({ length: Math.ceil((lead + length) / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_day, at) => dayLater(first, week * 7 + at - lead)),
  )
}

/** The day of the week on which a region's calendars begin: 1 (Monday) to 7 (Sunday). */
export function firstWeekdayOf(locale: string): number {
  const region = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number }
    weekInfo?: { firstDay: number } // where the function is not there yet
  }
  return (region.getWeekInfo?.() ?? region.weekInfo)?.firstDay ?? 1
}

/** Where a key leads from a day, or null for a key that leads nowhere. `forward` is the arrow in reading direction. */
export function moveDay(
  ms: number,
  key: string,
  firstWeekday: number,
  forward: 'ArrowRight' | 'ArrowLeft',
): number | null {
  const weekday = (new Date(ms).getDay() - (firstWeekday % 7) + 7) % 7
  switch (key) {
    case 'ArrowRight':
    case 'ArrowLeft':
      return dayLater(ms, key === forward ? 1 : -1)
    case 'ArrowUp':
      return dayLater(ms, -7)
    case 'ArrowDown':
      return dayLater(ms, 7)
    case 'Home':
      return dayLater(ms, -weekday)
    case 'End':
      return dayLater(ms, 6 - weekday)
    case 'PageUp':
      return monthLater(ms, -1)
    case 'PageDown':
      return monthLater(ms, 1)
    default:
      return null
  }
}

/** The same day of another month, or its last day when it has no such day. */
export function monthLater(ms: number, months: number): number {
  const date = new Date(ms)
  const last = new Date(date.getFullYear(), date.getMonth() + months + 1, 0).getDate()
  return new Date(date.getFullYear(), date.getMonth() + months, Math.min(date.getDate(), last), 12).getTime()
}

/** The backups of each local day (YYYY-MM-DD), newest first. */
export function byDay(snapshots: readonly SnapshotSummary[]): ReadonlyMap<string, readonly SnapshotSummary[]> {
  const newestFirst = snapshots.toSorted((a, b) => b.takenAtMs - a.takenAtMs)
  return Map.groupBy(newestFirst, ({ takenAtMs }) => dateKey(takenAtMs))
}

/** The months before this one that have a backup, newest first, each with its newest backup. */
export function furtherBack(snapshots: readonly SnapshotSummary[], shown: Month): readonly SnapshotSummary[] {
  const newestFirst = snapshots.toSorted((a, b) => b.takenAtMs - a.takenAtMs)
  const months = Map.groupBy(newestFirst, ({ takenAtMs }) => dateKey(takenAtMs).slice(0, 7))
  const start = startOf(shown)
  return [...months.values()].flatMap(([newest]) =>
    newest && newest.takenAtMs < start && !isSameMonth(monthOf(newest.takenAtMs), shown) ? [newest] : [],
  )
}
