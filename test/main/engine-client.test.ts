import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Reply } from '#common/ipc.ts'
import type { EngineMessage, EngineRequest } from '../../electron/engine-process.ts'
import { ENGINE_ENDED } from '../../electron/main/ask-engine.ts'
import { EngineClient, type EngineProcess } from '../../electron/main/engine-client.ts'

const MINUTE = 60_000
const ENDED: Reply<never> = { ok: false, error: ENGINE_ENDED }
const SECRET = { kind: 'key', key: 'ab' } as const
const PLACE = { place: 'folder:/p', repository: 'r' } as const
const RUN = { run: 'a', ...PLACE, sources: [], deviceKey: new Uint8Array(32) } as const

/** A process that answers when the test says so. */
class FakeProcess implements EngineProcess {
  readonly requests: EngineRequest[] = []
  readonly #listeners: ((message: EngineMessage) => void)[] = []
  readonly #exits: (() => void)[] = []
  isRunning = true
  /** False: told to end, it goes on until the test lets it exit. */
  endsAtOnce = true

  post(request: EngineRequest): void {
    this.requests.push(request)
  }

  onMessage(listener: (message: EngineMessage) => void): void {
    this.#listeners.push(listener)
  }

  onExit(listener: () => void): void {
    this.#exits.push(listener)
  }

  end(): void {
    if (this.endsAtOnce) this.exit()
  }

