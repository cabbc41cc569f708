import type { Case } from './case.ts'
import { refuse } from './fake-main.ts'
import { BACKGROUND, changing, NOW_MS, on, turningOff, WAITING } from './states.ts'

const settings = { press: 'rail.settings' } as const
const lock = { open: 'lockPage.title' } as const
const { rule } = BACKGROUND.settings
const typed = { type: 'four brave otters', into: 'unlock.password' } as const
const confirm = { at: 'confirm', token: 'token', snapshots: 23, bytes: 11_900_000_000 } as const

/** Settings, and the way out. */
export const SETTINGS: readonly Case[] = [
  { id: 'settings/chat-backup', state: on(), play: [settings] },
  {
    id: 'settings/chat-backup-manual',
    state: on(),
    background: { storage: null, settings: { ...BACKGROUND.settings, rule: { ...rule, frequency: 'manual' } } },
    play: [settings],
  },
  { id: 'settings/schedule', state: on(), play: [settings, { open: 'schedule.title' }] },
  {
    id: 'settings/schedule-blocked',
    state: on(),
    answers: { 'signIn.get': () => 'blocked' },
    background: {
      pausedUntilMs: NOW_MS + 3_600_000,
      settings: { ...BACKGROUND.settings, rule: { ...rule, frequency: 'manual' } },
    },
    play: [settings, { open: 'schedule.title' }],
  },
  { id: 'settings/keep', state: on(), play: [settings, { open: 'keep.title' }] },

  { id: 'lock/password', state: on(), play: [settings, lock] },
  { id: 'lock/key', state: on({ secrets: ['key'] }), play: [settings, lock] },
  { id: 'lock/both', state: on({ secrets: ['password', 'key'] }), play: [settings, lock] },
  { id: 'lock/waiting', state: on({ waiting: WAITING }), play: [settings, lock] },
  {
    id: 'lock/wait',
    state: on({ waiting: WAITING, secrets: ['password', 'key'] }),
    play: [settings, lock, { press: 'waiting.look' }],
  },
  {
    id: 'lock/wait-with-key',
    state: on({ waiting: { ...WAITING, presence: null }, secrets: ['password', 'key'] }),
    play: [settings, lock, { press: 'waiting.look' }, { press: 'waiting.useKey' }],
  },

  { id: 'secret/prove', state: changing({ want: 'change', kind: 'password' }, { at: 'prove' }) },
  {
    id: 'secret/prove-wrong',
    state: changing({ want: 'add', kind: 'key' }, { at: 'prove' }, { secrets: ['password'] }),
    answers: { 'secrets.prove': () => refuse('wrong-secret') },
    play: [typed, { press: 'common.continue' }],
  },
  { id: 'secret/password', state: changing({ want: 'forgot', kind: 'password' }, { at: 'password' }) },
  { id: 'secret/key', state: changing({ want: 'add', kind: 'key' }, { at: 'key' }) },
  { id: 'secret/check', state: changing({ want: 'add', kind: 'key' }, { at: 'confirm-key', groups: [2, 11] }) },
  { id: 'secret/starting', state: changing({ want: 'forgot', kind: 'password' }, { at: 'starting' }) },
  { id: 'secret/changed', state: changing({ want: 'change', kind: 'password' }, { at: 'done', left: 0 }) },
  { id: 'secret/changed-not-all', state: changing({ want: 'change', kind: 'key' }, { at: 'done', left: 1 }) },
  { id: 'secret/added', state: changing({ want: 'add', kind: 'key' }, { at: 'done', left: 0 }) },

  { id: 'history/all', state: on(), play: [{ press: 'rail.history' }] },
  { id: 'history/needs', state: on(), play: [{ press: 'rail.history' }, { press: 'history.needs' }] },
  {
    id: 'history/none',
    state: on(),
    answers: { 'background.history': () => [] },
    play: [{ press: 'rail.history' }],
  },

  { id: 'turn-off/password', state: turningOff({ at: 'secret' }) },
  { id: 'turn-off/key', state: turningOff({ at: 'secret' }, { secrets: ['key'] }) },
  { id: 'turn-off/both', state: turningOff({ at: 'secret' }, { secrets: ['password', 'key'] }) },
  {
    id: 'turn-off/wrong',
    state: turningOff({ at: 'secret' }),
    answers: { 'turnOff.verify': () => refuse('wrong-secret') },
    play: [typed, { press: 'common.continue' }],
  },
  {
    id: 'turn-off/not-begun',
    state: turningOff({ at: 'secret', problem: { code: 'destination-missing', facts: { name: 'Family disk' } } }),
  },
  { id: 'turn-off/confirm', state: turningOff(confirm) },
  {
    id: 'turn-off/delete',
    state: turningOff(confirm),
    play: [{ choose: 1 }, { type: 'delete', into: 'turnOff.type', values: { word: 'delete' } }],
  },
  { id: 'turn-off/confirm-unreachable', state: turningOff({ ...confirm, snapshots: 0, bytes: 0 }) },
  { id: 'turn-off/deleting', state: turningOff({ at: 'deleting', done: 412, total: 730 }) },
]
