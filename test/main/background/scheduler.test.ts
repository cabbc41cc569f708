import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FREQUENCIES, type Rule } from '#common/background.ts'
import { nextSlot, tomorrowMorning } from '../../../electron/main/background/next-slot.ts'
import {
  began,
  type Ending,
  ended,
  isDue,
  look,
  type Moment,
  NO_SCHEDULE,
  nextRunMs,
  paused,
  resumed,
  returned,
  type ScheduleMemory,
  woke,
} from '../../../electron/main/background/scheduler.ts'
import { dateOf, wallClock } from '../../../electron/main/background/wall-clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BERLIN = wallClock('Europe/Berlin')
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Auckland', 'Asia/Kathmandu', 'UTC'] as const

const DAILY: Rule = { frequency: 'daily', hour: 2, weekday: 0, monthDay: 1 }
const at = (text: string, clock = BERLIN): number => {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = text.split(/[- :]/).map(Number)
  return clock.at({ year, month, day, hour, minute })
}
const shown = (ms: number | null, clock = BERLIN): string | null => {
  if (ms === null) return null
  const time = clock.read(ms)
  return `${dateOf(time)} ${String(time.hour).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}`
}
const moment = (nowMs: number, more: Partial<Moment> = {}): Moment => ({
  nowMs,
  clock: BERLIN,
  rule: DAILY,
  random: () => 0.5,
  ...more,
})

describe('the next time by the rule', () => {
  it.each<[string, Partial<Rule>, string, string | null]>([
    ['every day', {}, '2026-11-25 01:59', '2026-11-25 02:00'],
    ['every day, when it is just that time', {}, '2026-11-25 02:00', '2026-11-26 02:00'],
    ['at midnight', { hour: 0 }, '2026-12-31 23:00', '2027-01-01 00:00'],
    ['every week', { frequency: 'weekly', weekday: 0 }, '2026-11-25 12:00', '2026-11-29 02:00'],
    ['every month', { frequency: 'monthly', monthDay: 15 }, '2026-11-25 12:00', '2026-12-15 02:00'],
    [
      'on the 31st, in a month of 30 days',
      { frequency: 'monthly', monthDay: 31 },
      '2026-11-01 12:00',
      '2026-11-30 02:00',
    ],
    ['on the 31st, in February', { frequency: 'monthly', monthDay: 31 }, '2027-02-01 12:00', '2027-02-28 02:00'],
    ['by hand only', { frequency: 'manual' }, '2026-11-25 12:00', null],
    ['in the night in which two o’clock is left out', {}, '2027-03-28 01:30', '2027-03-28 03:00'],
    ['in the night in which two o’clock comes twice', {}, '2027-10-31 01:30', '2027-10-31 02:00'],
  ])('%s', (_name, rule, after, expected) => {
    expect(shown(nextSlot({ ...DAILY, ...rule }, at(after), BERLIN))).toBe(expected)
  })

  it('comes once in the night in which two o’clock comes twice', () => {
    const first = nextSlot(DAILY, at('2027-10-31 01:30'), BERLIN) ?? 0
    expect(shown(nextSlot(DAILY, first, BERLIN))).toBe('2027-11-01 02:00')
  })

  it('is ahead, at the hour that was asked for, and nothing of the rule lies between, in any zone at any time', () => {
    const rule = fc.record({
      frequency: fc.constantFrom('daily', 'weekly', 'monthly'),
      hour: fc.integer({ min: 0, max: 23 }),
      weekday: fc.integer({ min: 0, max: 6 }),
      monthDay: fc.integer({ min: 1, max: 31 }),
    })
    const time = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2034, 0) })
    fc.assert(
      fc.property(rule, time, fc.constantFrom(...ZONES), (one, afterMs, zone) => {
        const clock = wallClock(zone)
        const slot = nextSlot(one, afterMs, clock) ?? 0
        expect(slot).toBeGreaterThan(afterMs)
        const { hour } = clock.read(slot)
        expect([one.hour, (one.hour + 1) % 24]).toContain(hour) // an hour later where the clock leaves it out
        const longest = { daily: 1, weekly: 7, monthly: 31, manual: 0 }[one.frequency]
        expect(slot - afterMs).toBeLessThanOrEqual(longest * DAY + HOUR)
        expect(nextSlot(one, slot - 1, clock)).toBe(slot)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the clock on the wall', () => {
  it('gives back every time that it shows', () => {
    const time = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2034, 0) }).map((ms) => ms - (ms % MINUTE))
    fc.assert(
      fc.property(time, fc.constantFrom(...ZONES), (ms, zone) => {
        const clock = wallClock(zone)
        const back = clock.at(clock.read(ms))
        expect(back === ms || (ms - back > 0 && ms - back <= HOUR)).toBe(true) // of two, the first
        expect(clock.read(back)).toEqual(clock.read(ms))
      }),
      { numRuns: 300 },
    )
  })

  it('is that of UTC in a zone that nobody knows', () => {
    expect(wallClock('Mars/Olympus').read(0)).toEqual(wallClock('UTC').read(0))
  })

  it.each([
    ['2026-11-25 15:00', '2026-11-26 08:00'],
    ['2026-11-25 23:59', '2026-11-26 08:00'],
    ['2026-11-26 01:00', '2026-11-26 08:00'], // still the evening before
    ['2026-11-26 05:00', '2026-11-27 08:00'],
  ])('from %s, tomorrow morning is %s', (now, expected) => {
    expect(shown(tomorrowMorning(at(now), BERLIN))).toBe(expected)
  })
})

