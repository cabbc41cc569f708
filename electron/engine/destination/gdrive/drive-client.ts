import type { Content } from '#engine/destination/content.ts'
import { HttpClient, type HttpClientOptions } from '#engine/destination/http/http-client.ts'
import { Pacer } from '#engine/destination/http/pacer.ts'
import type { HttpReply } from '#engine/destination/http/request.ts'
import { Traffic } from '#engine/destination/http/traffic.ts'
import { AccessToken } from './access-token.ts'
import type { DriveAccount } from './account.ts'
import { driveFailure, isJson, judgeDriveReply, notGoogle } from './failures.ts'

/** No page of a list is longer: 1000 files of less than 2 kB each. */
const MAX_JSON_BYTES = 4 * 2 ** 20

export type DriveCall = Readonly<{
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string // below the API's address, with its query
  headers?: Readonly<Record<string, string>>
  body?: Content
  maxReplyBytes?: number
  /** Statuses that the caller wants to see itself. */
  accept?: readonly number[]
  signal?: AbortSignal | undefined
}>

/** Requests to Google Drive: with a token that counts, tried again when that may help, and refused in our own words. */
export class DriveClient {
  readonly #account: DriveAccount
  readonly #patient: HttpClient
  readonly #single: HttpClient
  readonly #token: AccessToken

  constructor(account: DriveAccount, options: HttpClientOptions = {}) {
    const pacer =
      options.pacer ??
      new Pacer({
        perSecond: 10,
        burst: 100,
        ...(options.wait && { wait: options.wait }),
        ...(options.nowMs && { nowMs: options.nowMs }),
      })
    const shared = { judge: judgeDriveReply, ...options, pacer, traffic: options.traffic ?? new Traffic() }
    this.#account = account
    this.#patient = new HttpClient(shared)
    this.#single = new HttpClient({ ...shared, patienceMs: 0 })
    this.#token = new AccessToken(account, this.#patient)
  }

  get traffic(): Traffic {
    return this.#patient.traffic
  }

  /**
   * Sends until there is a good reply, or one of those that are accepted.
   *
   * @throws BackupError `sign-in-needed`, `destination-missing`, `destination-full`, `offline`
   */
  async send(call: DriveCall): Promise<HttpReply> {
    for (let isFresh = false; ; isFresh = true) {
      const token = await this.#token.get()
      const reply = await this.#patient.send({
        method: call.method,
        url: new URL(this.#account.endpoints.api + call.path),
        headers: { ...call.headers, authorization: `Bearer ${token}` },
        maxReplyBytes: call.maxReplyBytes ?? MAX_JSON_BYTES,
        ...(call.body && { body: call.body }),
        ...(call.signal && { signal: call.signal }),
      })
      if (reply.status === 401 && !isFresh) {
        this.#token.refused(token) // ended early; whether one can still be had, the next round shows
        continue
      }
      const isGood = reply.status >= 200 && reply.status < 300
      if (!isGood && !call.accept?.includes(reply.status)) throw driveFailure(reply)
      return reply
    }
  }

  /** The JSON of a good reply. A page in place of it comes from somebody else. */
  async json(call: DriveCall): Promise<unknown> {
    return parseReply(await this.send(call))
  }

  /** One try and no more, to the address of an upload session, which is all the permission that is needed there. */
  trySession(call: Omit<DriveCall, 'method' | 'path' | 'accept'> & Readonly<{ session: URL }>): Promise<HttpReply> {
    return this.#single.send(sessionRequest(call))
  }

  /** To the address of an upload session, until there is a reply. */
  askSession(call: Omit<DriveCall, 'method' | 'path' | 'accept'> & Readonly<{ session: URL }>): Promise<HttpReply> {
    return this.#patient.send(sessionRequest(call))
  }

  /** Whether an address is Google's own: content goes nowhere else. */
  isOurs(address: URL): boolean {
    return address.origin === new URL(this.#account.endpoints.api).origin
  }
}

function sessionRequest({ session, headers = {}, body, signal }: Parameters<DriveClient['askSession']>[0]) {
  return {
    method: 'PUT',
    url: session,
    headers,
    maxReplyBytes: MAX_JSON_BYTES,
    ...(body && { body }),
    ...(signal && { signal }),
  }
}

/** @throws BackupError `offline` for what is no JSON */
export function parseReply(reply: HttpReply): unknown {
  if (!isJson(reply.headers)) throw notGoogle()
  try {
    return JSON.parse(new TextDecoder().decode(reply.body))
  } catch {
    throw notGoogle()
  }
}
