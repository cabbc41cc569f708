import type { BackupState } from '#common/backup-state.ts'
import type { Reply } from '#common/ipc.ts'
import { ipcContract } from '#common/ipc-contract.ts'
import { makeBridge } from '#common/make-bridge.ts'
import { PLAIN } from './looks.ts'
import { BACKGROUND, HISTORY, NOW_MS, off } from './states.ts'

/** What calls are answered with, by channel; a call that is not named is done and answers nothing. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>

/** As an answer: the call never ends. */
export const PENDING = new Promise<never>(() => undefined)

/** As an answer: the call fails. */
export const refuse = (code: string, facts: Readonly<Record<string, string | number>> = {}) => ({
  ok: false,
  error: { code, facts },
})

let answers: Answers = {}
let current: BackupState = off
const listeners = new Map<string, Set<(payload: unknown) => void>>()

/** Stands where the preload script puts the way to the main process. Nothing leaves the page. */
const bridge = makeBridge(ipcContract, {
  ask: async (channel, input): Promise<unknown> => {
    const answer = answers[channel]
    if (channel === 'state.get') return { ok: true, value: current }
    if (channel === 'app.info' && !answer) return { ok: true, value: { ...PLAIN, version: '0.1.0' } }
    if (channel === 'background.get') return { ok: true, value: BACKGROUND }
    if (channel === 'background.history' && !answer) return { ok: true, value: HISTORY }
    if (channel === 'signIn.get' && !answer) return { ok: true, value: 'on' }
    if (channel === 'places.kinds' && !answer) return { ok: true, value: { drive: 'ready', iCloud: true } }
    if (channel === 'app.takePage') return { ok: true, value: null }
    const value = await answer?.(input as never)
    return isReply(value) ? value : { ok: true, value }
  },
  listen(channel, listener) {
    const known = listeners.get(channel) ?? new Set()
    listeners.set(channel, known.add(listener))
    return () => known.delete(listener)
  },
})

/** Tells the window a message, as main does. */
export function tell(channel: string, payload: unknown): void {
  for (const listener of listeners.get(channel) ?? []) listener(payload)
}

export function enter(state: BackupState): void {
  current = state
  tell('state.changed', state)
}

export function answerWith(next: Answers): void {
  answers = next
}

const isReply = (value: unknown): value is Reply<unknown> =>
  typeof value === 'object' && value !== null && 'ok' in value && typeof value.ok === 'boolean'

Object.defineProperty(window, 'bridge', { value: bridge })
Date.now = () => NOW_MS // pictures that are the same tomorrow