describe('what was missed', () => {
  const before = look(NO_SCHEDULE, moment(at('2026-11-25 12:00')))

  it('is made up for once, some minutes later, however often it was missed', () => {
    const nowMs = at('2026-12-20 09:00')
    const after = look(before, moment(nowMs))
    expect(after.owed?.why).toBe('missed')
    expect(isDue(after, nowMs)).toBe(false)
    expect((after.owed?.atMs ?? 0) - nowMs).toBeGreaterThanOrEqual(2 * MINUTE)
    expect((after.owed?.atMs ?? 0) - nowMs).toBeLessThanOrEqual(10 * MINUTE)
    expect(shown(after.dueMs)).toBe('2026-12-21 02:00')
    expect(look(after, moment(nowMs + MINUTE))).toEqual(after)
  })

  it('shortly before the next time is made up for by that', () => {
    const after = look(before, moment(at('2026-11-27 00:30')))
    expect(after.owed?.why).toBe('missed')
    expect(shown(after.dueMs)).toBe('2026-11-28 02:00')
  })

  it('a few minutes after its time it is on time: the clock is coarse', () => {
    const nowMs = at('2026-11-26 02:15')
    expect(look(before, moment(nowMs)).owed).toEqual({ atMs: nowMs, why: 'slot' })
  })

  it('waits again when the computer sleeps and wakes once more', () => {
    const missed = look(before, moment(at('2026-12-20 09:00')))
    const nowMs = at('2026-12-20 13:00')
    const after = woke(missed, moment(nowMs), false)
    expect((after.owed?.atMs ?? 0) - nowMs).toBeGreaterThanOrEqual(2 * MINUTE)
  })
})

