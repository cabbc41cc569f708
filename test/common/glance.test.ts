import { describe, expect, it } from 'vitest'
import { type Background, DEFAULT_BACKGROUND_SETTINGS } from '#common/background.ts'
import type { BackupState, LastBackup } from '#common/backup-state.ts'
import type { ErrorCode } from '#common/errors.ts'
import { glance } from '#common/glance.ts'
import { NOTHING_COUNTED, PROTECTION } from '../main/states.ts'

const DAY = 24 * 3600 * 1000
const NOW = 1000 * DAY
const NUMBERS = { files: 1, bytes: 1, addedBytes: 1, seconds: 1, skippedFiles: 0 }

const background = (more: Partial<Background> = {}): Background => ({
  settings: DEFAULT_BACKGROUND_SETTINGS,
  nextBackupMs: NOW + DAY,
  waiting: null,
  pausedUntilMs: null,
  upkeep: null,
  lastProof: null,
  storage: null,
  silentDevices: [],
  asksToCleanUp: null,
  askPassword: false,
  network: null,
  ...more,
})

const on = (ageDays: number | null, code: ErrorCode | null = null): BackupState => {
  const lastBackup: LastBackup | null = ageDays === null ? null : { takenAtMs: NOW - ageDays * DAY, ...NUMBERS }
  const problem = code && { code, facts: {} }
  return { kind: 'on', ...PROTECTION, sinceMs: NOW - 100 * DAY, lastBackup, problem, showFirstDone: false }
}

const times = { lastBackupMs: NOW - DAY, nextBackupMs: NOW + DAY }

describe('one glance says', () => {
  it('that all is well, or what a backup waits for', () => {
    expect(glance(on(1), background(), NOW)).toEqual({ kind: 'idle', ...times, waiting: null })
    const waiting = background({ waiting: 'battery' })
    expect(glance(on(1), waiting, NOW)).toMatchObject({ kind: 'idle', waiting: 'battery' })
  })

  it('how far a backup is, as soon as that can be known', () => {
    const half = { ...NOTHING_COUNTED, doneBytes: 50, totalBytes: 100 }
    const kinds = { messages: half, photos: NOTHING_COUNTED, voice: NOTHING_COUNTED, videos: NOTHING_COUNTED }
    const running = (phase: 'looking' | 'saving'): BackupState => {
      return { kind: 'backing-up', ...PROTECTION, progress: { phase, kinds }, startedAtMs: NOW }
    }
    expect(glance(running('looking'), background(), NOW)).toMatchObject({ kind: 'backing-up', share: null })
    expect(glance(running('saving'), background(), NOW)).toMatchObject({ kind: 'backing-up', share: 0.5 })
  })

  it('that a person is needed, but not because a disk is unplugged or the network gone', () => {
    expect(glance(on(1, 'sign-in-needed'), background(), NOW)).toMatchObject({ kind: 'needs-you' })
    for (const code of ['offline', 'destination-missing'] as const) {
      expect(glance(on(1, code), background(), NOW)).toMatchObject({ kind: 'idle' })
      expect(glance(on(7, code), background(), NOW)).toMatchObject({ kind: 'needs-you', problem: { code } })
    }
    expect(glance(on(7), background(), NOW)).toMatchObject({ kind: 'needs-you', problem: null })
    expect(glance(on(null), background(), NOW)).toMatchObject({ kind: 'needs-you', lastBackupMs: null })
  })

  it('until when it is paused', () => {
    expect(glance(on(1), background({ pausedUntilMs: NOW + 1 }), NOW)).toMatchObject({
      kind: 'paused',
      untilMs: NOW + 1,
    })
    expect(glance(on(1), background({ pausedUntilMs: NOW }), NOW)).toMatchObject({ kind: 'idle' })
  })

  it('that backups are off', () => {
    expect(glance({ kind: 'off', hasDraft: false, leftBehind: 0 }, background(), NOW)).toEqual({ kind: 'off' })
  })
})
