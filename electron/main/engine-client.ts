import { engineContract } from '#common/engine-contract.ts'
import type { PlainError } from '#common/errors.ts'
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

type Pending = Readonly<{ request: EngineRequest; answer: (reply: Reply<unknown>) => void }>

const IDLE_MS = 60_000

/** How long a person waits at most. Runs have no limit: they tell their progress, and can be cancelled. */
const PATIENCE_MS: Readonly<Record<string, number>> = {
  'secret.rate': 30_000,
  'secret.suggestWords': 30_000,
  'secret.generateKey': 30_000,
  'secret.parseKey': 30_000,
  'place.look': 60_000,
  'repository.create': 300_000,
  'repository.signIn': 300_000,
  'restore.open': 300_000,
  'restore.contents': 300_000,
  'turnOff.open': 300_000,
}

/** A place that does not answer in time counts as not there. */
const TOO_SLOW: PlainError = { code: 'destination-missing', facts: { reason: 'slow' } }

const OPENS_SESSION = ['restore.open', 'turnOff.open']
const CLOSES_SESSION = ['restore.close', 'turnOff.close', 'turnOff.finish']

/**
 * Talks to the engine process: starts it when something is asked, ends it after a minute in which nothing is asked
 * and no repository is open, and starts another one after a crash. There is never more than one.
 */
export class EngineClient {
  readonly engine: Engine
  readonly #start: () => EngineProcess
  readonly #idleMs: number
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, Set<(payload: unknown) => void>>()
  readonly #sessions = new Set<string>()
  #process: EngineProcess | null = null
  #ending: Promise<void> | null = null // an engine that was told to end and has not ended yet
  #idle: ReturnType<typeof setTimeout> | null = null
  #lastId = 0

  constructor(start: () => EngineProcess, idleMs = IDLE_MS) {
    this.#start = start
    this.#idleMs = idleMs
    this.engine = makeBridge(engineContract, {
      ask: (channel, input) => this.#ask(channel, input),
      listen: (channel, listener) => this.#listen(channel, listener),
    })
  }

  get isRunning(): boolean {
    return this.#process !== null
  }

  /** Ends the engine process; what is still asked of it answers `ENGINE_ENDED`. */
  async end(): Promise<void> {
    const process = this.#process
    if (process) {
      this.#ending = new Promise((ended) => process.onExit(ended))
      this.#forget()
      process.end()
    }
    await this.#ending
  }

  async #ask(channel: string, input: unknown): Promise<Reply<unknown>> {
    const session = sessionOf(input)
    if (session !== null && !this.#sessions.has(session)) return { ok: false, error: ENGINE_ENDED }
    while (this.#ending) await this.#ending
    const [group = '', name = ''] = channel.split('.')
    const request = { id: ++this.#lastId, group, name, input }
    const reply = await this.#send(channel, request)
    if (OPENS_SESSION.includes(channel) && reply.ok) this.#sessions.add(sessionOf(reply.value) ?? '')
    if (CLOSES_SESSION.includes(channel) && reply.ok && session !== null) this.#sessions.delete(session)
    this.#endWhenIdle()
    return reply
  }

  #send(channel: string, request: EngineRequest): Promise<Reply<unknown>> {
    const patienceMs = PATIENCE_MS[channel]
    return new Promise((resolve) => {
      const answer = (reply: Reply<unknown>): void => {
        clearTimeout(timer)
        this.#pending.delete(request.id)
        resolve(reply)
      }
      const timer = patienceMs ? setTimeout(() => answer({ ok: false, error: TOO_SLOW }), patienceMs) : undefined
      this.#pending.set(request.id, { request, answer })
      if (this.#idle) clearTimeout(this.#idle)
      this.#idle = null
      try {
        this.#process ??= this.#launch()
        this.#process.post(request)
      } catch {
        answer({ ok: false, error: ENGINE_ENDED })
      }
    })
  }

  #launch(): EngineProcess {
    const process = this.#start()
    process.onMessage((message) => {
      if (process !== this.#process) return
      if ('id' in message) this.#pending.get(message.id)?.answer(message.reply)
      else for (const listener of this.#listeners.get(message.event) ?? []) listener(message.payload)
    })
    process.onExit(() => {
      if (process === this.#process) this.#forget()
      else this.#ending = null
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
    for (const { answer } of Array.from(this.#pending.values())) answer({ ok: false, error: ENGINE_ENDED })
  }

  #endWhenIdle(): void {
    if (this.#idle) clearTimeout(this.#idle)
    this.#idle = null
    if (this.#pending.size > 0 || this.#sessions.size > 0 || !this.#process) return
    this.#idle = setTimeout(() => void this.end(), this.#idleMs)
    this.#idle.unref()
  }
}

/** The session that an input or an answer speaks of. */
function sessionOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('session' in value)) return null
  return typeof value.session === 'string' ? value.session : null
}