describe('failures', () => {
  const running = (): ScheduleMemory => began(look(NO_SCHEDULE, moment(at('2026-11-25 12:00'))), at('2026-11-26 02:00'))

  it('are tried again after 5 minutes, 30 minutes and 2 hours, and then at the next time', () => {
    let memory = running()
    const waits: (number | null)[] = []
    let nowMs = at('2026-11-26 02:05')
    for (let turn = 0; turn < 4; turn++) {
      memory = ended(memory, 'failed', moment(nowMs, { random: () => 0 }))
      waits.push(memory.owed && (memory.owed.atMs - nowMs) / MINUTE)
      nowMs = memory.owed?.atMs ?? nowMs
      memory = began(memory, nowMs)
    }
    expect(waits).toEqual([5, 30, 120, null])
    expect(shown(nextRunMs(memory))).toBe('2026-11-26 02:00')
  })

  it('begin to be counted anew with the next time', () => {
    let memory = ended(running(), 'failed', moment(at('2026-11-26 02:05')))
    memory = look(memory, moment(at('2026-11-27 02:06')))
    expect(memory.failures).toBe(0)
  })

  it.each<Ending>(['good', 'hopeless', 'stopped'])('%s: nothing is tried again before the next time', (ending) => {
    expect(ended(running(), ending, moment(at('2026-11-26 02:05'))).owed).toBeNull()
  })

  it('interrupted: goes on as soon as it may', () => {
    const nowMs = at('2026-11-26 02:05')
    expect(isDue(ended(running(), 'interrupted', moment(nowMs)), nowMs)).toBe(true)
  })

  it('is tried soon when the disk or the network is back', () => {
    const failed = ended(running(), 'hopeless', moment(at('2026-11-26 02:05')))
    const nowMs = at('2026-11-26 15:00')
    const after = returned(failed, moment(nowMs))
    expect((after.owed?.atMs ?? 0) - nowMs).toBeLessThanOrEqual(MINUTE)
  })

  it('a run that was killed is carried on after the start, some minutes later', () => {
    const nowMs = at('2026-11-26 09:00')
    const after = woke(running(), moment(nowMs), true)
    expect(after).toMatchObject({ runningSinceMs: null, owed: { why: 'carry-on' } })
    expect(isDue(after, nowMs)).toBe(false)
    expect(isDue(after, nowMs + 10 * MINUTE)).toBe(true)
  })
})

describe('only when somebody presses the button', () => {
  const manual = { rule: { ...DAILY, frequency: 'manual' as const } }
  const memory = began(look(NO_SCHEDULE, moment(at('2026-11-25 12:00'), manual)), at('2026-11-25 12:00'))

  it('nothing runs by itself: not after a failure, a kill, a sleep, or when the disk is back', () => {
    const later = moment(at('2026-11-25 13:00'), manual)
    expect(ended(memory, 'failed', later).owed).toBeNull()
    expect(ended(memory, 'interrupted', later).owed).toBeNull()
    expect(woke(memory, later, true).owed).toBeNull()
    expect(returned(memory, later).owed).toBeNull()
    expect(nextRunMs(look(memory, moment(at('2030-01-01 12:00'), manual)))).toBeNull()
  })

  it('what was owed before it was chosen is not any more', () => {
    const owed = look(look(NO_SCHEDULE, moment(at('2026-11-25 12:00'))), moment(at('2026-11-26 03:00')))
    expect(owed.owed).not.toBeNull()
    expect(look(owed, moment(at('2026-11-26 03:01'), manual))).toMatchObject({ owed: null, dueMs: null })
  })
})

it('a new rule counts from now: an hour that has passed today is not missed', () => {
  const memory = look(NO_SCHEDULE, moment(at('2026-11-25 12:00')))
  const after = look(memory, moment(at('2026-11-25 12:01'), { rule: { ...DAILY, hour: 8 } }))
  expect(after.owed).toBeNull()
  expect(shown(after.dueMs)).toBe('2026-11-26 08:00')
})

it('a pause puts off what is shown as next, and its end is its end', () => {
  const memory = look(NO_SCHEDULE, moment(at('2026-11-25 23:00')))
  const pausing = paused(memory, at('2026-11-26 08:00'))
  expect(shown(nextRunMs(pausing))).toBe('2026-11-26 08:00')
  expect(shown(nextRunMs(resumed(pausing)))).toBe('2026-11-26 02:00')
  expect(look(pausing, moment(at('2026-11-26 08:01'))).pausedUntilMs).toBeNull()
})

