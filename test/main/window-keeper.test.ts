import { describe, expect, it, vi } from 'vitest'
import type { BackupState } from '#common/backup-state.ts'
import { WindowKeeper } from '../../electron/main/window-keeper.ts'
import { NOTHING_COUNTED, PROTECTION } from './states.ts'

const ON: BackupState = { kind: 'on', ...PROTECTION, problem: null, showFirstDone: false }
const OFF: BackupState = { kind: 'off', hasDraft: false, leftBehind: 0 }
const SETTING_UP: BackupState = {
  kind: 'setting-up',
  step: { at: 'password' },
  draft: { chats: [], place: null, existing: [], sameDisk: false },
}
const BACKING_UP: BackupState = {
  kind: 'backing-up',
  ...PROTECTION,
  progress: {
    phase: 'saving',
    kinds: { messages: NOTHING_COUNTED, photos: NOTHING_COUNTED, voice: NOTHING_COUNTED, videos: NOTHING_COUNTED },
  },
  startedAtMs: 1,
}
const WRITING: BackupState = { kind: 'restoring', step: { at: 'writing', done: NOTHING_COUNTED }, protection: null }
const FINDING: BackupState = { kind: 'restoring', step: { at: 'find', place: null, found: [] }, protection: null }
const DELETING: BackupState = { kind: 'turning-off', ...PROTECTION, step: { at: 'deleting', done: 0, total: 1 } }
const SECRET: BackupState = { kind: 'turning-off', ...PROTECTION, step: { at: 'secret' } }

function newKeeper({ livesWithoutWindow = false } = {}) {
  const window = { show: vi.fn<() => void>(), hide: vi.fn<() => void>() }
  const quit = vi.fn<() => void>()
  const work = { isBusy: false }
  const keeper = new WindowKeeper({ livesWithoutWindow, isBusy: () => work.isBusy, quit })
  return { keeper, window, quit, work }
}

describe('closing the window', () => {
  it.each([
    ['off', OFF],
    ['on', ON],
    ['in the wizard', SETTING_UP],
    ['looking for a backup', FINDING],
    ['asking for the secret', SECRET],
  ])('closes it when nothing goes on (%s)', (_name, state) => {
    const { keeper, window } = newKeeper()
    expect(keeper.mayClose(window, state)).toBe(true)
    expect(window.hide).not.toHaveBeenCalled()
  })

  it.each([
    ['a backup', BACKING_UP],
    ['a restore', WRITING],
    ['a deletion', DELETING],
  ])('only hides it while %s goes on', (_name, state) => {
    const { keeper, window, quit } = newKeeper()
    expect(keeper.mayClose(window, state)).toBe(false)
    expect(window.hide).toHaveBeenCalledOnce()
    keeper.stateChanged(state)
    expect(quit).not.toHaveBeenCalled()
  })

  it('only hides it during work that no state tells of', () => {
    const { keeper, window, work } = newKeeper()
    work.isBusy = true
    expect(keeper.mayClose(window, SETTING_UP)).toBe(false)
    expect(window.hide).toHaveBeenCalledOnce()
  })

  it('closes it always where an app lives without a window', () => {
    const { keeper, window } = newKeeper({ livesWithoutWindow: true })
    expect(keeper.mayClose(window, BACKING_UP)).toBe(true)
  })

  it('closes it always when the app is ending', () => {
    const { keeper, window } = newKeeper()
    expect(keeper.isQuitting).toBe(false)
    keeper.quitting()
    expect(keeper.isQuitting).toBe(true)
    expect(keeper.mayClose(window, BACKING_UP)).toBe(true)
  })
})

describe('when the work behind a hidden window has ended', () => {
  const hidden = (during: BackupState) => {
    const all = newKeeper()
    all.keeper.mayClose(all.window, during)
    return all
  }

  it.each([
    ['a backup', BACKING_UP, ON],
    ['a turn-off', DELETING, OFF],
  ])('the app ends after %s that went well', (_name, during, after) => {
    const { keeper, window, quit } = hidden(during)
    keeper.stateChanged(after)
    expect(quit).toHaveBeenCalledOnce()
    expect(window.show).not.toHaveBeenCalled()
  })

  it.each<[string, BackupState, BackupState]>([
    ['a backup has a problem', BACKING_UP, { ...ON, problem: { code: 'destination-full', facts: {} } }],
    ['something could not be deleted', DELETING, { ...OFF, leftBehind: 3 }],
    ['a turn-off asks for the secret again', DELETING, SECRET],
    [
      'a restore has a result',
      WRITING,
      {
        kind: 'restoring',
        step: { at: 'done', result: { folder: 'x', files: 1, bytes: 1, missing: 0, notes: 0, seconds: 1 } },
        protection: null,
      },
    ],
  ])('the window comes back: %s', (_name, during, after) => {
    const { keeper, window, quit } = hidden(during)
    keeper.stateChanged(after)
    expect(window.show).toHaveBeenCalledOnce()
    expect(quit).not.toHaveBeenCalled()
  })

  it('nothing happens while other work goes on, and then the app ends', () => {
    const { keeper, quit, work } = hidden(BACKING_UP)
    work.isBusy = true
    keeper.stateChanged(ON)
    expect(quit).not.toHaveBeenCalled()
    work.isBusy = false
    keeper.stateChanged(ON)
    expect(quit).toHaveBeenCalledOnce()
  })

  it('the app stays when somebody opened the window again meanwhile', () => {
    const { keeper, window, quit } = hidden(BACKING_UP)
    keeper.shown(window)
    keeper.stateChanged(ON)
    expect(quit).not.toHaveBeenCalled()
  })
})

it('changes nothing for a window that nobody closed', () => {
  const { keeper, quit } = newKeeper()
  for (const state of [BACKING_UP, ON, OFF, DELETING]) keeper.stateChanged(state)
  expect(quit).not.toHaveBeenCalled()
})
