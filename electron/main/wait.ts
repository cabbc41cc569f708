/** How long a new secret waits that was asked for without a known one. */
export const WAIT_MS = 24 * 3600_000

/** The part of the wait that begins with a second notification and is never skipped. */
export const LAST_MS = 3600_000

/** Two clocks of one computer: the one that people see and set, and the one that runs since the system started. */
export type Clocks = Readonly<{ nowMs: number; uptimeMs: number }>

/**
 * A wait, and the clocks when it was last looked at. `creditMs` is what was taken off only because the clock that
 * people set said so.
 */
export type Wait = Readonly<{ leftMs: number; creditMs: number; wallMs: number; uptimeMs: number }>

/** The clock of people may drift and be put right by this much without meaning anything. */
const SLACK_MS = 60_000

export const beginWait = ({ nowMs, uptimeMs }: Clocks): Wait => ({
  leftMs: WAIT_MS,
  creditMs: 0,
  wallMs: nowMs,
  uptimeMs,
})

/**
 * The wait as it stands now. While the system runs or sleeps only its own clock counts, so that nobody ends the wait by
 * setting the other one. Over a restart there is only the clock that people set: it counts, except for the last hour,
 * and what it gave too much is taken back when it is put right afterwards.
 *
 * @param mayEnd - false as long as the last hour was not announced: the wait stops there.
 */
export function passWait(wait: Wait, { nowMs, uptimeMs }: Clocks, mayEnd: boolean): Wait {
  const isSameStart = uptimeMs >= wait.uptimeMs
  const wallPassedMs = nowMs - wait.wallMs
  const passedMs = isSameStart ? uptimeMs - wait.uptimeMs : Math.max(0, wallPassedMs)
  const setBackMs = isSameStart && passedMs - wallPassedMs > SLACK_MS ? passedMs - wallPassedMs : 0
  const takenBackMs = Math.min(setBackMs, wait.creditMs)
  const leastMs = isSameStart && mayEnd ? 0 : Math.min(LAST_MS, wait.leftMs)
  const before = Math.min(WAIT_MS, wait.leftMs + takenBackMs)
  const leftMs = Math.max(leastMs, before - passedMs)
  const creditMs = wait.creditMs - takenBackMs + (isSameStart ? 0 : before - leftMs)
  return { leftMs, creditMs, wallMs: nowMs, uptimeMs }
}
