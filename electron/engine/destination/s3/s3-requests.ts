import { createHash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import { type Content, pieces } from '#engine/destination/content.ts'
import { isHeadOfWebPage, isWebPage, refusal, webPage } from '#engine/destination/http/answers.ts'
import { type HttpClient, type Judgement, judgeByStatus } from '#engine/destination/http/http-client.ts'
import { type HttpReply, MAX_MESSAGE_BYTES, textOf } from '#engine/destination/http/request.ts'
import { childText, parseXml } from '#engine/destination/http/xml.ts'
import type { S3Account } from './s3-account.ts'

export type S3Ask = Readonly<{
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Of the object; empty for the bucket itself. */
  key?: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  body?: Content
  maxReplyBytes?: number
  signal?: AbortSignal
}>

/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Sends signed requests to one bucket (AWS Signature Version 4). */
export class S3Requests {
  readonly #account: S3Account
  readonly #bucket: string
  readonly #http: HttpClient
  /** How much the server's clock is ahead of ours. */
  #aheadMs = 0

  constructor(account: S3Account, bucket: string, http: HttpClient) {
    this.#account = account
    this.#bucket = bucket
    this.#http = http
  }

  /** The final reply, whatever it says, but for a page for people. */
  async send(ask: S3Ask): Promise<HttpReply> {
    const reply = await this.#sendOnce(ask)
    if (codeOf(reply) !== 'RequestTimeTooSkewed') return reply
    const serverMs = Date.parse(reply.headers.get('date') ?? '')
    if (Number.isNaN(serverMs)) return reply
    this.#aheadMs = serverMs - Date.now() // this computer's clock is wrong; that is no reason to stop
    return this.#sendOnce(ask)
  }

  async #sendOnce({ method, key = '', query = {}, headers = {}, body, maxReplyBytes, signal }: S3Ask) {
    const url = this.#url(key, query)
    const hashes = body ? await hashesOf(body) : { sha256: EMPTY, md5: null }
    const given = {
      ...headers,
      'x-amz-content-sha256': hashes.sha256,
      ...(hashes.md5 && { 'content-md5': hashes.md5 }), // what is locked against deletion needs it
    }
    const reply = await this.#http.send({
      method,
      url,
      headers: () => this.#signed(method, url, given),
      ...(body && { body }),
      maxReplyBytes: maxReplyBytes ?? MAX_MESSAGE_BYTES,
      ...(signal && { signal }),
    })
    if (method === 'HEAD' ? isHeadOfWebPage(reply) : isWebPage(reply)) throw webPage()
    return reply
  }

  /** A signature is good for a quarter of an hour, so each try gets its own. */
  async #signed(method: string, url: URL, headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const { accessKeyId, secretAccessKey, region } = this.#account
    const datetime = new Date(Date.now() + this.#aheadMs).toISOString().replace(/[:-]|\.\d{3}/g, '')
    const account = { accessKeyId, secretAccessKey, region, service: 's3' }
    const signer = new AwsV4Signer({ method, url: url.href, headers: { ...headers }, datetime, ...account })
    const signed = await signer.sign()
    // Not signed, because gateways change it: what is sealed does not get smaller, and ranges are of the bytes as they are.
    return { ...Object.fromEntries(signed.headers), 'accept-encoding': 'identity' }
  }

  #url(key: string, query: Readonly<Record<string, string>>): URL {
    const { endpoint, pathStyle } = this.#account
    const url = new URL(endpoint)
    const base = endpoint.pathname.replace(/\/+$/, '')
    const path = key.split('/').map(encodeURIComponent).join('/')
    if (!pathStyle) url.hostname = `${this.#bucket}.${endpoint.hostname}`
    url.pathname = pathStyle ? `${base}/${this.#bucket}/${path}` : `${base}/${path}`
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }
}

/** The server checks both: what arrives otherwise than it was sent is not stored. */
async function hashesOf(content: Content): Promise<{ sha256: string; md5: string }> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')]
  for await (const piece of pieces(content, 2 ** 20)) {
    sha256.update(piece)
    md5.update(piece)
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('base64') }
}

/** S3's own word for a refusal, e.g. `NoSuchKey`; empty when there is none. */
export function codeOf(reply: HttpReply): string {
  if (reply.status < 300 || reply.body.length === 0) return ''
  try {
    return childText(parseXml(textOf(reply)), 'Code')
  } catch {
    return '' // a gateway's page
  }
}

/** Refusals that pass, besides those that pass everywhere. */
const PASSING = ['ConditionalRequestConflict', 'OperationAborted', 'RequestTimeout', 'SlowDown', 'BadDigest']

export function judgeS3(reply: HttpReply): Judgement {
  return PASSING.includes(codeOf(reply)) ? 'again' : judgeByStatus(reply)
}

/** Refusals that mean something else than their status does. */
const MEANING: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  AuthorizationHeaderMalformed: ['sign-in-needed', 'region'],
  PermanentRedirect: ['sign-in-needed', 'region'],
  InvalidAccessKeyId: ['sign-in-needed', 'account'],
  SignatureDoesNotMatch: ['sign-in-needed', 'account'],
  RequestTimeTooSkewed: ['sign-in-needed', 'clock'],
  QuotaExceeded: ['destination-full', 'quota'],
  XMinioAdminBucketQuotaExceeded: ['destination-full', 'quota'],
}

export function refusalOf(reply: HttpReply): BackupError {
  const name = codeOf(reply)
  const meaning = Object.hasOwn(MEANING, name) ? MEANING[name] : undefined
  return meaning ? new BackupError(meaning[0], { reason: meaning[1] }) : refusal(reply)
}
