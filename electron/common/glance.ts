import type { Background, Glance, GlanceTimes } from '#common/background.ts'
import type { BackupState, Protection } from '#common/backup-state.ts'
import type { BackupProgress } from '#common/engine-contract.ts'
import type { ErrorCode } from '#common/errors.ts'
import { isTooOld } from '#common/no-backup.ts'

/** What mends itself when the disk, the phone or the network is back: no reason to call anybody, for a week. */
export const PASSING_CODES: readonly ErrorCode[] = ['offline', 'destination-missing', 'busy', 'cancelled']

/** The state of the app in one glance. Work and what is wrong come before a pause: they are what one must know. */
export function glance(state: BackupState, background: Background, nowMs: number): Glance {
  const protection = protectionOf(state)
  if (!protection) return { kind: 'off' }
  const { nextBackupMs, pausedUntilMs, waiting, settings } = background
  const lastBackupMs = protection.lastBackup?.takenAtMs ?? null
  const times: GlanceTimes = { lastBackupMs, nextBackupMs }
  if (state.kind === 'backing-up') {
    return { kind: 'backing-up', ...times, phase: state.progress.phase, share: shareDone(state.progress) }
  }
  const problem = state.kind === 'on' ? state.problem : null
  if (problem && !PASSING_CODES.includes(problem.code)) return { kind: 'needs-you', ...times, problem }
  if (isTooOld(lastBackupMs ?? protection.sinceMs, settings.rule.frequency, nowMs)) {
    return { kind: 'needs-you', ...times, problem }
  }
  if (pausedUntilMs !== null && pausedUntilMs > nowMs) return { kind: 'paused', ...times, untilMs: pausedUntilMs }
  return { kind: 'idle', ...times, waiting }
}

/** How much of a run is done, from 0 to 1; null while nobody can know. */
export function shareDone({ phase, kinds }: BackupProgress): number | null {
  if (phase === 'preparing' || phase === 'looking') return null
  const counts = Object.values(kinds)
  const total = counts.reduce((sum, { totalBytes }) => sum + totalBytes, 0)
  const done = counts.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  return total === 0 ? null : Math.min(1, done / total)
}

function protectionOf(state: BackupState): Protection | null {
  switch (state.kind) {
    case 'on':
    case 'backing-up':
    case 'changing-secret':
    case 'turning-off':
      return state
    case 'restoring':
      return state.protection
    case 'off':
    case 'setting-up':
      return null
  }
}
