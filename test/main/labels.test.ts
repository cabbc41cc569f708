import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  firstState,
  nameOfPath,
  offState,
  onState,
  protectionLabel,
  setupState,
  turningOffState,
  uniqueName,
  withoutPaths,
} from '../../electron/main/labels.ts'
import { type Leaving, NO_DRAFT, NO_SETTINGS, type StoredProtection } from '../../electron/main/settings.ts'

const STORED: StoredProtection = {
  repository: '0'.repeat(32),
  mark: 'Wren 42',
  place: { spec: 'folder:/media/me/Disk', name: 'Disk' },
  chats: [{ path: '/home/me/Chats', name: 'Chats', files: 4, bytes: 40 }],
  secrets: ['key'],
  waiting: null,
  sinceMs: 1,
  lastBackup: null,
  backupDays: ['2026-11-23'],
  firstDoneSeen: false,
}
const LAST = { takenAtMs: 2, files: 4, bytes: 40, addedBytes: 20, seconds: 1, skippedFiles: 0 }
const LEAVING: Leaving = { protection: STORED, deleteBackups: true, engineDone: false, remaining: 3 }

describe('names instead of paths', () => {
  it.each([
    ['/home/me/Chats', 'Chats'],
    ['/home/me/Chats/', 'Chats'],
    ['/home/me/Große Reise', 'Große Reise'],
    ['/', '/'],
  ])('%s is shown as %s', (path, name) => {
    expect(nameOfPath(path)).toBe(name)
  })

  it('equal names get numbers, as on the command line', () => {
    expect(uniqueName('Chats', [])).toBe('Chats')
    expect(uniqueName('Chats', ['Chats'])).toBe('Chats-2')
    expect(uniqueName('Chats', ['Chats', 'Chats-2', 'Chats-4'])).toBe('Chats-3')
  })

  it('a name is never given twice, whatever there is', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'a-2', 'a-3', 'b')), (names) => {
        const given: string[] = []
        for (const name of names) given.push(uniqueName(name, given))
        return new Set(given).size === names.length
      }),
    )
  })
})

describe('no state holds a path', () => {
  const problem = { code: 'source-unreadable', facts: { path: '/home/me/Chats' } } as const
  it.each([
    ['on', onState({ ...STORED, lastBackup: LAST }, problem)],
    ['turning off', turningOffState(STORED, { at: 'secret' })],
    ['setting up', setupState({ at: 'place' }, { ...NO_DRAFT, chats: STORED.chats, place: STORED.place })],
    ['off', offState({ ...NO_SETTINGS, leaving: [LEAVING] })],
    ['first, on', firstState({ ...NO_SETTINGS, protection: STORED })],
    ['first, deleting', firstState({ ...NO_SETTINGS, leaving: [LEAVING] })],
  ])('%s', (_name, state) => {
    expect(JSON.stringify(state)).not.toMatch(/home|media|folder:/)
  })

  it('nor the id of the repository, which is of no use to a window', () => {
    expect(JSON.stringify(protectionLabel(STORED))).not.toContain(STORED.repository)
  })
})

describe('facts of a failure', () => {
  it.each([
    ['/media/me/Disk/', 'Disk'],
    ['/home/me/Chats', 'Chats'],
    ['E:\\Backups\\Chats', 'Chats'],
    ['E:\\', 'E:'],
    ['\\\\server\\share', 'share'],
    ['/', ''],
    ['Disk', 'Disk'],
  ])('%s goes to the window as %s', (path, name) => {
    expect(withoutPaths({ code: 'destination-missing', facts: { name: path, days: 3 } })).toEqual({
      code: 'destination-missing',
      facts: { name, days: 3 },
    })
  })

  it('never hold more than the last part of a path', () => {
    const part = fc.stringMatching(/^[a-z]{3,8}$/)
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), fc.constantFrom('/', '\\'), (parts, slash) => {
        const cleaned = withoutPaths({ code: 'unexpected', facts: { path: slash + parts.join(slash) } })
        expect(cleaned.facts['path']).toBe(parts.at(-1))
      }),
    )
  })
})

describe('the state in which the app starts', () => {
  it('off, at first and with a set-up that was left', () => {
    expect(firstState(NO_SETTINGS)).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    const draft = { ...NO_DRAFT, chats: STORED.chats }
    expect(firstState({ ...NO_SETTINGS, draft })).toEqual({ kind: 'off', hasDraft: true, leftBehind: 0 })
    expect(firstState({ ...NO_SETTINGS, draft: NO_DRAFT })).toMatchObject({ hasDraft: false })
  })

  it('on, without a problem until one is met', () => {
    expect(firstState({ ...NO_SETTINGS, protection: STORED })).toMatchObject({ kind: 'on', problem: null })
  })

  it('on, with the end of the first run still to be shown once', () => {
    const shown = (stored: StoredProtection) => firstState({ ...NO_SETTINGS, protection: stored })
    expect(shown(STORED)).toMatchObject({ showFirstDone: false })
    expect(shown({ ...STORED, lastBackup: LAST })).toMatchObject({ showFirstDone: true })
    expect(shown({ ...STORED, lastBackup: LAST, firstDoneSeen: true })).toMatchObject({ showFirstDone: false })
  })

  it('deleting, when that was cut off; but not while other backups are on', () => {
    expect(firstState({ ...NO_SETTINGS, leaving: [LEAVING] })).toMatchObject({
      kind: 'turning-off',
      step: { at: 'deleting' },
    })
    expect(firstState({ ...NO_SETTINGS, leaving: [LEAVING], protection: STORED }).kind).toBe('on')
  })

  it('off, with what could not be deleted', () => {
    const leaving = [{ ...LEAVING, engineDone: true }]
    expect(firstState({ ...NO_SETTINGS, leaving })).toEqual({ kind: 'off', hasDraft: false, leftBehind: 3 })
  })
})
