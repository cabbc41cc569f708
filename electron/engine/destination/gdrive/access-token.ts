import * as oauth from 'oauth4webapi'
import { BackupError } from '#common/errors.ts'
import type { HttpClient } from '#engine/destination/http/http-client.ts'
import { DRIVE_SCOPE, type DriveAccount } from './account.ts'
import { isJson, notGoogle } from './failures.ts'
import { oauthParts, throughClient } from './oauth.ts'

/** A token is taken for ended so long before it ends, so that it lasts for the request it is fetched for. */
const MARGIN_MS = 60_000

/** The token that requests carry, fetched with the refresh token when the last one has ended. */
export class AccessToken {
  readonly #account: DriveAccount
  readonly #http: HttpClient
  readonly #nowMs: () => number
  #current: Readonly<{ token: string; endsMs: number }> | null = null
  #fetching: Promise<string> | null = null

  constructor(account: DriveAccount, http: HttpClient, nowMs: () => number = Date.now) {
    this.#account = account
    this.#http = http
    this.#nowMs = nowMs
  }

  /**
   * One that counts for a while. Asked for by several at once it is fetched once.
   *
   * @throws BackupError `sign-in-needed` with reason `revoked`, `client` or `scope`; `offline`
   */
  async get(): Promise<string> {
    if (this.#current && this.#current.endsMs - MARGIN_MS > this.#nowMs()) return this.#current.token
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  /** This one was refused: the next is a new one. */
  refused(token: string): void {
    if (this.#current?.token === token) this.#current = null
  }

  async #fetch(): Promise<string> {
    const { refreshToken } = this.#account
    const { server, client, authentication } = oauthParts(this.#account)
    const options = throughClient(this.#http)
    const fetchedMs = this.#nowMs()
    try {
      const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, options)
      const { access_token, expires_in, scope } = await oauth.processRefreshTokenResponse(server, client, response)
      if (scope !== undefined && !scope.split(' ').includes(DRIVE_SCOPE))
        throw new BackupError('sign-in-needed', { reason: 'scope' })
      this.#current = { token: access_token, endsMs: fetchedMs + (expires_in ?? 3600) * 1000 }
      return access_token
    } catch (error) {
      throw oauthFailure(error)
    }
  }
}

/** What a refusal of the token endpoint means to the person (RFC 6749, 5.2). */
export function oauthFailure(thrown: unknown): BackupError {
  if (thrown instanceof BackupError) return thrown
  if (thrown instanceof oauth.ResponseBodyError) {
    const isClient = ['invalid_client', 'unauthorized_client'].includes(thrown.error)
    if (isClient) return new BackupError('sign-in-needed', { reason: 'client' })
    if (thrown.error === 'invalid_grant') return new BackupError('sign-in-needed', { reason: 'revoked' })
    return new BackupError('sign-in-needed', { reason: 'refused' })
  }
  if (thrown instanceof oauth.WWWAuthenticateChallengeError)
    return new BackupError('sign-in-needed', { reason: 'client' })
  if (thrown instanceof oauth.OperationProcessingError) return answerFailure(thrown)
  return BackupError.from(thrown)
}

/** An answer that is none of a token endpoint: of a server in trouble, or of somebody else. */
function answerFailure(error: oauth.OperationProcessingError): BackupError {
  const { cause } = error
  if (cause instanceof Response && cause.status >= 500) return new BackupError('offline', { reason: 'busy' })
  return cause instanceof Response && isJson(cause.headers) ? new BackupError('unexpected', {}, error) : notGoogle()
}
