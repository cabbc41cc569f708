/** How many snapshots of each device stay: the newest of each of the last so many days, weeks and months that have any. */
export type KeepPolicy = Readonly<{ daily: number; weekly: number; monthly: number }>

export const DEFAULT_POLICY: KeepPolicy = { daily: 7, weekly: 4, monthly: 12 }

/** Of each device at least so many stay, whatever the policy says. */
const AT_LEAST = 3

/** A snapshot as the policy sees it: where it stands in its device's chain, and what that device's clock said. */
export type DatedSnapshot = Readonly<{ deviceId: string; seq: number; atMs: number }>

/**
 * Which snapshots stay. Each device is judged by its own chain alone, so nothing that one writes, whatever dates it puts
 * on it, pushes out what another wrote; and no clock is asked what time it is now, so a wrong one drops nothing.
 *
 * @param verified - where the last verified snapshots stand; they stay.
 */
export function snapshotsToKeep<T extends DatedSnapshot>(
  snapshots: readonly T[],
  policy: KeepPolicy,
  verified: readonly Readonly<{ deviceId: string; seq: number }>[],
): ReadonlySet<T> {
  const kept = new Set<T>()
  for (const deviceId of new Set(snapshots.map((snapshot) => snapshot.deviceId))) {
    const chain = snapshots.filter((snapshot) => snapshot.deviceId === deviceId).sort((a, b) => b.seq - a.seq)
    for (const snapshot of keptOfChain(chain, policy)) kept.add(snapshot)
  }
  for (const snapshot of snapshots) {
    if (verified.some(({ deviceId, seq }) => snapshot.deviceId === deviceId && snapshot.seq === seq)) kept.add(snapshot)
  }
  return kept
}

/** @param chain - of one device, newest first. */
function keptOfChain<T extends DatedSnapshot>(chain: readonly T[], policy: KeepPolicy): ReadonlySet<T> {
  const kept = new Set(chain.slice(0, AT_LEAST))
  const lines = timeLines(chain)
  const levels: readonly (readonly [number, (atMs: number) => number])[] = [
    [policy.daily, dayOf],
    [policy.weekly, weekOf],
    [policy.monthly, monthOf],
  ]
  for (const [count, periodOf] of levels) {
    const met = new Set<string>()
    for (const snapshot of chain) {
      const period = `${lines.get(snapshot)}/${periodOf(snapshot.atMs)}`
      if (met.has(period) || met.size >= count) continue
      met.add(period)
      kept.add(snapshot)
    }
  }
  return kept
}

/**
 * Sorts a chain into as few lines as can be, in each of which time never goes back. A clock that was right all the time
 * gives one; one that jumped gives a line more, so that what was taken under a wrong date neither hides nor replaces what
 * was taken under a right one. A snapshot goes on the line that ended last before it (patience sorting).
 */
function timeLines<T extends DatedSnapshot>(chain: readonly T[]): ReadonlyMap<T, number> {
  const ends: number[] = []
  const lines = new Map<T, number>()
  for (const snapshot of chain.toReversed()) {
    let line = -1
    for (const [number, end] of ends.entries()) {
      if (end <= snapshot.atMs && (line < 0 || end > (ends[line] ?? 0))) line = number
    }
    if (line < 0) line = ends.length
    ends[line] = snapshot.atMs
    lines.set(snapshot, line)
  }
  return lines
}

const DAY_MS = 24 * 3600 * 1000

/** Days, weeks from Monday and months of UTC, counted from 1970. */
export const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS)
const weekOf = (atMs: number): number => Math.floor((dayOf(atMs) + 3) / 7)
const monthOf = (atMs: number): number => {
  const date = new Date(atMs)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
