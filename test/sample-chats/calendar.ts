import type { Moment } from './export-locales.ts'

export const DAY_MS = 86_400_000

/** The day on which every sample phone was new. The phone's own time is UTC, so that a seed means one thing anywhere. */
export const FIRST_DAY_MS = Date.UTC(2024, 0, 1)

export function momentOf(ms: number): Moment {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}

/** 20240131 */
export function compactDay(ms: number): string {
  const { year, month, day } = momentOf(ms)
  return `${year}${pad(month)}${pad(day)}`
}

/** 2024-01-31-15-07-12, as iOS names attachments. */
export function dashedMoment(ms: number): string {
  const { year, month, day, hour, minute, second } = momentOf(ms)
  return [year, month, day, hour, minute, second].map(pad).join('-')
}

/** 202405: the year and its week, as voice notes are filed. */
export function yearAndWeek(ms: number): string {
  const { year } = momentOf(ms)
  return `${year}${pad(1 + Math.floor((ms - Date.UTC(year, 0, 1)) / (7 * DAY_MS)))}`
}

const pad = (value: number): string => String(value).padStart(2, '0')
