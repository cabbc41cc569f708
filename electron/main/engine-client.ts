import { engineContract } from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import type { Reply } from '#common/ipc.ts'
import { makeBridge } from '#common/make-bridge.ts'
import type { EngineMessage, EngineRequest } from '../engine-process.ts'
import { ENGINE_ENDED, type Engine } from './ask-engine.ts'

/** The little that is needed of a child process. */
export interface EngineProcess {
  post(request: EngineRequest): void
  onMessage(listener: (message: EngineMessage) => void): void
  onExit(listener: () => void): void
  /** Ends it without asking; what it was doing is safe to carry on later. */
  end(): void
}

type Answer = (reply: Reply<unknown>) => void

const IDLE_MS = 60_000

/** A process that is stuck in the system itself cannot be ended; after this long it counts as gone. */
const END_PATIENCE_MS = 5000

/** A place that does not answer in time counts as not there. */
const TOO_SLOW: PlainError = { code: 'destination-missing', facts: { reason: 'slow' } }
const TOO_SLOW_TO_TELL: PlainError = { code: 'destination-missing', facts: { reason: 'slow', changed: 'perhaps' } }

/**
 * How long a person waits at most, in milliseconds, and what is answered then. An engine that kept somebody waiting
 * that long hangs (on a network disk that is gone, say) and is ended. Runs and counting have no limit: runs tell their
 * progress, and can be cancelled.
 */
const PATIENCE: Readonly<Record<string, Readonly<{ ms: number; late: PlainError }>>> = {
  'secret.rate': { ms: 30_000, late: ENGINE_ENDED },
  'secret.suggestWords': { ms: 30_000, late: ENGINE_ENDED },
  'secret.generateKey': { ms: 30_000, late: ENGINE_ENDED },
  'secret.parseKey': { ms: 30_000, late: ENGINE_ENDED },
  'secret.prepare': { ms: 60_000, late: ENGINE_ENDED },
  'secret.change': { ms: 300_000, late: TOO_SLOW_TO_TELL },
  'secret.rotate': { ms: 600_000, late: TOO_SLOW_TO_TELL },
  'place.look': { ms: 60_000, late: TOO_SLOW },
  'place.iCloud': { ms: 30_000, late: ENGINE_ENDED },
  'account.disconnect': { ms: 60_000, late: TOO_SLOW },
  'repository.create': { ms: 300_000, late: TOO_SLOW },
  'repository.signIn': { ms: 300_000, late: TOO_SLOW },
  'restore.open': { ms: 300_000, late: TOO_SLOW },
  'restore.contents': { ms: 300_000, late: TOO_SLOW },
  'restore.close': { ms: 10_000, late: ENGINE_ENDED },
  'turnOff.open': { ms: 300_000, late: TOO_SLOW },
  'turnOff.close': { ms: 10_000, late: ENGINE_ENDED },
  'run.cancel': { ms: 10_000, late: ENGINE_ENDED },
}

/** What cannot be done while this device's state is in use by something else. */
const NEEDS_STATE = [
  'secret.change',
  'secret.rotate',
  'repository.create',
  'repository.signIn',
  'backup.start',
  'restore.open',
  'turnOff.open',
  'turnOff.finish',
  'turnOff.resume',
]

const OPENS_SESSION = ['restore.open', 'turnOff.open']
const CLOSES_SESSION = ['restore.close', 'turnOff.close', 'turnOff.finish'] // whatever they answer

/**
 * Talks to the engine process: starts it when something is asked, ends it after a minute in which nothing is asked
 * and no repository is open, and starts another one after a crash. There is never more than one.
 */
export class EngineClient {
  readonly engine: Engine
  readonly #start: () => EngineProcess
  readonly #makeRoom: () => Promise<void>
  readonly #onDone: (channel: string) => void
  readonly #pending = new Map<number, Answer>() // without the requests: those hold secrets
  readonly #listeners = new Map<string, Set<(payload: unknown) => void>>()
  readonly #sessions = new Set<string>()
  readonly #accountKey: () => Promise<Uint8Array>
  #process: EngineProcess | null = null
  #ending: Promise<void> | null = null // an engine that was told to end and has not ended yet
  #idle: ReturnType<typeof setTimeout> | null = null
  #lastId = 0
  #isClosed = false

