import type { Clock } from './background-service.ts'

/** The computer's own time and chance. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  zone: currentZone,
  random: () => Math.random(), // decides about nothing but moments
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * The time zone of now. Node looks at the system's zone once and then only when the variable TZ is touched (the docs of
 * process.env.TZ), so a computer that travels would keep the zone in which the app was started.
 */
function currentZone(): string {
  const named = process.env['TZ']
  if (named === undefined) delete process.env['TZ']
  else process.env['TZ'] = named
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}
