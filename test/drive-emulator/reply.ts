/** What the emulator answers. A body of text is JSON unless the headers say otherwise. */
export type Reply = Readonly<{
  status: number
  headers?: Readonly<Record<string, string>>
  body?: Uint8Array | string
}>

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  body: JSON.stringify(value),
})

/** A refusal in the form of Google's own error bodies (Drive guide "Resolve errors"). */
export class Refusal extends Error {
  readonly status: number
  readonly reason: string
  readonly domain: string
  readonly retryAfter: string | null

  constructor(status: number, reason: string, message: string, more: { domain?: string; retryAfter?: string } = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.domain = more.domain ?? 'global'
    this.retryAfter = more.retryAfter ?? null
  }

  toReply(): Reply {
    const { status: code, reason, domain, message } = this
    const errors = [{ message, domain, reason }]
    const { headers = {}, ...reply } = json({ error: { code, message, errors } }, code)
    return { ...reply, headers: this.retryAfter === null ? headers : { ...headers, 'retry-after': this.retryAfter } }
  }
}

export const badRequest = (message: string): Refusal => new Refusal(400, 'invalid', message)
export const notFound = (id: string): Refusal => new Refusal(404, 'notFound', `File not found: ${id}.`)

const USAGE_REASONS = ['rateLimitExceeded', 'userRateLimitExceeded', 'dailyLimitExceeded', 'downloadQuotaExceeded']

/** Any refusal by its reason, as a fault plan names it. */
export const refusalFor = (status: number, reason: string, retryAfter?: string): Refusal =>
  new Refusal(status, reason, `${reason} (from the fault plan)`, {
    domain: USAGE_REASONS.includes(reason) ? 'usageLimits' : 'global',
    ...(retryAfter !== undefined && { retryAfter }),
  })
