import { ERROR_CODES, type ErrorCode, type ErrorFacts } from '#common/errors.ts'
import type { Case } from './case.ts'
import { refuse } from './fake-main.ts'
import { backingUp, failing, NOW_MS, on, PROTECTION, progress, WAITING } from './states.ts'

/** Failures that a backup can end with, and so stand on home. */
const NEVER_ON_HOME: readonly ErrorCode[] = ['usage', 'cancelled', 'key-malformed', 'secret-weak', 'target-unusable']
const FACTS: Partial<Record<ErrorCode, ErrorFacts>> = {
  'source-unreadable': { name: 'WhatsApp exports' },
  'destination-missing': { name: 'Family disk' },
  unexpected: { support: '3f9a07c1' },
}

export const HOME: readonly Case[] = [
  { id: 'home/safe', state: on() },
  { id: 'home/safe-with-both', state: on({ secrets: ['password', 'key'] }) },
  { id: 'home/first-day', state: on({ sinceMs: NOW_MS, backupDays: PROTECTION.backupDays.slice(0, 1) }) },
  {
    id: 'home/skipped-files',
    state: on({ lastBackup: PROTECTION.lastBackup && { ...PROTECTION.lastBackup, skippedFiles: 3 } }),
  },
  { id: 'home/preparing', state: backingUp(progress('preparing', [0, 0, 0, 0], [0, 0, 0, 0])) },
  { id: 'home/backing-up', state: backingUp(progress('saving', [1, 9, 0, 0], [1, 14, 0, 0])) },
  { id: 'home/nothing-new', state: backingUp(progress('saving', [0, 0, 0, 0], [0, 0, 0, 0])) },
  { id: 'home/paused', state: on(), background: { pausedUntilMs: NOW_MS + 3_600_000 } },
  { id: 'home/waits', state: on(), background: { waiting: 'battery' } },
  { id: 'home/new-secret', state: on({ waiting: WAITING }) },
  { id: 'home/asks-to-clean-up', state: on(), background: { asksToCleanUp: 2_400_000_000 } },
  {
    id: 'home/silent-computer',
    state: on(),
    background: { silentDevices: [{ deviceId: '2', name: 'Studio PC', lastMs: new Date(2026, 7, 2).getTime() }] },
  },
  { id: 'home/asks-password', state: on(), background: { askPassword: true } },
  { id: 'home/unfinished', state: on({ lastBackup: null, backupDays: [] }) },
  {
    id: 'home/late',
    state: on({
      lastBackup: PROTECTION.lastBackup && { ...PROTECTION.lastBackup, takenAtMs: new Date(2026, 10, 14, 2).getTime() },
      backupDays: PROTECTION.backupDays.slice(9),
    }),
  },
  {
    id: 'home/refused',
    state: on(),
    answers: { 'backup.start': () => refuse('busy') },
    play: [{ press: 'home.backUpNow' }],
  },
  ...ERROR_CODES.filter((code) => !NEVER_ON_HOME.includes(code)).map(
    (code): Case => ({ id: `problem/${code}`, state: failing(code, FACTS[code] ?? {}) }),
  ),
  {
    id: 'problem/sign-in-to-google',
    state: { ...failing('sign-in-needed'), place: { kind: 'gdrive', name: 'Google Drive' } },
  },
  { id: 'problem/vanished', state: failing('rolled-back', { reason: 'vanished' }) },
  { id: 'problem/key-of-this-computer', state: failing('keychain-locked', { reason: 'missing' }) },
  { id: 'problem/rolled-back-why', state: failing('rolled-back'), play: [{ press: 'home.whatIsThis' }] },
]
