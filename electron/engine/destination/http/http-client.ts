import { BackupError } from '#common/errors.ts'
import { Bandwidth } from './bandwidth.ts'
import { NetworkFailure } from './network-failure.ts'
import { Pacer } from './pacer.ts'
import type { Fetch, HttpReply, HttpRequest } from './request.ts'
import { sendOnce } from './send-once.ts'
import { Traffic } from './traffic.ts'
import { type Wait, wait } from './wait.ts'

/** What a place says about trying again: not now, but later (after so long, when it says how long). */
export type Judgement = 'final' | 'again' | Readonly<{ againAfterMs: number }>

export type HttpClientOptions = Readonly<{
  /** Says which replies are worth another try. */
  judge?: (reply: HttpReply) => Judgement
  fetch?: Fetch
  up?: Bandwidth
  down?: Bandwidth
  pacer?: Pacer
  traffic?: Traffic
  stallMs?: number
  wait?: Wait
  random?: () => number
  nowMs?: () => number
  /** No more tries are begun after this. */
  patienceMs?: number
}>

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 64_000

/** As long as restic, and longer than a router takes to start. */
const PATIENCE_MS = 15 * 60_000

/** A place that has not answered once is out of reach; one that has is worth waiting for. */
const TRIES_WITHOUT_ANY_ANSWER = 3

/** A server that fails again and again by itself is given up earlier than a network that is away. */
const SERVER_ERRORS = 8

/** A place that asks for a longer pause than this is told as busy at once. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000

/** Statuses that pass: RFC 9110 15.5.9 and 15.6, RFC 6585 4, RFC 8470 5.2; 423 is WebDAV's lock (RFC 4918 11.3). */
const PASSING = [408, 423, 425, 429, 500, 502, 503, 504]

/** Sends requests, waits its turn, and tries again what may pass: with pauses that double, jitter, and Retry-After. */
export class HttpClient {
  readonly traffic: Traffic
  readonly #judge: (reply: HttpReply) => Judgement
  readonly #sending: Parameters<typeof sendOnce>[1]
  readonly #pacer: Pacer
  readonly #wait: Wait
  readonly #random: () => number
  readonly #nowMs: () => number
  readonly #patienceMs: number
  #hasAnswered = false

  constructor(options: HttpClientOptions = {}) {
    this.#wait = options.wait ?? wait
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.traffic = options.traffic ?? new Traffic()
    this.#sending = {
      fetch: options.fetch ?? fetch,
      up: options.up ?? new Bandwidth(),
      down: options.down ?? new Bandwidth(),
      traffic: this.traffic,
      stallMs: options.stallMs ?? 60_000,
    }
    this.#judge = options.judge ?? judgeByStatus
    this.#pacer = options.pacer ?? new Pacer({ perSecond: 50, burst: 50, wait: this.#wait, nowMs: this.#nowMs })
    this.#random = options.random ?? Math.random
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS
  }

  /**
   * Sends until there is a final reply; any status can be one but a way to another host, which is never taken. The body
   * is read anew for each try.
   *
   * @throws BackupError `offline`, with the reason `certificate` or `redirected` when somebody else answers; the signal's
   * reason
   */
  async send(request: HttpRequest): Promise<HttpReply> {
    const endMs = this.#nowMs() + this.#patienceMs
    let mayHaveHappened = false
    let serverErrors = 0
    for (let tries = 1; ; tries++) {
      await this.#pacer.enter(request.signal)
      const outcome = await this.#try(request, mayHaveHappened)
      if (outcome instanceof NetworkFailure) {
        const isLast = tries >= (request.maxTries ?? (this.#hasAnswered ? Infinity : TRIES_WITHOUT_ANY_ANSWER))
        if (outcome.kind === 'certificate') throw new BackupError('offline', { reason: 'certificate' }, outcome)
        if (isLast || this.#nowMs() >= endMs) throw new BackupError('offline', {}, outcome)
        if (outcome.kind === 'broken') mayHaveHappened = true
        await this.#pause(tries, 0, request.signal)
        continue
      }
      const judgement = this.#judge(outcome)
      if (judgement === 'final') return refuseStrangers(request, outcome)
      const leastMs = judgement === 'again' ? retryAfterMs(outcome.headers) : judgement.againAfterMs
      const isLast = tries >= (request.maxTries ?? Infinity)
      if (isLast || leastMs > LONGEST_RETRY_AFTER_MS || this.#nowMs() >= endMs) return outcome
      if (outcome.status >= 500) {
        mayHaveHappened = true // a gateway may have lost the reply
        if (++serverErrors >= SERVER_ERRORS) return outcome
      }
      if (leastMs > 0) this.#pacer.hold(leastMs)
      await this.#pause(tries, leastMs, request.signal)
    }
  }

  async #try(request: HttpRequest, mayHaveHappened: boolean): Promise<HttpReply | NetworkFailure> {
    try {
      const reply = await sendOnce(request, this.#sending)
      this.#hasAnswered = true
      return { ...reply, mayHaveHappened }
    } catch (error) {
      if (error instanceof NetworkFailure) return error
      throw error
    }
  }

  /** Full jitter over a pause that doubles, and never less than the place asked for. */
  async #pause(tries: number, leastMs: number, signal?: AbortSignal): Promise<void> {
    this.traffic.retries++
    const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
    await this.#wait(leastMs + this.#random() * longestMs, signal)
  }
}

export const judgeByStatus = ({ status }: Pick<HttpReply, 'status'>): Judgement =>
  PASSING.includes(status) ? 'again' : 'final'

/** A way to another host, or a network that wants a person to sign in first (RFC 6585 6). */
function refuseStrangers({ url }: HttpRequest, reply: HttpReply): HttpReply {
  const location = reply.headers.get('location')
  const isRedirect = reply.status >= 300 && reply.status < 400 && location !== null
  const isElsewhere = isRedirect && (!URL.canParse(location, url.href) || new URL(location, url).origin !== url.origin)
  if (isElsewhere || reply.status === 511) throw new BackupError('offline', { reason: 'redirected' })
  return reply
}

/** Retry-After, in seconds or as a date (RFC 9110 10.2.3); 0 when there is none that can be read. */
export function retryAfterMs(headers: Headers, nowMs = Date.now()): number {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - nowMs)
}
