import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { RateLimit } from '../../electron/main/rate-limit.ts'

const count = (limit: RateLimit, asks: number): number =>
  Array.from({ length: asks }, () => limit.allows()).filter(Boolean).length

it('lets a burst through, and then at a steady rate', () => {
  let nowMs = 1_000_000
  const limit = new RateLimit(5, 10, () => nowMs)
  expect(count(limit, 100)).toBe(5)
  nowMs += 100
  expect(count(limit, 100)).toBe(1)
  nowMs += 99
  expect(count(limit, 100)).toBe(0)
  nowMs += 1
  expect(count(limit, 100)).toBe(1)
})

it('saves up no more than one burst', () => {
  let nowMs = 0
  const limit = new RateLimit(5, 10, () => nowMs)
  nowMs += 3_600_000
  expect(count(limit, 100)).toBe(5)
})

it('never lets through more than the burst and the rate together', () => {
  const pauses = fc.array(
    fc.record({ pauseMs: fc.integer({ min: 0, max: 2000 }), asks: fc.integer({ min: 0, max: 50 }) }),
  )
  fc.assert(
    fc.property(pauses, (steps) => {
      let nowMs = 0
      const limit = new RateLimit(7, 20, () => nowMs)
      let allowed = 0
      for (const { pauseMs, asks } of steps) {
        nowMs += pauseMs
        allowed += count(limit, asks)
      }
      expect(allowed).toBeLessThanOrEqual(7 + (nowMs / 1000) * 20 + 1e-6)
    }),
  )
})
