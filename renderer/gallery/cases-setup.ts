import type { Strength } from '#common/engine-contract.ts'
import type { Case } from './case.ts'
import { PENDING, refuse } from './fake-main.ts'
import { backingUp, DRAFT, FOUND, KEY, off, on, PROTECTION, progress, settingUp, turningOff } from './states.ts'

const WORDS = 'copper window harvest gentle orbit maple'

const judged = (strength: Partial<Strength>) => ({
  'setup.suggestWords': () => WORDS,
  'setup.ratePassword': (): Strength => ({ accepted: false, level: 'short', reason: null, word: null, ...strength }),
})
const typed = { type: 'four brave otters in fog', into: 'password.label' } as const
const key = {
  'setup.showKey': () => KEY,
  'setup.copyKey': () => ({ clearsInSeconds: 60 }),
  'setup.saveSheet': () => true,
}
const confirming = {
  kind: 'setting-up',
  step: { at: 'confirm-key', groups: [6, 13] },
  draft: DRAFT,
} as const

/** From the welcome to the end of the first backup. */
export const SETUP: readonly Case[] = [
  { id: 'welcome/first', state: off },
  { id: 'welcome/carry-on', state: { ...off, hasDraft: true } },
  { id: 'welcome/left-behind', state: { ...off, leftBehind: 12 } },
  {
    id: 'welcome/refused',
    state: off,
    answers: { 'setup.begin': () => refuse('unexpected', { support: '3f9a07c1' }) },
    play: [{ press: 'welcome.turnOn' }],
  },
  { id: 'welcome/off', state: off, before: turningOff({ at: 'secret' }) },
  { id: 'welcome/off-and-deleted', state: off, before: turningOff({ at: 'deleting', done: 0, total: 0 }) },

  { id: 'setup/chats-none', state: settingUp('chats', { chats: [], place: null }) },
  {
    id: 'setup/chats-counting',
    state: settingUp('chats', { chats: [{ name: 'WhatsApp exports', files: null, bytes: null }] }),
  },
  { id: 'setup/chats', state: settingUp('chats') },
  {
    id: 'setup/chats-unreadable',
    state: settingUp('chats', { chats: [] }),
    answers: { 'setup.addChats': () => refuse('source-unreadable', { name: 'WhatsApp exports' }) },
    play: [{ press: 'chats.choose' }],
  },
  { id: 'setup/place-none', state: settingUp('place', { place: null }) },
  {
    id: 'setup/place-drive',
    state: settingUp('place', { place: null, isSigningIn: true }),
    play: [{ choose: 0 }],
  },
  {
    id: 'setup/place-drive-none',
    state: settingUp('place', { place: null }),
    answers: { 'places.kinds': () => ({ drive: 'needs-client-id', iCloud: false }) },
    play: [{ choose: 0 }],
  },
  { id: 'setup/place', state: settingUp('place') },
  { id: 'setup/place-same-disk', state: settingUp('place', { sameDisk: true }) },
  { id: 'setup/place-has-one', state: settingUp('place', { existing: FOUND.slice(0, 1) }) },
  { id: 'setup/place-has-several', state: settingUp('place', { existing: FOUND }) },
  {
    id: 'setup/place-missing',
    state: settingUp('place'),
    answers: { 'setup.toLock': () => refuse('destination-missing', { name: 'Family disk' }) },
    play: [{ press: 'common.continue' }],
  },
  { id: 'setup/lock', state: settingUp('lock') },

  { id: 'password/none', state: settingUp('password'), answers: judged({}) },
  {
    id: 'password/short',
    state: settingUp('password'),
    answers: judged({ reason: 'too-short' }),
    play: [{ type: 'otters', into: 'password.label' }, { see: 'strength.short' }],
  },
  {
    id: 'password/easy',
    state: settingUp('password'),
    answers: judged({ level: 'easy', reason: 'date' }),
    play: [{ type: '23 November 2026', into: 'password.label' }, { see: 'strength.easy' }],
  },
  {
    id: 'password/strong',
    state: settingUp('password'),
    answers: judged({ accepted: true, level: 'strong' }),
    play: [typed, { type: typed.type, into: 'password.again' }, { see: 'strength.strong' }],
  },
  {
    id: 'password/mismatch',
    state: settingUp('password'),
    answers: judged({ accepted: true, level: 'very-strong' }),
    play: [typed, { type: 'four brave otters', into: 'password.again' }, typed, { see: 'password.mismatch' }],
  },
  {
    id: 'password/words',
    state: settingUp('password'),
    answers: judged({ accepted: true, level: 'very-strong' }),
    play: [{ press: 'password.words.use' }, { see: 'strength.veryStrong' }],
  },
  {
    id: 'password/working',
    state: settingUp('password'),
    answers: { ...judged({ accepted: true, level: 'very-strong' }), 'setup.usePassword': () => PENDING },
    play: [{ press: 'password.words.use' }, { see: 'strength.veryStrong' }, { press: 'password.create' }],
  },

  { id: 'key/hidden', state: settingUp('key'), answers: key },
  { id: 'key/shown', state: settingUp('key'), answers: key, play: [{ press: 'key.show' }] },
  {
    id: 'key/copied',
    state: settingUp('key'),
    answers: key,
    play: [{ press: 'key.show' }, { press: 'key.copy' }, { see: 'key.copied' }],
  },
  {
    id: 'key/saved',
    state: settingUp('key'),
    answers: key,
    play: [{ press: 'key.show' }, { press: 'key.save' }, { see: 'key.sheetSaved' }],
  },
  {
    id: 'key/sheet-refused',
    state: settingUp('key'),
    answers: { ...key, 'setup.saveSheet': () => refuse('target-unusable', { reason: 'in-place' }) },
    play: [{ press: 'key.show' }, { press: 'key.save' }],
  },
  { id: 'key/check', state: confirming },
  {
    id: 'key/check-wrong',
    state: confirming,
    answers: { 'setup.confirmKey': () => refuse('key-malformed', { reason: 'group', group: 6 }) },
    play: [
      { type: '2a9o', into: 'confirm.group', values: { n: 6 } },
      { type: '05c9', into: 'confirm.group', values: { n: 13 } },
      { press: 'common.continue' },
    ],
  },

  { id: 'first/looking', state: backingUp(progress('looking', [0, 0, 0, 0]), true) },
  { id: 'first/saving', state: backingUp(progress('saving', [6, 2180, 0, 0]), true) },
  { id: 'first/checking', state: backingUp(progress('checking', [6, 7402, 1114, 388]), true) },
  { id: 'first/done', state: on({ showFirstDone: true }) },
  {
    id: 'first/done-with-a-key',
    state: on({
      showFirstDone: true,
      secrets: ['key'],
      lastBackup: PROTECTION.lastBackup && { ...PROTECTION.lastBackup, skippedFiles: 2 },
    }),
  },
]
