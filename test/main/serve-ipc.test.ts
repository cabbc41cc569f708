import { describe, expect, it, vi } from 'vitest'
import { BackupError } from '#common/errors.ts'
import type { Call, Reply } from '#common/ipc.ts'
import { type IpcContract, ipcContract } from '#common/ipc-contract.ts'
import { createHandlers } from '../../electron/main/handlers.ts'
import { RateLimit } from '../../electron/main/rate-limit.ts'
import { type Caller, serveIpc } from '../../electron/main/serve-ipc.ts'
import { isTrustedCaller } from '../../electron/main/trusted-caller.ts'
import { Computer, startApp } from './fixture.ts'

const OWN = { url: 'app://bundle/index.html' }
const contents = { mainFrame: OWN as unknown, isDestroyed: () => false }
const TRUSTED: Caller = { sender: contents, senderFrame: OWN }

async function serve(limit = new RateLimit(10_000, 10_000)) {
  const app = await startApp(await Computer.create())
  const closeWindow = vi.fn<() => void>()
  const handlers = createHandlers({
    ...app,
    app: {
      info: () => ({ platform: 'linux', locale: 'en', version: '1' }),
      closeWindow,
      takePage: () => null,
      openSignInSettings: () => undefined,
    },
  })
  const onUnexpected = vi.fn<(channel: string, support: string) => void>()
  const listeners = new Map<string, (caller: Caller, ...inputs: unknown[]) => Promise<unknown>>()
  serveIpc({ handle: (channel, listener) => void listeners.set(channel, listener) }, handlers, {
    isTrusted: (caller) => isTrustedCaller(caller, contents, null),
    limit,
    onUnexpected,
  })
  const ask = async (channel: string, caller: Caller, ...inputs: unknown[]): Promise<Reply<unknown>> =>
    (await listeners.get(channel)?.(caller, ...inputs)) as Reply<unknown>
  return { app, ask, closeWindow, onUnexpected, channels: [...listeners.keys()] }
}

const CHANNELS = Object.entries(ipcContract).flatMap(([group, messages]) =>
  Object.entries(messages).map(([name, { kind }]) => ({ channel: `${group}.${name}`, kind })),
)
const CALLS = CHANNELS.filter(({ kind }) => kind === 'call').map(({ channel }) => channel)

describe('who may call (T52)', () => {
  it.each<[string, Caller]>([
    ['a frame inside the page', { sender: contents, senderFrame: { url: 'app://bundle/index.html' } }],
    ['a frame that is gone', { sender: contents, senderFrame: null }],
    ['another window', { sender: { mainFrame: OWN, isDestroyed: () => false }, senderFrame: OWN }],
    ['nobody', { sender: null, senderFrame: undefined }],
  ])('not %s', async (_name, caller) => {
    const { app, ask, closeWindow } = await serve()
    for (const channel of CALLS) {
      expect(await ask(channel, caller), channel).toEqual({
        ok: false,
        error: { code: 'usage', facts: { reason: 'not-trusted' } },
      })
    }
    expect(app.states).toEqual([])
    expect(app.fake.calls).toEqual([])
    expect(closeWindow).not.toHaveBeenCalled()
  })
})

