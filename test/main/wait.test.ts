import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginWait, LAST_MS, passWait, WAIT_MS, type Wait } from '../../electron/main/wait.ts'

const HOUR = 3600_000
const START = { nowMs: 1_800_000_000_000, uptimeMs: 5 * HOUR }

/** The clocks after so long, with the clock that people see set on (or back) meanwhile. */
const after = (ms: number, setOnMs = 0) => ({ nowMs: START.nowMs + ms + setOnMs, uptimeMs: START.uptimeMs + ms })

/** The clocks after a restart of the system: by the clock on the wall so long later, running for a minute. */
const restarted = (ms: number) => ({ nowMs: START.nowMs + ms, uptimeMs: 60_000 })

const hoursLeft = ({ leftMs }: Wait): number => leftMs / HOUR

describe('a wait of a day', () => {
  it('passes with time, also while the computer sleeps', () => {
    expect(hoursLeft(beginWait(START))).toBe(24)
    expect(hoursLeft(passWait(beginWait(START), after(5 * HOUR), false))).toBe(19)
    expect(hoursLeft(passWait(beginWait(START), after(48 * HOUR), true))).toBe(0)
  })

  it('stops at the last hour until that was announced', () => {
    const stopped = passWait(beginWait(START), after(48 * HOUR), false)
    expect(hoursLeft(stopped)).toBe(1)
    expect(hoursLeft(passWait(stopped, after(48.5 * HOUR), true))).toBe(0.5)
  })

  it.each([30, -30])('does not mind a clock that is set by %s hours', (hours) => {
    const wait = passWait(beginWait(START), after(2 * HOUR, hours * HOUR), true)
    expect(hoursLeft(wait)).toBe(22)
    expect(hoursLeft(passWait(wait, after(3 * HOUR), true))).toBe(21) // and set right again
  })

  it('goes on while the computer is off, up to the last hour', () => {
    expect(hoursLeft(passWait(beginWait(START), restarted(10 * HOUR), false))).toBe(14)
    expect(hoursLeft(passWait(beginWait(START), restarted(99 * HOUR), true))).toBe(1)
  })

  it('takes nothing off the last hour by a restart', () => {
    const last = passWait(passWait(beginWait(START), after(24 * HOUR), false), after(24.5 * HOUR), true)
    expect(hoursLeft(last)).toBe(0.5)
    expect(hoursLeft(passWait(last, restarted(99 * HOUR), true))).toBe(0.5)
  })

  it('takes back what a clock gave that was set on over a restart, when it is put right', () => {
    const cheated = passWait(beginWait(START), restarted(20 * HOUR), false)
    expect(hoursLeft(cheated)).toBe(4)
    const right = { nowMs: START.nowMs + HOUR, uptimeMs: 60_000 + HOUR }
    expect(hoursLeft(passWait(cheated, right, false))).toBe(23)
  })

  it('is not made longer by a clock that went back over a restart', () => {
    expect(hoursLeft(passWait(beginWait(START), restarted(-50 * HOUR), false))).toBe(24)
  })

  it('never passes faster than the system has run, and never grows beyond a day, whatever the clocks do', () => {
    const jump = fc.record({
      passedMs: fc.integer({ min: 0, max: 10 * HOUR }),
      setMs: fc.integer({ min: -90 * HOUR, max: 90 * HOUR }),
    })
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 12 }), fc.boolean(), (jumps, mayEnd) => {
        let [clocks, wait, ranMs] = [START, beginWait(START), 0]
        for (const { passedMs, setMs } of jumps) {
          clocks = { nowMs: clocks.nowMs + passedMs + setMs, uptimeMs: clocks.uptimeMs + passedMs }
          ranMs += passedMs
          wait = passWait(wait, clocks, mayEnd)
          expect(wait.leftMs).toBe(Math.max(mayEnd ? 0 : LAST_MS, WAIT_MS - ranMs))
        }
      }),
    )
  })
})
