import { expect, it } from 'vitest'
import { isTimeToAsk, known, later, renewed } from '../../../electron/main/background/reminder-rules.ts'

const DAY = 24 * 3600 * 1000
const PASSWORD = { secrets: ['password'], sinceMs: 0 } as const
const NEW = { sinceMs: null, passed: 0, laterMs: null }

it('the password is asked for after 1, 7, 30 and 90 days', () => {
  let memory = NEW
  const asked: number[] = []
  for (let day = 0; day < 400; day++) {
    if (!isTimeToAsk(memory, PASSWORD, day * DAY)) continue
    asked.push(day)
    memory = known(memory, 0, day * DAY) as typeof NEW
  }
  expect(asked).toEqual([1, 7, 30, 90])
})

it('whoever was away for long is asked once, not four times', () => {
  expect(isTimeToAsk(known(NEW, 0, 100 * DAY), PASSWORD, 101 * DAY)).toBe(false)
})

it('not now means tomorrow', () => {
  const put = later(NEW, 7 * DAY)
  expect(isTimeToAsk(put, PASSWORD, 7.9 * DAY)).toBe(false)
  expect(isTimeToAsk(put, PASSWORD, 8 * DAY)).toBe(true)
})

it('a new password begins from the start', () => {
  const memory = renewed(100 * DAY)
  expect(isTimeToAsk(memory, PASSWORD, 100.5 * DAY)).toBe(false)
  expect(isTimeToAsk(memory, PASSWORD, 101 * DAY)).toBe(true)
})

it('nobody is asked for a key', () => {
  expect(isTimeToAsk(NEW, { secrets: ['key'], sinceMs: 0 }, 100 * DAY)).toBe(false)
  expect(isTimeToAsk(NEW, { secrets: ['key', 'password'], sinceMs: 0 }, 100 * DAY)).toBe(true)
})
