import type { Case } from './case.ts'
import { PENDING, refuse } from './fake-main.ts'
import { FOUND, KEY, PROTECTION, pickStep, restoring, SNAPSHOTS, TWO_COMPUTERS, unlockStep } from './states.ts'

const { place } = PROTECTION
const RESULT = { folder: 'Documents', files: 8910, bytes: 11_312_000_000, missing: 0, notes: 0, seconds: 812 }
const typed = { type: 'four brave otters', into: 'unlock.password' } as const
const wrong = { 'restore.unlock': () => refuse('wrong-secret') }
const pasted = (key: string) =>
  Array.from({ length: 16 }, (_, at) => ({
    type: key.slice(at * 4, at * 4 + 4),
    into: 'unlock.key.box' as const,
    values: { n: at + 1 },
  }))

export const RESTORE: readonly Case[] = [
  { id: 'restore/find', state: restoring({ at: 'find', place: null, found: [] }) },
  { id: 'restore/find-nothing', state: restoring({ at: 'find', place, found: [] }) },
  { id: 'restore/find-one', state: restoring({ at: 'find', place, found: FOUND.slice(0, 1) }) },
  { id: 'restore/find-several', state: restoring({ at: 'find', place, found: FOUND }) },
  {
    id: 'restore/find-missing',
    state: restoring({ at: 'find', place: null, found: [] }),
    answers: { 'restore.choosePlace': () => refuse('destination-missing', { name: 'Family disk' }) },
    play: [{ press: 'chats.choose' }],
  },
  { id: 'restore/unlock', state: restoring(unlockStep) },
  {
    id: 'restore/unlocking',
    state: restoring(unlockStep),
    answers: { 'restore.unlock': () => PENDING },
    play: [typed, { press: 'unlock.unlock' }, { see: 'unlock.unlocking' }],
  },
  {
    id: 'restore/unlock-wrong',
    state: restoring(unlockStep, true),
    answers: wrong,
    play: [typed, { press: 'unlock.unlock' }],
  },
  { id: 'restore/unlock-key', state: restoring(unlockStep), play: [{ press: 'unlock.key' }] },
  {
    id: 'restore/unlock-key-letter',
    state: restoring(unlockStep),
    play: [{ press: 'unlock.key' }, ...pasted(`${KEY.slice(0, 21)}g${KEY.slice(22, 32)}`).slice(0, 8)],
  },
  {
    id: 'restore/unlock-key-wrong',
    state: restoring(unlockStep),
    answers: wrong,
    play: [{ press: 'unlock.key' }, ...pasted(KEY), { press: 'unlock.unlock' }],
  },
  {
    id: 'restore/unlock-again',
    state: restoring({ ...unlockStep, problem: { code: 'unexpected', facts: { support: '3f9a07c1' } } }),
  },
  { id: 'restore/day', state: restoring({ at: 'day', snapshots: SNAPSHOTS }) },
  { id: 'restore/day-two-computers', state: restoring({ at: 'day', snapshots: TWO_COMPUTERS }) },
  { id: 'restore/day-none', state: restoring({ at: 'day', snapshots: [] }) },
  { id: 'restore/pick', state: restoring(pickStep()) },
  { id: 'restore/pick-target', state: restoring(pickStep({ folder: 'Documents' })) },
  {
    id: 'restore/pick-refused',
    state: restoring(
      pickStep({ folder: 'Documents', problem: { code: 'target-unusable', facts: { reason: 'not-empty' } } }),
    ),
  },
  { id: 'restore/pick-nothing', state: restoring(pickStep({ items: [] })) },
  {
    id: 'restore/writing',
    state: restoring({
      at: 'writing',
      done: { doneFiles: 2180, totalFiles: 8910, doneBytes: 2_700_000_000, totalBytes: 11_312_000_000 },
    }),
  },
  { id: 'restore/done', state: restoring({ at: 'done', result: RESULT }) },
  { id: 'restore/done-not-all', state: restoring({ at: 'done', result: { ...RESULT, missing: 14, notes: 3 } }) },
]
