import { describe, expect, it } from 'vitest'
import { BackupError, ERROR_CODES, EXIT_CODES } from '#common/errors.ts'

/** design: scripts rely on these numbers; they never change meaning. */
const NUMBERS = {
  unexpected: 1,
  usage: 2,
  'destination-missing': 10,
  'no-repository': 11,
  'wrong-secret': 12,
  damaged: 13,
  'rolled-back': 14,
  'destination-full': 15,
  'secret-weak': 16,
  'sign-in-needed': 17,
  'source-unreadable': 18,
  'too-new': 19,
  'key-settings': 20,
  'target-unusable': 21,
  'looks-wrong': 22,
  'repository-exists': 23,
  'key-malformed': 24,
  'not-found': 25,
  offline: 26,
  'disk-full': 27,
  'keychain-locked': 28,
  busy: 29,
  cancelled: 130,
}

it('every failure has its number, and no two have the same', () => {
  expect(EXIT_CODES).toEqual(NUMBERS)
  expect(new Set(Object.values(EXIT_CODES)).size).toBe(ERROR_CODES.length)
})

describe('anything thrown becomes one of them', () => {
  it('what is one already stays it', () => {
    const error = new BackupError('offline', { host: 'x' })
    expect(BackupError.from(error)).toBe(error)
  })

  it('an aborted signal is a cancel', () => {
    expect(BackupError.from(AbortSignal.abort().reason).code).toBe('cancelled')
    expect(BackupError.from(new DOMException('x', 'AbortError')).code).toBe('cancelled')
  })

  it.each([
    ['an error', new Error('x')],
    ['text', 'x'],
    ['nothing', undefined],
    ['null', null],
    ['an object', {}],
  ])('what nobody foresaw is unexpected, and its cause is kept: %s', (_name, thrown) => {
    const error = BackupError.from(thrown)
    expect(error.code).toBe('unexpected')
    expect(error.facts).toEqual({})
    if (thrown !== undefined) expect(error.cause).toBe(thrown)
  })
})

describe('across a border', () => {
  it('code and facts arrive, the cause does not', () => {
    const error = new BackupError('damaged', { name: 'a', count: 2 }, new Error('/home/me/secret'))
    const plain = structuredClone(error.toPlain())
    expect(plain).toEqual({ code: 'damaged', facts: { name: 'a', count: 2 } })
    expect(BackupError.fromPlain(plain)).toMatchObject({ code: 'damaged', facts: { name: 'a', count: 2 } })
  })

  it('a bug takes a support code along, which is the same on the far side and behind it', () => {
    const plain = BackupError.from(new Error('/home/me/secret')).toPlain()
    expect(plain).toEqual({
      code: 'unexpected',
      facts: { support: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown },
    })
    expect(BackupError.fromPlain(plain).toPlain()).toEqual(plain)
    expect(BackupError.fromPlain(BackupError.fromPlain(plain).toPlain()).toPlain()).toEqual(plain)
  })

  it('a bug that was noticed keeps what was noticed', () => {
    expect(new BackupError('unexpected', { reason: 'no-session' }).toPlain().facts).toMatchObject({
      reason: 'no-session',
      support: expect.any(String) as unknown,
    })
  })
})
