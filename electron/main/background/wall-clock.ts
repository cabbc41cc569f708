/** What the clock on the wall shows. Months from 1, weekdays from Sunday, 0. */
export type WallTime = Readonly<{
  year: number
  month: number
  day: number
  hour: number
  minute: number
}>

/** The clock on the wall of one time zone, with its daylight saving. */
export interface WallClock {
  readonly zone: string // IANA, e.g. Europe/Berlin
  read(ms: number): WallTime
  /** When the clock shows this: the first time of two; an hour that is left out counts as much later as it was left out. */
  at(time: WallTime): number
}

const DAY_MS = 24 * 3600 * 1000
const clocks = new Map<string, WallClock>()

/** The clock of a zone; one that nobody knows has the time of UTC. */
export function wallClock(zone: string): WallClock {
  let clock = clocks.get(zone)
  if (!clock) {
    clock = new ZoneClock(zone)
    clocks.set(zone, clock)
  }
  return clock
}

class ZoneClock implements WallClock {
  readonly zone: string
  readonly #format: Intl.DateTimeFormat

  constructor(zone: string) {
    this.zone = zone
    this.#format = formatOf(zone)
  }

  read(ms: number): WallTime {
    const shown = new Date(ms + this.#offset(ms))
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      hour: shown.getUTCHours(),
      minute: shown.getUTCMinutes(),
    }
  }

  at({ year, month, day, hour, minute }: WallTime): number {
    const asIfUtc = Date.UTC(year, month - 1, day, hour, minute)
    const [before, after] = [this.#offset(asIfUtc - DAY_MS), this.#offset(asIfUtc + DAY_MS)]
    const shown = [asIfUtc - before, asIfUtc - after].filter((ms) => ms + this.#offset(ms) === asIfUtc)
    return shown.length > 0 ? Math.min(...shown) : asIfUtc - before
  }

  /** By how many milliseconds the clock is ahead of UTC. */
  #offset(ms: number): number {
    const part: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(ms)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const whole = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const clock = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
  try {
    return new Intl.DateTimeFormat('en-US', { ...whole, ...clock, timeZone: zone })
  } catch {
    return new Intl.DateTimeFormat('en-US', { ...whole, ...clock, timeZone: 'UTC' })
  }
}

/** The same time of day, so many days later; months and years carry over. */
export function daysLater(time: WallTime, days: number): WallTime {
  const date = new Date(Date.UTC(time.year, time.month - 1, time.day + days))
  return { ...time, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** 0 is Sunday. */
export const weekdayOf = ({ year, month, day }: WallTime): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay()

export const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** The date, YYYY-MM-DD. */
export const dateOf = ({ year, month, day }: WallTime): string =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
