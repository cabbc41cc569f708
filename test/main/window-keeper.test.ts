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

function newKeeper({ lives = false } = {}) {
  const show = vi.fn<() => void>()
  const quit = vi.fn<() => void>()
  const livesWithoutWindow = vi.fn(async () => lives)
  const work = { isBusy: false }
  const keeper = new WindowKeeper({ livesWithoutWindow, isBusy: () => work.isBusy, show, quit })
  keeper.opened()
  const close = (state: BackupState) => keeper.withoutWindow(() => state)
  return { keeper, close, show, quit, work, livesWithoutWindow }
}

describe('a closed window', () => {
  it.each([
    ['off', OFF],
    ['on', ON],
    ['in the wizard', SETTING_UP],
    ['looking for a backup', FINDING],
    ['asking for the secret', SECRET],
  ])('ends the app when nothing goes on (%s)', async (_name, state) => {
    const { close, quit } = newKeeper()
    expect(await close(state)).toBe(false)
    expect(quit).toHaveBeenCalledOnce()
  })

  it.each([
    ['a backup', BACKING_UP],
    ['a restore', WRITING],
    ['a deletion', DELETING],
  ])('does not end the app while %s goes on', async (_name, state) => {
    const { keeper, close, quit } = newKeeper()
    await close(state)
    keeper.stateChanged(state)
    expect(quit).not.toHaveBeenCalled()
  })

  it('does not end the app during work that no state tells of', async () => {
    const { close, quit, work } = newKeeper()
    work.isBusy = true
    await close(SETTING_UP)
    expect(quit).not.toHaveBeenCalled()
  })

  it('does not end the app where it lives without one', async () => {
    const { keeper, close, quit, show } = newKeeper({ lives: true })
    expect(await close(ON)).toBe(true)
    for (const state of [BACKING_UP, ON, OFF, DELETING]) keeper.stateChanged(state)
    expect(quit).not.toHaveBeenCalled()
    expect(show).not.toHaveBeenCalled()
  })

  it('is nothing new when the app is ending', async () => {
    const { keeper, close, quit, livesWithoutWindow } = newKeeper()
    expect(keeper.isQuitting).toBe(false)
    keeper.quitting()
    expect(keeper.isQuitting).toBe(true)
    expect(await close(BACKING_UP)).toBe(false)
    expect(livesWithoutWindow).not.toHaveBeenCalled()
    expect(quit).not.toHaveBeenCalled()
  })

  it.each(['opened again', 'quitting'])('means nothing when the app is %s before that is known', async (what) => {
    const { keeper, close, quit, livesWithoutWindow } = newKeeper()
    const known = Promise.withResolvers<boolean>()
    livesWithoutWindow.mockReturnValue(known.promise)
    const closing = close(ON)
    if (what === 'quitting') keeper.quitting()
    else keeper.opened()
    known.resolve(false)
    expect(await closing).toBe(false)
    expect(quit).not.toHaveBeenCalled()
  })
})

describe('when the work after a closed window has ended', () => {
  const closed = async (during: BackupState) => {
    const all = newKeeper()
    await all.close(during)
    return all
  }

  it.each([
    ['a backup', BACKING_UP, ON],
    ['a turn-off', DELETING, OFF],
  ])('the app ends after %s that went well', async (_name, during, after) => {
    const { keeper, show, quit } = await closed(during)
    keeper.stateChanged(after)
    expect(quit).toHaveBeenCalledOnce()
    expect(show).not.toHaveBeenCalled()
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
  ])('a window comes back: %s', async (_name, during, after) => {
    const { keeper, show, quit } = await closed(during)
    keeper.stateChanged(after)
    expect(show).toHaveBeenCalledOnce()
    expect(quit).not.toHaveBeenCalled()
  })

  it('nothing happens while other work goes on, and then the app ends', async () => {
    const { keeper, quit, work } = await closed(BACKING_UP)
    work.isBusy = true
    keeper.stateChanged(ON)
    expect(quit).not.toHaveBeenCalled()
    work.isBusy = false
    keeper.stateChanged(ON)
    expect(quit).toHaveBeenCalledOnce()
  })

  it('the app stays when somebody opened a window again meanwhile', async () => {
    const { keeper, quit } = await closed(BACKING_UP)
    keeper.opened()
    keeper.stateChanged(ON)
    expect(quit).not.toHaveBeenCalled()
  })
})

it('changes nothing while a window is open', () => {
  const { keeper, quit } = newKeeper()
  for (const state of [BACKING_UP, ON, OFF, DELETING]) keeper.stateChanged(state)
  expect(quit).not.toHaveBeenCalled()
})
