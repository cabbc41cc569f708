import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DatedSnapshot, DEFAULT_POLICY, snapshotsToKeep } from '#engine/retention/policy.ts'

const DAY_MS = 24 * 3600 * 1000
const START_MS = Date.UTC(2025, 0, 1, 12)

/** One snapshot a day, with what the clock said on each. */
function chain(times: readonly number[], deviceId = 'a'): DatedSnapshot[] {
  return times.map((atMs, i) => ({ deviceId, seq: i + 2, atMs }))
}

const days = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, day) => START_MS + (from + day) * DAY_MS)

const seqs = (kept: ReadonlySet<DatedSnapshot>, deviceId = 'a'): number[] =>
  [...kept]
    .filter((one) => one.deviceId === deviceId)
    .map(({ seq }) => seq)
    .sort((a, b) => b - a)

const keep = (snapshots: readonly DatedSnapshot[], verified: { deviceId: string; seq: number }[] = []) =>
  snapshotsToKeep(snapshots, DEFAULT_POLICY, verified)

describe('which snapshots stay', () => {
  it('are the newest of seven days, four weeks and twelve months', () => {
    const year = chain(days(0, 365))
    const kept = keep(year)
    expect(kept.size).toBeGreaterThanOrEqual(7 + 3 + 11 - 2)
    expect(kept.size).toBeLessThanOrEqual(7 + 4 + 12)
    expect(seqs(kept).slice(0, 7)).toEqual([366, 365, 364, 363, 362, 361, 360])
    const months = new Set([...kept].map(({ atMs }) => new Date(atMs).getUTCMonth()))
    expect(months.size).toBe(12)
  })

  it('are one a day when there are many', () => {
    const hours = chain(Array.from({ length: 24 * 10 }, (_, hour) => START_MS + hour * 3600 * 1000))
    expect(keep(hours).size).toBeLessThanOrEqual(3 + 7 + 4 + 12)
    expect(keep(hours).size).toBeGreaterThanOrEqual(7)
  })

  it('are never fewer than three, and always the newest and the last verified one', () => {
    const policy = { daily: 0, weekly: 0, monthly: 0 }
    const snapshots = chain(days(0, 20))
    const kept = snapshotsToKeep(snapshots, policy, [{ deviceId: 'a', seq: 9 }])
    expect(seqs(kept)).toEqual([21, 20, 19, 9])
    expect(snapshotsToKeep(chain(days(0, 2)), policy, []).size).toBe(2)
  })
})

describe('T34: a clock that jumped', () => {
  const honest = days(0, 120)
  const withJump = (from: number, count: number, shiftMs: (atMs: number) => number): DatedSnapshot[] =>
    chain(honest.map((atMs, day) => (day >= from && day < from + count ? shiftMs(atMs) : atMs)))

  /** Real days on which what stays was made: the policy cannot know them, the test does. */
  const realDays = (kept: ReadonlySet<DatedSnapshot>): number[] => [...kept].map(({ seq }) => seq - 2)
  const months = (kept: ReadonlySet<DatedSnapshot>): number =>
    new Set(realDays(kept).map((day) => new Date(START_MS + day * DAY_MS).getUTCMonth())).size

  it.each([
    ['1970', (atMs: number) => atMs - START_MS],
    ['2100', (atMs: number) => atMs + 75 * 365 * DAY_MS],
    ['two days ahead', (atMs: number) => atMs + 2 * DAY_MS],
    ['two days behind', (atMs: number) => atMs - 2 * DAY_MS],
  ])('to %s for ten days costs at most a day, a week and a month of history', (_, shift) => {
    for (const from of [0, 30, 60, 100, 110]) {
      const kept = keep(withJump(from, 10, shift))
      expect(realDays(kept)).toEqual(expect.arrayContaining([119, 118, 117]))
      expect(realDays(kept).filter((day) => day > 105).length).toBeGreaterThanOrEqual(6)
      expect(months(kept)).toBeGreaterThanOrEqual(3)
    }
  })

  it('back and forth on every start costs no more than half of it', () => {
    const kept = keep(chain(honest.map((atMs, day) => (day % 2 === 0 ? 1_000_000 + day : atMs))))
    expect(realDays(kept).filter((day) => day > 100).length).toBeGreaterThanOrEqual(5)
    expect(months(kept)).toBeGreaterThanOrEqual(3)
  })

  it('never makes the newest three go, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e13, max: 1e13 }), { maxLength: 40 }), (times) => {
        const snapshots = chain(times)
        const kept = keep(snapshots)
        for (const snapshot of snapshots.slice(-3)) expect(kept.has(snapshot)).toBe(true)
        expect(kept.size).toBeGreaterThanOrEqual(Math.min(3, times.length))
      }),
    )
  })
})

describe('what another device writes', () => {
  it('pushes nothing out, however much it is and whatever dates it bears', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e13, max: 1e13 }), { minLength: 1, maxLength: 300 }), (fakes) => {
        const mine = chain(days(0, 60))
        const alone = seqs(keep(mine))
        const together = keep([...mine, ...chain(fakes, 'b')])
        expect(seqs(together)).toEqual(alone)
      }),
      { numRuns: 30 },
    )
  })
})
