import type { Case } from './case.ts'
import { refuse } from './fake-main.ts'
import { on, turningOff } from './states.ts'

const typed = { type: 'four brave otters', into: 'unlock.password' } as const
const confirm = { at: 'confirm', token: 'token', snapshots: 23, bytes: 11_900_000_000 } as const

/** Settings, and the way out. */
export const SETTINGS: readonly Case[] = [
  { id: 'lock/password', state: on(), play: [{ press: 'rail.settings' }] },
  { id: 'lock/key', state: on({ secrets: ['key'] }), play: [{ press: 'rail.settings' }] },
  { id: 'lock/starts', state: on(), play: [{ press: 'rail.settings' }], answers: { 'signIn.get': () => 'on' } },
  {
    id: 'lock/start-blocked',
    state: on(),
    play: [{ press: 'rail.settings' }],
    answers: { 'signIn.get': () => 'blocked' },
  },
  { id: 'lock/both', state: on({ secrets: ['password', 'key'] }), play: [{ press: 'rail.settings' }] },

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
