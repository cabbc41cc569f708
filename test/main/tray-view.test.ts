import { describe, expect, it } from 'vitest'
import type { Glance } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import { ERROR_CODES } from '#common/errors.ts'
import { formats } from '#common/formats.ts'
import { text } from '#common/text.ts'
import { type TrayItem, trayView } from '../../electron/main/tray-view.ts'
import { NOTHING_COUNTED, PROTECTION } from './states.ts'

const NOW_MS = new Date(2026, 10, 23, 14, 20).getTime()
const LAST_MS = new Date(2026, 10, 23, 14, 5).getTime()
const NEXT_MS = new Date(2026, 10, 24, 2, 0).getTime()
const TIMES = { lastBackupMs: LAST_MS, nextBackupMs: NEXT_MS }

const ON: BackupState = { kind: 'on', ...PROTECTION, problem: null, showFirstDone: false }
const kinds = { messages: NOTHING_COUNTED, photos: NOTHING_COUNTED, voice: NOTHING_COUNTED, videos: NOTHING_COUNTED }
const BACKING_UP: BackupState = {
  kind: 'backing-up',
  ...PROTECTION,
  progress: { phase: 'saving', kinds },
  startedAtMs: LAST_MS,
}

const view = (state: BackupState, glance: Glance) =>
  trayView({ state, glance, nowMs: NOW_MS, t: text('en-GB', { os: 'linux' }), format: formats('en-GB') })

const inWords = (item: TrayItem): string => {
  switch (item.kind) {
    case 'line':
      return '-'
    case 'words':
      return `${item.title} / ${item.detail ?? ''}`
    case 'deed':
      return item.isEnabled ? item.label : `(${item.label})`
    case 'choice':
      return `${item.label}: ${item.items.map(inWords).join(', ')}`
  }
}

const shown = (state: BackupState, glance: Glance) => {
  const seen = view(state, glance)
  return { icon: seen?.icon, tooltip: seen?.tooltip, items: seen?.items.map(inWords) }
}

const PAUSE = 'Pause: For 1 hour, For 8 hours, Until tomorrow'

it('there is no icon where no backup is on', () => {
  expect(view({ kind: 'off', hasDraft: false, leftBehind: 0 }, { kind: 'off' })).toBeNull()
})

it('at rest it tells the last and the next time', () => {
  expect(shown(ON, { kind: 'idle', ...TIMES, waiting: null })).toEqual({
    icon: 'idle',
    tooltip: 'Keepsake: backed up today, 14:05\nNext backup: tomorrow, 02:00',
    items: [
      'Your chats are backed up / Today, 14:05. Next: tomorrow, 02:00',
      '-',
      'Back up now',
      PAUSE,
      '-',
      'Restore…',
      'Open Keepsake',
      'Settings…',
      '-',
      'Quit Keepsake',
    ],
  })
})

it('without a schedule it tells the last time alone', () => {
  const { tooltip, items } = shown(ON, { kind: 'idle', lastBackupMs: LAST_MS, nextBackupMs: null, waiting: null })
  expect([tooltip, items?.[0]]).toEqual(['Keepsake: backed up today, 14:05', 'Your chats are backed up / Today, 14:05'])
})

it('before the first good backup nothing is said to be safe', () => {
  const { tooltip, items } = shown(ON, { kind: 'idle', lastBackupMs: null, nextBackupMs: NEXT_MS, waiting: null })
  expect(tooltip).toBe('Keepsake: No backup has ended well yet')
  expect(items?.[0]).toBe('No backup has ended well yet / Next: tomorrow, 02:00')
})

