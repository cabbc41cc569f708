import type { LastBackup } from '#common/backup-state.ts'
import type { PlainError } from '#common/errors.ts'
import { daysBetween } from '#common/formats.ts'

/** What home says first. */
export type HomeMood =
  | Readonly<{ kind: 'safe' }>
  | Readonly<{ kind: 'problem'; problem: PlainError }>
  | Readonly<{ kind: 'unfinished' }>
  | Readonly<{ kind: 'late'; days: number }>

/** From so many days without a backup on, home does not say any more that all is well. */
const LATE_DAYS = 7

export function homeMood(
  { problem, lastBackup }: Readonly<{ problem: PlainError | null; lastBackup: LastBackup | null }>,
  nowMs: number,
): HomeMood {
  if (problem) return { kind: 'problem', problem }
  if (!lastBackup) return { kind: 'unfinished' }
  const days = daysBetween(lastBackup.takenAtMs, nowMs)
  return days >= LATE_DAYS ? { kind: 'late', days } : { kind: 'safe' }
}

/** How the line about the last good backup is put: it may lie on the very disk that is missing. */
export function lastGoodKey({ code }: PlainError): 'home.lastGood' | 'home.lastGoodOnIt' | 'home.lastGoodWas' {
  if (code === 'destination-missing') return 'home.lastGoodOnIt'
  return code === 'rolled-back' || code === 'no-repository' ? 'home.lastGoodWas' : 'home.lastGood'
}
