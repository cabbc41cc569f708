/** Numbers, sizes, times and dates as a region writes them. Times are Unix milliseconds, shown in the local zone. */
export type Formats = Readonly<{
  number(value: number): string
  /** Rounded down, so that no size is said to be more than it is: "11.3 GB". */
  bytes(value: number): string
  /** A fraction from 0 to 1, rounded down: 100 % is said only when all is done. */
  percent(fraction: number): string
  /** How long something took: "3 seconds", "52 minutes", "2 hours". */
  duration(seconds: number): string
  minutes(count: number): string
  hours(count: number): string
  time(ms: number): string
  /** "3 March 2026" */
  date(ms: number): string
  /** "today", "yesterday", "tomorrow", or "Saturday 21 November", with the year when it is another one. */
  day(ms: number, nowMs: number): string
  /** "Saturday 21 November", with the year when it is another one. */
  fullDay(ms: number, nowMs: number): string
  /** The day and the time: "today, 14:05". */
  when(ms: number, nowMs: number): string
  /** "22", the number of a day as calendars show it. */
  dayNumber(ms: number): string
  /** "22 November" */
  dayOfMonth(ms: number): string
  /** "November", with the year when it is another one. */
  month(ms: number, nowMs: number): string
  monthOfYear(ms: number): string
  weekday(ms: number, width: 'narrow' | 'long'): string
  list(items: readonly string[]): string
  /** The first letter as a sentence begins with it. */
  capital(text: string): string
}>

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export function formats(locale: string): Formats {
  const numbers = new Intl.NumberFormat(locale)
  const percent = new Intl.NumberFormat(locale, { style: 'percent', roundingMode: 'floor' })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' })
  const dateFormat = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, options)
    return (ms: number) => format.format(ms)
  }
  const unit = (name: 'second' | 'minute' | 'hour', count: number): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' }).format(count)
  const dayOfThisYear = dateFormat({ weekday: 'long', day: 'numeric', month: 'long' })
  const dayOfAnyYear = dateFormat({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  const monthOfThisYear = dateFormat({ month: 'long' })
  const monthOfYear = dateFormat({ month: 'long', year: 'numeric' })
  const weekdays = { narrow: dateFormat({ weekday: 'narrow' }), long: dateFormat({ weekday: 'long' }) }

  const fullDay = (ms: number, nowMs: number): string => (isSameYear(ms, nowMs) ? dayOfThisYear(ms) : dayOfAnyYear(ms))
  const day = (ms: number, nowMs: number): string => {
    const ago = daysBetween(ms, nowMs)
    if (ago >= -1 && ago <= 1) return relative.format(-ago, 'day')
    return fullDay(ms, nowMs)
  }
  return {
    number: (value) => numbers.format(value),
    bytes(value) {
      const at = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1)
      const scaled = value / 1000 ** at
      const digits = at === 0 || scaled >= 100 ? 0 : 1
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: UNITS[at] ?? 'byte',
        unitDisplay: at === 0 ? 'long' : 'short',
        maximumFractionDigits: digits,
        roundingMode: 'floor',
      }).format(scaled)
    },
    percent: (fraction) => percent.format(fraction),
    duration(seconds) {
      if (seconds < 60) return unit('second', Math.max(1, Math.round(seconds)))
      if (seconds < 7200) return unit('minute', Math.round(seconds / 60))
      return unit('hour', Math.round(seconds / 3600))
    },
    minutes: (count) => unit('minute', count),
    hours: (count) => unit('hour', count),
    time: (ms) => time.format(ms),
    date: dateFormat({ day: 'numeric', month: 'long', year: 'numeric' }),
    day,
    fullDay,
    when: (ms, nowMs) => `${day(ms, nowMs)}, ${time.format(ms)}`,
    dayNumber: dateFormat({ day: 'numeric' }),
    dayOfMonth: dateFormat({ day: 'numeric', month: 'long' }),
    month: (ms, nowMs) => (isSameYear(ms, nowMs) ? monthOfThisYear(ms) : monthOfYear(ms)),
    monthOfYear,
    weekday: (ms, width) => weekdays[width](ms),
    list: (items) => lists.format(items),
    capital: (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1),
  }
}

/** Whole local days from one moment to a later one; 0 for the same day. */
export function daysBetween(earlierMs: number, laterMs: number): number {
  return Math.round((noonOf(laterMs) - noonOf(earlierMs)) / 86_400_000)
}

/** Noon of a local day: safe from changes of the clock. */
export const noonOf = (ms: number): number => new Date(ms).setHours(12, 0, 0, 0)

const isSameYear = (a: number, b: number): boolean => new Date(a).getFullYear() === new Date(b).getFullYear()