/** Something that happens to a computer. */
type Happening = Readonly<
  | { kind: 'time'; minutes: number }
  | { kind: 'sleep'; hours: number }
  | { kind: 'travel'; zone: (typeof ZONES)[number] }
  | { kind: 'clock'; hours: number }
  | { kind: 'end'; ending: Ending }
  | { kind: 'restart' }
>

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('time' as const), minutes: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sleep' as const), hours: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('travel' as const), zone: fc.constantFrom(...ZONES) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), hours: fc.integer({ min: -900, max: 900 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      ending: fc.constantFrom<Ending>('good', 'failed', 'hopeless', 'interrupted', 'stopped'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)

it('whatever happens to a computer, and to its clock: never two runs at once, and the next is never further than the rule', () => {
  const rule = fc.record({
    frequency: fc.constantFrom(...FREQUENCIES),
    hour: fc.integer({ min: 0, max: 23 }),
    weekday: fc.integer({ min: 0, max: 6 }),
    monthDay: fc.integer({ min: 1, max: 31 }),
  })
  const longest = { daily: 3, weekly: 9, monthly: 33, manual: 0 }
  fc.assert(
    fc.property(rule, fc.array(happening, { maxLength: 60 }), (one, happenings) => {
      let nowMs = at('2026-11-25 12:00')
      let zone: (typeof ZONES)[number] = 'Europe/Berlin'
      let memory = NO_SCHEDULE
      for (const what of happenings) {
        if (what.kind === 'time') nowMs += what.minutes * MINUTE
        if (what.kind === 'sleep' || what.kind === 'clock') nowMs += what.hours * HOUR
        if (what.kind === 'travel') zone = what.zone
        const now = (): Moment => moment(nowMs, { rule: one, clock: wallClock(zone) })
        if (what.kind === 'sleep') memory = woke(memory, now(), false)
        if (what.kind === 'restart') memory = woke(memory, now(), true)
        if (what.kind === 'end' && memory.runningSinceMs !== null) memory = ended(memory, what.ending, now())
        memory = look(memory, now())
        expect(look(memory, now())).toEqual(memory) // looking twice does no harm
        if (memory.dueMs !== null) expect(memory.dueMs - nowMs).toBeLessThanOrEqual(longest[one.frequency] * DAY)
        if (memory.dueMs !== null) expect(memory.dueMs + memory.jitterMs).toBeGreaterThan(nowMs)
        if (memory.owed) expect(memory.owed.atMs - nowMs).toBeLessThanOrEqual(3 * HOUR)
        if (one.frequency === 'manual') expect(nextRunMs(memory)).toBeNull()
        else expect(memory.runningSinceMs !== null || nextRunMs(memory) !== null).toBe(true)
        if (isDue(memory, nowMs)) {
          expect(memory.runningSinceMs).toBeNull()
          memory = began(memory, nowMs)
        }
      }
    }),
    { numRuns: 300 },
  )
})

it('awake all the time, runs that end well come once for each time, in any zone over a change of the clock', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 700 }),
      (zone, hour, from) => {
        const clock = wallClock(zone)
        const rule: Rule = { ...DAILY, hour }
        let nowMs = Date.UTC(2026, 0, 1) + from * DAY
        let memory = NO_SCHEDULE
        const began_: string[] = []
        for (let turn = 0; turn < 20 * 24 * 6; turn++, nowMs += 10 * MINUTE) {
          const now = moment(nowMs, { clock, rule })
          memory = look(memory, now)
          if (!isDue(memory, nowMs)) continue
          began_.push(dateOf(clock.read(nowMs - 20 * MINUTE)))
          memory = ended(began(memory, nowMs), 'good', now)
        }
        expect(new Set(began_).size).toBe(began_.length)
        expect(began_.length).toBeGreaterThanOrEqual(19)
      },
    ),
    { numRuns: 15 },
  )
})