describe('what may be sent (T53)', () => {
  const poisoned = JSON.parse('{"__proto__":{"polluted":true},"password":"x"}') as unknown
  const circle: Record<string, unknown> = {}
  circle['self'] = circle

  const HOSTILE: readonly [string, unknown][] = [
    ['a number', 7],
    ['null', null],
    ['text', 'x'],
    ['a list', []],
    ['an object', {}],
    ['an unknown field', { password: 'x', index: 0, startBeside: true, extra: 1 }],
    ['a prototype key', poisoned],
    ['a constructor key', { constructor: { prototype: { polluted: true } } }],
    ['100 MB of text', { password: 'x'.repeat(100 * 1024 * 1024) }],
    ['a giant list', { only: Array.from({ length: 1_000_000 }, () => 'x'.repeat(100)) }],
    ['a deep object', JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`)],
    ['a circle', circle],
    ['a map', new Map([['password', 'x']])],
    ['bytes', new Uint8Array(100)],
    ['a date', new Date()],
  ]

  it.each(HOSTILE)('every call refuses %s, without a trace', async (_name, input) => {
    const { app, ask, closeWindow } = await serve()
    for (const channel of CALLS) {
      const reply = await ask(channel, TRUSTED, input)
      expect(reply, channel).toEqual({ ok: false, error: { code: 'usage', facts: { reason: 'input' } } })
    }
    expect(app.states).toEqual([])
    expect(app.fake.calls).toEqual([])
    expect(closeWindow).not.toHaveBeenCalled()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['setup.removeChats', { index: -1 }],
    ['setup.removeChats', { index: 0.5 }],
    ['setup.removeChats', { index: Number.NaN }],
    ['setup.removeChats', { index: '0' }],
    ['setup.toLock', {}],
    ['setup.toLock', { startBeside: 1 }],
    ['setup.usePassword', { password: ['x'] }],
    ['setup.usePassword', { password: 'x'.repeat(5000) }],
    ['setup.confirmKey', { groups: ['aaaa'] }],
    ['setup.confirmKey', { groups: ['aaaa', 'bbbb', 'cccc'] }],
    ['restore.unlock', { secret: { kind: 'device', deviceKey: [1] } }],
    ['restore.unlock', { secret: { kind: 'password', password: 'x', key: 'y' } }],
    ['restore.unlock', { secret: 'password' }],
    ['restore.start', { only: ['a', 7] }],
    ['restore.start', { only: ['a'], to: '/etc' }],
    ['turnOff.finish', { token: 'x' }],
    ['turnOff.finish', { deleteBackups: true }],
    ['turnOff.finish', { token: null, deleteBackups: true }],
    ['turnOff.finish', { token: 'x', deleteBackups: 'no' }],
    ['restore.start', { only: Array.from({ length: 100_000 }, () => 'x'.repeat(100)) }],
  ])('%s refuses what is not as agreed (%#)', async (channel, input) => {
    const { ask } = await serve()
    expect(await ask(channel, TRUSTED, input)).toEqual({
      ok: false,
      error: { code: 'usage', facts: { reason: 'input' } },
    })
  })

  it('nothing beside the one input', async () => {
    const { ask } = await serve()
    expect(await ask('state.get', TRUSTED, undefined, 'more')).toMatchObject({ ok: false, error: { code: 'usage' } })
  })

  it('what the contract says is taken', async () => {
    const { app, ask, closeWindow } = await serve()
    expect(await ask('state.get', TRUSTED)).toEqual({ ok: true, value: app.store.get() })
    expect(await ask('setup.begin', TRUSTED, undefined)).toEqual({ ok: true, value: undefined })
    expect(await ask('setup.ratePassword', TRUSTED, { password: 'pass phrase with spaces' })).toMatchObject({
      ok: true,
      value: { accepted: true },
    })
    expect(await ask('app.closeWindow', TRUSTED)).toEqual({ ok: true, value: undefined })
    expect(closeWindow).toHaveBeenCalledOnce()
  })
})

describe('how often (T57)', () => {
  it('a flood is refused, and the app answers again afterwards', async () => {
    let nowMs = 0
    const { ask } = await serve(new RateLimit(200, 200, () => nowMs))
    const replies = await Promise.all(Array.from({ length: 10_000 }, () => ask('state.get', TRUSTED)))
    expect(replies.filter(({ ok }) => ok)).toHaveLength(200)
    expect(replies.at(-1)).toEqual({ ok: false, error: { code: 'busy', facts: { reason: 'too-many' } } })
    nowMs += 1000
    expect(await ask('state.get', TRUSTED)).toMatchObject({ ok: true })
  })

  it('a stranger does not use up what the window may ask', async () => {
    const { ask } = await serve(new RateLimit(2, 0, () => 0))
    for (let count = 0; count < 10; count++) await ask('state.get', { sender: null, senderFrame: null })
    expect(await ask('state.get', TRUSTED)).toMatchObject({ ok: true })
  })
})

describe('what is answered', () => {
  it('a failure as a plain value, with names instead of paths', async () => {
    const { app, ask } = await serve()
    vi.spyOn(app.backup, 'start').mockRejectedValue(
      new BackupError('destination-missing', { folder: '/media/me/Disk/', drive: 'E:\\Backups\\Chats', days: 3 }),
    )
    expect(await ask('backup.start', TRUSTED)).toEqual({
      ok: false,
      error: { code: 'destination-missing', facts: { folder: 'Disk', drive: 'Chats', days: 3 } },
    })
  })

  it('something unforeseen as a support code, never as its message', async () => {
    const { app, ask, onUnexpected } = await serve()
    vi.spyOn(app.backup, 'start').mockRejectedValue(new Error('ENOENT /home/me/secret password=hunter2'))
    const reply = await ask('backup.start', TRUSTED)
    expect(reply).toEqual({
      ok: false,
      error: { code: 'unexpected', facts: { support: expect.stringMatching(/^[0-9a-f]{8}$/) } },
    })
    expect(JSON.stringify([reply, onUnexpected.mock.calls])).not.toMatch(/hunter2|home/)
    expect(onUnexpected).toHaveBeenCalledExactlyOnceWith('backup.start', expect.stringMatching(/^[0-9a-f]{8}$/))
  })
})

describe('the contract itself', () => {
  it('every call has a handler, and there is no handler beside it', async () => {
    expect((await serve()).channels.toSorted()).toEqual(CALLS.toSorted())
  })

  /** All that can be asked. A new line here is a decision about what the window may know and do. */
  it('is this list (T55, T56)', () => {
    const groups = Object.entries(ipcContract).map(([group, messages]) => [group, Object.keys(messages).join(' ')])
    const names: unknown = Object.fromEntries(groups)
    expect(names).toEqual({
      app: 'info closeWindow takePage goTo',
      places: 'kinds useDriveClient cancelSignIn signInAgain',
      signIn: 'get set changed openSettings',
      state: 'get changed',
      setup:
        'begin startAgain back addChats removeChats toPlace choosePlace chooseDrive chooseICloud toLock toPassword toKey ratePassword suggestWords usePassword showKey hideKey copyKey saveSheet printSheet keySaved confirmKey',
      backup: 'start cancel seenFirstDone',
      background:
        'get changed pause resume change avoidNetwork history checkPassword askPasswordLater cleanUp answerDevice',
      restore:
        'begin choosePlace chooseDrive chooseICloud choose unlock chooseDay chooseFolder start cancel openFolder back leave',
      secrets:
        'begin prove usePassword showKey hideKey copyKey saveSheet printSheet keySaved confirmKey back leave cancelWaiting endWait',
      turnOff: 'begin verify finish cancel',
    })
  })

  it('gives back no secret but the key while it is shown, and words not yet chosen (T55)', () => {
    // Compiles only while these are the only calls that answer with text.
    const texts: Readonly<Record<TextCall<IpcContract>, true>> = {
      'setup.showKey': true,
      'setup.suggestWords': true,
      'secrets.showKey': true,
    }
    expect(Object.keys(texts)).toHaveLength(3)
  })
})

type AnswersText<M> =
  M extends Call<infer _Input, infer O> ? (string extends O ? ([O] extends [string] ? true : false) : false) : false

/** The names of the calls whose whole answer is text, and not one of a few words. */
type TextCall<C> = {
  [G in keyof C & string]: {
    [M in keyof C[G] & string]: AnswersText<C[G][M]> extends true ? `${G}.${M}` : never
  }[keyof C[G] & string]
}[keyof C & string]