it('while a backup runs the tooltip goes with every percent and the menu in quarters', () => {
  const at = (share: number | null) => {
    const { icon, tooltip, items } = shown(BACKING_UP, { kind: 'backing-up', ...TIMES, phase: 'saving', share })
    return [icon, tooltip, items?.[0]]
  }
  expect(at(null)).toEqual(['backing-up', 'Keepsake: Backing up', 'Backing up / Last good backup: today, 14:05'])
  expect(at(0.64)).toEqual([
    'backing-up',
    'Keepsake: Backing up, 64%',
    'Backing up, 50% / Last good backup: today, 14:05',
  ])
  const { items } = shown(BACKING_UP, { kind: 'backing-up', ...TIMES, phase: 'saving', share: 0.5 })
  expect(items?.slice(2)).toEqual([
    '(Back up now)',
    PAUSE,
    '-',
    '(Restore…)',
    'Open Keepsake',
    'Settings…',
    '-',
    'Quit Keepsake',
  ])
})

it('what needs a person comes first in the menu, with what is safe', () => {
  const problem = { code: 'destination-full', facts: {} } as const
  const { icon, tooltip, items } = shown({ ...ON, problem }, { kind: 'needs-you', ...TIMES, problem })
  expect([icon, tooltip]).toEqual(['needs-you', 'Keepsake: “Disk” is full'])
  expect(items?.slice(0, 4)).toEqual(['See what to do…', '-', '“Disk” is full / Last good backup: today, 14:05', '-'])
})

it.each(ERROR_CODES)('there are words for every problem (%s)', (code) => {
  const problem = { code, facts: {} } as const
  const { tooltip } = shown({ ...ON, problem }, { kind: 'needs-you', ...TIMES, problem })
  expect(tooltip).toMatch(/^Keepsake: \S.+$/)
})

it.each([
  ['a backup that is long ago', new Date(2026, 10, 14, 2, 4).getTime(), 'No backup since Saturday 14 November'],
  ['none ever', null, 'No backup has ended well yet'],
])('it needs a person for %s', (_name, lastBackupMs, title) => {
  const { icon, items } = shown(ON, { kind: 'needs-you', lastBackupMs, nextBackupMs: null, problem: null })
  expect([icon, items?.[2]?.split(' / ')[0]]).toEqual(['needs-you', title])
})

it('a new secret that waits comes first of all, while it can still be called off', () => {
  const waiting = {
    kind: 'password',
    presence: null,
    askedAtMs: LAST_MS,
    startsAtMs: new Date(2026, 10, 24, 14, 5).getTime(),
    canCancel: true,
    problem: null,
  } as const
  const items = (canCancel: boolean) =>
    shown({ ...ON, waiting: { ...waiting, canCancel } }, { kind: 'idle', ...TIMES, waiting: null }).items ?? []
  expect(items(true).slice(0, 3)).toEqual(['A new password starts tomorrow, 14:05 / ', 'Wasn’t you?…', '-'])
  expect(items(false)[0]).toMatch(/^Your chats are backed up/)
})

it('a pause says until when, and can be ended', () => {
  const untilMs = new Date(2026, 10, 23, 22, 20).getTime()
  const { icon, tooltip, items } = shown(ON, { kind: 'paused', ...TIMES, untilMs })
  expect([icon, tooltip]).toEqual(['paused', 'Keepsake: Paused until today, 22:20'])
  expect(items).toContain('Carry on now')
  expect(items).not.toContain(PAUSE)
})

describe('other work', () => {
  const restoring = (protection: typeof PROTECTION | null): BackupState => ({
    kind: 'restoring',
    step: { at: 'writing', done: { doneFiles: 1, totalFiles: 2, doneBytes: 30, totalBytes: 100 } },
    protection,
  })

  it('a restore that writes is shown, too', () => {
    const { icon, tooltip } = shown(restoring(PROTECTION), { kind: 'idle', ...TIMES, waiting: null })
    expect([icon, tooltip]).toEqual(['backing-up', 'Keepsake: Restoring your chats, 30%'])
  })

  it('meanwhile nothing can be asked for that does not fit', () => {
    const state: BackupState = { kind: 'turning-off', ...PROTECTION, step: { at: 'secret' } }
    const { items } = shown(state, { kind: 'idle', ...TIMES, waiting: null })
    expect(items?.filter((item) => item.startsWith('('))).toEqual(['(Back up now)', '(Restore…)', '(Settings…)'])
  })
})
