import { expect, it } from 'vitest'
import { ACTS } from './acts.ts'
import { Crashes } from './crashes.ts'

/** `npm run test:crash` kills each act two hundred times. */
const POINTS = 2

it.each(
  ACTS,
)('R01-R05, T26-T29: killed in the middle of $name, nothing is lost and the next run completes', async (act) => {
  using crashes = new Crashes(act)
  await crashes.prepare(1)
  expect(crashes.changes).toBeGreaterThan(10)
  for (let i = 0; i < POINTS; i++) {
    const number = 1 + Math.floor(((i + 0.5) / POINTS) * crashes.changes)
    expect(await crashes.crash({ kind: 'change', number })).toBe(true)
  }
}, 60_000)
