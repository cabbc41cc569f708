import { expect, it, vi } from 'vitest'
import { touchIdCheck } from '../../electron/main/touch-id.ts'

function newTouchId({ isThere = true, knows = true } = {}) {
  return {
    canPromptTouchID: vi.fn(() => isThere),
    promptTouchID: vi.fn(async (_reason: string) => {
      if (!knows) throw new Error('Canceled by user.')
    }),
  }
}

it('a Mac with Touch ID asks for the finger, and says what for', async () => {
  const touchId = newTouchId()
  expect(await touchIdCheck(touchId, 'set a new secret', 'darwin').confirm()).toBe('touch-id')
  expect(touchId.promptTouchID.mock.calls).toEqual([['set a new secret']])
})

it('a finger that is not known, or a person who turns away, is refused', async () => {
  const check = touchIdCheck(newTouchId({ knows: false }), 'set a new secret', 'darwin')
  await expect(check.confirm()).rejects.toMatchObject({ code: 'cancelled' })
})

it('a Mac without it, Windows and Linux have no such check', async () => {
  expect(await touchIdCheck(newTouchId({ isThere: false }), 'x', 'darwin').confirm()).toBeNull()
  for (const platform of ['win32', 'linux'] as const) {
    const touchId = newTouchId()
    expect(await touchIdCheck(touchId, 'x', platform).confirm()).toBeNull()
    expect(touchId.canPromptTouchID).not.toHaveBeenCalled() // is not there on these systems
  }
})