  /**
   * @param makeRoom - ends housekeeping, so that what a person or the schedule wants can begin.
   * @param onDone - hears the name of every call that went well.
   * @param accountKey - gives the key of the accounts, for calls that need one; overwritten afterwards.
   */
  constructor(
    start: () => EngineProcess,
    makeRoom: () => Promise<void> = async () => undefined,
    onDone: (channel: string) => void = () => undefined,
    accountKey: () => Promise<Uint8Array> = () => Promise.reject(new BackupError('keychain-locked')),
  ) {
    this.#start = start
    this.#makeRoom = makeRoom
    this.#onDone = onDone
    this.#accountKey = accountKey
    this.engine = makeBridge(engineContract, {
      ask: (channel, input) => this.#ask(channel, input),
      listen: (channel, listener) => this.#listen(channel, listener),
    })
  }

  /** Ends the engine process; what is still asked of it answers `ENGINE_ENDED`. Another one starts when asked for. */
  async end(): Promise<void> {
    const process = this.#process
    if (process) {
      this.#ending = this.#untilGone(process)
      this.#forget()
      process.end()
    }
    await this.#ending
  }

  /** Ends the engine for good: from here on everything answers `ENGINE_ENDED`. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.end()
  }

  async #ask(channel: string, input: unknown): Promise<Reply<unknown>> {
    if (NEEDS_STATE.includes(channel)) await this.#makeRoom()
    while (this.#ending) await this.#ending
    const session = sessionOf(input)
    const isGone = session !== null && !this.#sessions.has(session)
    if (isGone || this.#isClosed) return { ok: false, error: ENGINE_ENDED }
    const reply = needsAccount(channel, input)
      ? await this.#sendWithKey(channel, input)
      : await this.#send(channel, input)
    if (OPENS_SESSION.includes(channel) && reply.ok) this.#sessions.add(sessionOf(reply.value) ?? '')
    if (CLOSES_SESSION.includes(channel) && session !== null) this.#sessions.delete(session)
    this.#endWhenIdle()
    if (reply.ok) this.#onDone(channel)
    return reply
  }

  /** The key goes with every such call: the engine that hears it may be a new one. */
  async #sendWithKey(channel: string, input: unknown): Promise<Reply<unknown>> {
    let key: Uint8Array | null = null
    try {
      key = await this.#accountKey()
      return await this.#send(channel, { ...Object(input), accountKey: key })
    } catch (thrown) {
      return { ok: false, error: BackupError.from(thrown).toPlain() }
    } finally {
      key?.fill(0)
    }
  }

  #send(channel: string, input: unknown): Promise<Reply<unknown>> {
    const [group = '', name = ''] = channel.split('.')
    const id = ++this.#lastId
    const patience = PATIENCE[channel]
    return new Promise((resolve) => {
      const answer = (reply: Reply<unknown>): void => {
        clearTimeout(timer)
        this.#pending.delete(id)
        resolve(reply)
      }
      const giveUp = (late: PlainError): void => {
        answer({ ok: false, error: late })
        void this.end()
      }
      const timer = patience && setTimeout(giveUp, patience.ms, patience.late)
      this.#pending.set(id, answer)
      if (this.#idle) clearTimeout(this.#idle)
      try {
        this.#process ??= this.#launch()
        this.#process.post({ id, group, name, input })
      } catch {
        answer({ ok: false, error: ENGINE_ENDED })
      }
    })
  }

  #launch(): EngineProcess {
    const process = this.#start()
    process.onMessage((message) => {
      if (process !== this.#process) return
      if ('id' in message) this.#pending.get(message.id)?.(message.reply)
      else for (const listener of this.#listeners.get(message.event) ?? []) listener(message.payload)
    })
    process.onExit(() => {
      if (process === this.#process) this.#forget()
    })
    return process
  }

  #listen(channel: string, listener: (payload: unknown) => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  #forget(): void {
    this.#process = null
    this.#sessions.clear()
    for (const answer of Array.from(this.#pending.values())) answer({ ok: false, error: ENGINE_ENDED })
  }

  async #untilGone(process: EngineProcess): Promise<void> {
    await exitOf(process)
    this.#ending = null
  }

  #endWhenIdle(): void {
    if (this.#idle) clearTimeout(this.#idle)
    if (this.#pending.size > 0 || this.#sessions.size > 0 || !this.#process) return
    this.#idle = setTimeout(() => void this.end(), IDLE_MS)
    this.#idle.unref()
  }
}

function exitOf(process: EngineProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, END_PATIENCE_MS)
    process.onExit(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Whether a call is about a place whose account the engine keeps sealed. */
function needsAccount(channel: string, input: unknown): boolean {
  const { place } = Object(input)
  return channel === 'account.signInToDrive' || (typeof place === 'string' && place.startsWith('account:'))
}

/** The session that an input or an answer speaks of. */
function sessionOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('session' in value)) return null
  return typeof value.session === 'string' ? value.session : null
}
