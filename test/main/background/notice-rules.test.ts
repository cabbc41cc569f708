import { describe, expect, it } from 'vitest'
import type { Frequency } from '#common/background.ts'
import { ERROR_CODES, type ErrorCode } from '#common/errors.ts'
import { daysWithout, stepReached } from '#common/no-backup.ts'
import {
  afterDays,
  afterFailure,
  afterSuccess,
  mayPassByItself,
  NO_NOTICES,
  type NoticeMemory,
  tell,
} from '../../../electron/main/background/notice-rules.ts'

const DAY = 24 * 3600 * 1000

/** What is told when the same happens on so many days, with the number of the day. */
function over(days: number, code: ErrorCode): readonly number[] {
  let memory: NoticeMemory = { ...NO_NOTICES, firstDone: true }
  const told: number[] = []
  for (let day = 1; day <= days; day++) {
    for (const isLastTry of [false, true]) {
      const next = afterFailure(memory, code, isLastTry, `day ${day}`)
      memory = next.memory
      if (next.causes.length > 0) told.push(day)
    }
  }
  return told
}

describe('success', () => {
  it('is told the first time, and never again', () => {
    const first = afterSuccess(NO_NOTICES)
    expect(first.causes).toEqual(['first-backup'])
    expect(afterSuccess(first.memory).causes).toEqual([])
  })

  it('ends what was told of failures: the next one is news', () => {
    const { memory } = tell({ ...NO_NOTICES, firstDone: true }, 'sign-in-needed', 'today')
    expect(tell(memory, 'sign-in-needed', 'today').causes).toEqual([])
    expect(tell(afterSuccess(memory).memory, 'sign-in-needed', 'today').causes).toEqual(['sign-in-needed'])
  })
})

describe('a failure', () => {
  it.each<ErrorCode>(['offline', 'destination-missing', 'busy', 'cancelled'])('%s is never told by itself', (code) => {
    expect(over(20, code)).toEqual([])
  })

  it.each<ErrorCode>([
    'destination-full',
    'source-unreadable',
    'disk-full',
    'unexpected',
  ])('%s is told when the second time has failed, too, on three days', (code) =>
    expect(over(20, code)).toEqual([2, 3, 4]))

  it('of any other kind is told at once, on three days', () => {
    const others = ERROR_CODES.filter((code) => !mayPassByItself(code))
    expect(others).toEqual(expect.arrayContaining(['sign-in-needed', 'keychain-locked'])) // each try may ask a person
    for (const code of others) expect(over(20, code), code).toEqual([1, 2, 3])
  })

  it('of one kind does not keep another from being told', () => {
    const { memory } = tell(NO_NOTICES, 'sign-in-needed', 'today')
    expect(tell(memory, 'rolled-back', 'today').causes).toEqual(['rolled-back'])
  })
})

describe('days without a good backup', () => {
  const steps = (frequency: Frequency): readonly number[] =>
    Array.from({ length: 200 }, (_, day) => day).filter(
      (day) => stepReached(frequency, day) > stepReached(frequency, day - 1),
    )

  it('are told after 7, 14 and 30, and then every 30', () => {
    expect(steps('daily')).toEqual([7, 14, 30, 60, 90, 120, 150, 180])
  })

  it('with a longer rhythm not before one is late', () => {
    expect(steps('weekly')).toEqual([14, 30, 60, 90, 120, 150, 180])
    expect(steps('monthly')).toEqual([38, 60, 90, 120, 150, 180])
    expect(steps('manual')).toEqual([30, 60, 90, 120, 150, 180])
  })

  it('each once, and of several that were passed asleep only the last', () => {
    const age = { lastGoodMs: 0, frequency: 'daily', isAboutToRun: false } as const
    const first = afterDays(NO_NOTICES, { ...age, nowMs: 45 * DAY })
    expect(first.causes).toEqual(['no-backup'])
    expect(first.memory.step).toBe(30)
    expect(afterDays(first.memory, { ...age, nowMs: 59 * DAY }).causes).toEqual([])
    expect(afterDays(first.memory, { ...age, nowMs: 60 * DAY }).causes).toEqual(['no-backup'])
  })

  it('wait for a backup that is about to run, but no longer than a day', () => {
    const age = { lastGoodMs: 0, frequency: 'daily', isAboutToRun: true } as const
    const held = afterDays(NO_NOTICES, { ...age, nowMs: 8 * DAY })
    expect(held.causes).toEqual([])
    expect(afterDays(held.memory, { ...age, nowMs: 9 * DAY - 1 }).causes).toEqual([])
    expect(afterDays(held.memory, { ...age, nowMs: 9 * DAY }).causes).toEqual(['no-backup'])
  })

  it('a clock that was set back counts none', () => expect(daysWithout(100 * DAY, DAY)).toBe(0))
})