  exit(): void {
    this.isRunning = false
    for (const listener of this.#exits) listener()
  }

  tell(message: EngineMessage): void {
    for (const listener of this.#listeners) listener(message)
  }

  /** Answers the oldest request of this name that was not answered yet. */
  answer(name: string, value?: unknown): void {
    const at = this.requests.findIndex((request) => `${request.group}.${request.name}` === name)
    const [request] = this.requests.splice(at, 1)
    if (at < 0 || !request) throw new Error(`${name} was not asked`)
    this.tell({ id: request.id, reply: { ok: true, value } })
  }
}

function newClient() {
  const started: FakeProcess[] = []
  const client = new EngineClient(() => {
    if (started.some(({ isRunning }) => isRunning)) throw new Error('two engines')
    const process = new FakeProcess()
    started.push(process)
    return process
  })
  const newest = (): FakeProcess => {
    const process = started.at(-1)
    if (!process) throw new Error('not started')
    return process
  }
  return { client, engine: client.engine, started, newest }
}

/** Lets everything happen that is due now. */
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('start', () => {
  it('begins with the first question, and every question goes to the same engine', async () => {
    const { engine, started, newest } = newClient()
    expect(started).toHaveLength(0)
    const words = engine.secret.suggestWords()
    const key = engine.secret.generateKey()
    await settle()
    newest().answer('secret.generateKey', 'k')
    newest().answer('secret.suggestWords', 'w')
    expect([await words, await key]).toEqual([
      { ok: true, value: 'w' },
      { ok: true, value: 'k' },
    ])
    expect(started).toHaveLength(1)
  })

  it('an engine that cannot be started is an answer, not a throw', async () => {
    const client = new EngineClient(() => {
      throw new Error('no such file')
    })
    expect(await client.engine.secret.suggestWords()).toEqual(ENDED)
  })

  it('a question that cannot be sent is answered, and the next one is asked', async () => {
    const { engine, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    newest().post = () => {
      throw new Error('could not be cloned')
    }
    expect(await engine.secret.generateKey()).toEqual(ENDED)
  })

  it('tells progress to whoever listens, until they stop', async () => {
    const { engine, newest } = newClient()
    const heard: unknown[] = []
    const stop = engine.turnOff.progress((payload) => heard.push(payload))
    void engine.secret.suggestWords()
    await settle()
    const payload = { run: 'a', done: 1, total: 2 }
    newest().tell({ event: 'turnOff.progress', payload })
    newest().tell({ event: 'backup.progress', payload: null })
    stop()
    newest().tell({ event: 'turnOff.progress', payload })
    expect(heard).toEqual([payload])
  })
})

describe('R06: an engine that crashes', () => {
  it('answers all that was asked of it, and the next question starts another one', async () => {
    const { engine, started, newest } = newClient()
    const both = [engine.backup.start(RUN), engine.secret.suggestWords()]
    await settle()
    newest().exit()
    expect(await Promise.all(both)).toEqual([ENDED, ENDED])
    const again = engine.secret.suggestWords()
    await settle()
    expect(started).toHaveLength(2)
    newest().answer('secret.suggestWords', 'w')
    expect(await again).toEqual({ ok: true, value: 'w' })
  })

  it('is not heard any more', async () => {
    const { engine, started, newest } = newClient()
    const heard: unknown[] = []
    engine.backup.progress((payload) => heard.push(payload))
    void engine.secret.suggestWords()
    await settle()
    const [first] = started
    newest().exit()
    const again = engine.secret.suggestWords()
    await settle()
    first?.tell({ event: 'backup.progress', payload: 'late' })
    first?.tell({ id: newest().requests[0]?.id ?? 0, reply: { ok: true, value: 'late' } })
    newest().answer('secret.suggestWords', 'w')
    expect(await again).toEqual({ ok: true, value: 'w' })
    expect(heard).toEqual([])
  })
})

describe('an engine with nothing to do', () => {
  it('ends after a minute, and with it all that it knew', async () => {
    const { engine, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    newest().answer('secret.suggestWords')
    await vi.advanceTimersByTimeAsync(MINUTE - 1)
    expect(newest().isRunning).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(newest().isRunning).toBe(false)
  })

  it('counts the minute from the last answer', async () => {
    const { engine, started, newest } = newClient()
    for (let count = 0; count < 3; count++) {
      void engine.secret.suggestWords()
      await settle()
      newest().answer('secret.suggestWords')
      await vi.advanceTimersByTimeAsync(MINUTE - 1)
    }
    expect(started).toHaveLength(1)
    expect(newest().isRunning).toBe(true)
  })

  it('does not end under a question that was asked within the minute', async () => {
    const { engine, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    newest().answer('secret.suggestWords')
    await vi.advanceTimersByTimeAsync(MINUTE - 1)
    void engine.backup.start(RUN)
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(newest().isRunning).toBe(true)
  })

  it('does not end while a run is under way, however long', async () => {
    const { engine, newest } = newClient()
    void engine.backup.start(RUN)
    void engine.secret.suggestWords()
    await settle()
    newest().answer('secret.suggestWords')
    await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE)
    expect(newest().isRunning).toBe(true)
    newest().answer('backup.start')
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(newest().isRunning).toBe(false)
  })

  it('does not end while a repository is open', async () => {
    const { engine, newest } = newClient()
    void engine.restore.open({ ...PLACE, secret: SECRET })
    await settle()
    newest().answer('restore.open', { session: 's', snapshots: [] })
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(newest().isRunning).toBe(true)
    void engine.restore.close({ session: 's' })
    await settle()
    newest().answer('restore.close')
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(newest().isRunning).toBe(false)
  })
})

describe('never two engines', () => {
  it('a question waits until the old one has ended', async () => {
    const { client, engine, started, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    newest().endsAtOnce = false
    const ending = client.end()
    const key = engine.secret.generateKey()
    await settle()
    expect(started).toHaveLength(1)
    newest().exit()
    await ending
    await settle()
    expect(started).toHaveLength(2)
    newest().answer('secret.generateKey', 'k')
    expect(await key).toEqual({ ok: true, value: 'k' })
  })

  it('ending twice waits for the same end', async () => {
    const { client, engine, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    newest().endsAtOnce = false
    const ended = vi.fn<() => void>()
    const both = Promise.all([client.end(), client.end()]).then(ended)
    await settle()
    expect(ended).not.toHaveBeenCalled()
    newest().exit()
    await both
  })

  it('one that the system cannot end is not waited for without end', async () => {
    const { client, engine, started, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    newest().endsAtOnce = false
    const ended = vi.fn<() => void>()
    const ending = client.end().then(ended)
    await vi.advanceTimersByTimeAsync(4999)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await ending
    const [stuck] = started
    if (stuck) stuck.isRunning = false // as good as gone
    const key = engine.secret.generateKey()
    await settle()
    expect(started).toHaveLength(2)
    stuck?.exit() // when it goes at last, nobody minds
    newest().answer('secret.generateKey', 'k')
    expect(await key).toEqual({ ok: true, value: 'k' })
  })

  it('ending none is no work', async () => {
    const { client, started } = newClient()
    await client.end()
    expect(started).toHaveLength(0)
  })
})

describe('sessions', () => {
  async function openSession() {
    const all = newClient()
    void all.engine.turnOff.open({ ...PLACE, secret: SECRET })
    await settle()
    all.newest().answer('turnOff.open', { session: 's', snapshots: 1, bytes: 1 })
    await settle()
    return all
  }

  it('one that never was is refused without an engine', async () => {
    const { engine, started } = newClient()
    expect(await engine.restore.contents({ session: 'x', snapshot: 'y' })).toEqual(ENDED)
    expect(started).toHaveLength(0)
  })

  it('ends with the engine that held it', async () => {
    const { engine, started, newest } = await openSession()
    newest().exit()
    expect(await engine.turnOff.finish({ run: 'a', session: 's', deleteBackups: false })).toEqual(ENDED)
    expect(started).toHaveLength(1)
  })

  it('ends with the turn-off that it was opened for, whatever came of it', async () => {
    const { engine, newest } = await openSession()
    const finished = engine.turnOff.finish({ run: 'a', session: 's', deleteBackups: false })
    await settle()
    const id = newest().requests[0]?.id ?? 0
    newest().tell({ id, reply: { ok: false, error: { code: 'busy', facts: {} } } })
    expect(await finished).toMatchObject({ ok: false, error: { code: 'busy' } })
    expect(await engine.turnOff.close({ session: 's' })).toEqual(ENDED)
  })
})

describe('patience', () => {
  it('a place that does not answer counts as not there, and the engine that hangs on it is ended', async () => {
    const { engine, started, newest } = newClient()
    const looked = engine.place.look({ place: 'folder:/nas' })
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(await looked).toEqual({ ok: false, error: { code: 'destination-missing', facts: { reason: 'slow' } } })
    expect(newest().isRunning).toBe(false)
    void engine.place.look({ place: 'folder:/other' })
    await settle()
    expect(started).toHaveLength(2)
  })

  it('a cancel that is not heard ends the engine, and so the run', async () => {
    const { engine } = newClient()
    const run = engine.backup.start(RUN)
    const cancelled = engine.run.cancel({ run: 'a' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect([await run, await cancelled]).toEqual([ENDED, ENDED])
  })

  it('an engine that answered in time is left alone', async () => {
    const { engine, newest } = newClient()
    void engine.restore.open({ ...PLACE, secret: SECRET })
    await vi.advanceTimersByTimeAsync(299_999)
    newest().answer('restore.open', { session: 's', snapshots: [] })
    await vi.advanceTimersByTimeAsync(300_000)
    expect(newest().isRunning).toBe(true)
  })

  it('an answer that comes too late is not taken for another one', async () => {
    const { engine, newest } = newClient()
    void engine.secret.suggestWords()
    await settle()
    const late = newest().requests[0]?.id ?? 0
    await vi.advanceTimersByTimeAsync(30_000)
    const key = engine.secret.generateKey()
    await settle()
    newest().tell({ id: late, reply: { ok: true, value: 'words' } })
    newest().answer('secret.generateKey', 'k')
    expect(await key).toEqual({ ok: true, value: 'k' })
  })
})

describe('closed for good', () => {
  it('starts no engine any more', async () => {
    const { client, engine, started, newest } = newClient()
    const run = engine.backup.start(RUN)
    await settle()
    newest().endsAtOnce = false
    const closing = client.close()
    const waiting = engine.secret.suggestWords()
    newest().exit()
    await closing
    expect([await run, await waiting, await engine.secret.generateKey()]).toEqual([ENDED, ENDED, ENDED])
    expect(started).toHaveLength(1)
  })
})
