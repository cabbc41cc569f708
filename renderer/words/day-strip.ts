import { noonOf } from '#common/formats.ts'

/** One day of the strip on home. `before`: backups were not on yet. */
export type StripDay = Readonly<{ ms: number; state: 'backed-up' | 'running' | 'none' | 'before'; isToday: boolean }>

const DAYS = 14

/**
 * The last 14 days, oldest first.
 *
 * @param backupDays - local dates (YYYY-MM-DD) on which a backup ended well.
 */
export function stripDays(
  facts: Readonly<{ nowMs: number; sinceMs: number; backupDays: readonly string[]; isRunning: boolean }>,
): readonly StripDay[] {
  const { nowMs, sinceMs, backupDays, isRunning } = facts
  const known = new Set(backupDays)
  return Array.from({ length: DAYS }, (_, at): StripDay => {
    const ms = dayLater(nowMs, at - DAYS + 1)
    const isToday = at === DAYS - 1
    if (isToday && isRunning) return { ms, state: 'running', isToday }
    if (known.has(dateKey(ms))) return { ms, state: 'backed-up', isToday }
    return { ms, state: ms < noonOf(sinceMs) ? 'before' : 'none', isToday }
  })
}

/** The local date of a moment: YYYY-MM-DD. */
export function dateKey(ms: number): string {
  const date = new Date(ms)
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'))
  return `${String(date.getFullYear()).padStart(4, '0')}-${month}-${day}`
}

/** Noon of the day so many days later. */
export function dayLater(ms: number, days: number): number {
  const date = new Date(ms)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, 12).getTime()
}

/** How many days have passed without a backup, counting from the newest back: 0 when today has one. */
export function daysWithout(days: readonly StripDay[]): number {
  const at = days.findLastIndex(({ state }) => state !== 'none')
  return days.length - 1 - at
}
