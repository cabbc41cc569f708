import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BackupState, BackupStateKind } from '#common/backup-state.ts'
import { canFollow } from '#common/backup-state.ts'
import { StateStore } from '../../electron/main/state-store.ts'
import { NOTHING_COUNTED, PROTECTION } from './states.ts'

const kinds = { messages: NOTHING_COUNTED, photos: NOTHING_COUNTED, voice: NOTHING_COUNTED, videos: NOTHING_COUNTED }

const STATES: Readonly<Record<BackupStateKind, BackupState>> = {
  off: { kind: 'off', hasDraft: false, leftBehind: 0 },
  'setting-up': {
    kind: 'setting-up',
    step: { at: 'chats' },
    draft: { chats: [], place: null, existing: [], sameDisk: false },
  },
  on: { kind: 'on', ...PROTECTION, problem: null, showFirstDone: false },
  'backing-up': { kind: 'backing-up', ...PROTECTION, progress: { phase: 'looking', kinds }, startedAtMs: 1 },
  restoring: { kind: 'restoring', step: { at: 'find', place: null, found: [] }, protection: null },
  'changing-secret': {
    kind: 'changing-secret',
    ...PROTECTION,
    task: { want: 'change', kind: 'key' },
    step: { at: 'prove' },
  },
  'turning-off': { kind: 'turning-off', ...PROTECTION, step: { at: 'secret' } },
}

/** The table of docs: what may follow what. Everything else is refused. */
const ALLOWED: Readonly<Record<BackupStateKind, readonly BackupStateKind[]>> = {
  off: ['off', 'setting-up', 'restoring'],
  'setting-up': ['setting-up', 'on', 'off'],
  on: ['on', 'backing-up', 'restoring', 'changing-secret', 'turning-off'],
  'backing-up': ['backing-up', 'on'],
  restoring: ['restoring', 'on', 'off'],
  'changing-secret': ['changing-secret', 'on'],
  'turning-off': ['turning-off', 'off', 'on'],
}

const KINDS = Object.keys(STATES) as BackupStateKind[]
const PAIRS = KINDS.flatMap((from) => KINDS.map((to) => ({ from, to })))

describe('every pair of states', () => {
  it.each(PAIRS)('$from → $to', ({ from, to }) => {
    const isAllowed = ALLOWED[from].includes(to)
    expect(canFollow(from, to)).toBe(isAllowed)
    const store = new StateStore(STATES[from], () => undefined)
    if (isAllowed) {
      store.enter(STATES[to])
      expect(store.get()).toBe(STATES[to])
    } else {
      expect(() => store.enter(STATES[to])).toThrow(`${to} may not follow ${from}`)
      expect(store.get()).toBe(STATES[from])
    }
  })
})

it('refuses what does not fit what is going on', () => {
  const store = new StateStore(STATES.off, () => undefined)
  expect(() => store.at('on')).toThrow(expect.objectContaining({ code: 'usage' }))
  expect(store.at('off')).toBe(STATES.off)
})

describe('telling', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const running = (startedAtMs: number): BackupState => ({
    kind: 'backing-up',
    ...PROTECTION,
    progress: { phase: 'saving', kinds },
    startedAtMs,
  })

  it('tells progress at most ten times a second, and the last one always', () => {
    const told: BackupState[] = []
    const store = new StateStore(STATES.on, (state) => told.push(state))
    store.enter(running(0))
    for (let count = 1; count <= 1000; count++) {
      store.progress(running(count))
      vi.advanceTimersByTime(1)
    }
    vi.advanceTimersByTime(100)
    expect(told.length).toBeLessThanOrEqual(12)
    expect(told.at(-1)).toEqual(running(1000))
    expect(store.get()).toEqual(running(1000))
  })

  it('tells a move at once, and no old progress after it', () => {
    const told: BackupState[] = []
    const store = new StateStore(STATES.on, (state) => told.push(state))
    store.enter(running(0))
    store.progress(running(1))
    store.enter(STATES.on)
    vi.advanceTimersByTime(1000)
    expect(told).toEqual([running(0), STATES.on])
  })
})
