import { badRequest, json, Refusal, type Reply } from './reply.ts'

export const DRIVE_FILE = 'https://www.googleapis.com/auth/drive.file'

type Grant = { clientId: string; scope: string; refreshToken: string; isRevoked: boolean }
type Access = Readonly<{ grant: Grant; expiresMs: number }>

/** Who asks, by a token that counts now. */
export type Caller = Readonly<{ clientId: string; scope: string }>

/**
 * Tokens as Google gives them: refresh tokens that stay the same and can be revoked, access tokens that end. Where
 * another server signs people in, its introspection says whether a token counts.
 */
export class Tokens {
  readonly #grants = new Map<string, Grant>()
  readonly #access = new Map<string, Access>()
  readonly #introspect: string | null
  #lifeMs = 3_600_000
  #made = 0

  constructor(introspect: string | null) {
    this.#introspect = introspect
  }

  set lifeMs(ms: number) {
    this.#lifeMs = ms
  }

  grant(clientId: string, scope = DRIVE_FILE): string {
    const refreshToken = `1//refresh-${++this.#made}-${'x'.repeat(60)}`
    this.#grants.set(refreshToken, { clientId, scope, refreshToken, isRevoked: false })
    return refreshToken
  }

  revokeAll(): void {
    for (const grant of this.#grants.values()) grant.isRevoked = true
  }

  /** Ends the access tokens that were given, and leaves the refresh tokens. */
  expireAll(): void {
    this.#access.clear()
  }

  token(form: URLSearchParams): Reply {
    if (form.get('grant_type') !== 'refresh_token') return oauthError('unsupported_grant_type')
    const grant = this.#grants.get(form.get('refresh_token') ?? '')
    if (!grant || grant.isRevoked || grant.clientId !== form.get('client_id')) return oauthError('invalid_grant')
    if (form.get('client_secret') !== 'emulator-secret') return oauthError('invalid_client', 401)
    const token = `ya29.access-${++this.#made}-${'y'.repeat(60)}`
    this.#access.set(token, { grant, expiresMs: Date.now() + this.#lifeMs })
    const lifetime = { expires_in: Math.max(1, Math.ceil(this.#lifeMs / 1000)), token_type: 'Bearer' }
    return json({ access_token: token, scope: grant.scope, ...lifetime })
  }

  revoke(form: URLSearchParams): Reply {
    const grant = this.#grants.get(form.get('token') ?? '')
    if (!grant) return oauthError('invalid_token')
    grant.isRevoked = true
    return json({})
  }

  /** @throws Refusal 401 without a token that counts, 403 when it has not the scope */
  async check(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
    if (token === undefined) throw new Refusal(401, 'required', 'Login Required.')
    const caller = this.#introspect === null ? this.#known(token) : await introspected(this.#introspect, token)
    if (!caller) throw new Refusal(401, 'authError', 'Invalid Credentials')
    if (!caller.scope.split(' ').includes(DRIVE_FILE))
      throw new Refusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.')
    return caller
  }

  #known(token: string): Caller | null {
    const access = this.#access.get(token)
    return access && !access.grant.isRevoked && access.expiresMs > Date.now() ? access.grant : null
  }
}

async function introspected(url: string, token: string): Promise<Caller | null> {
  const { origin, pathname, username, password } = new URL(url)
  const body = new URLSearchParams({ token, client_id: username, client_secret: password })
  const answer = (await (await fetch(`${origin}${pathname}`, { method: 'POST', body })).json()) as {
    active: boolean
    client_id?: string
    scope?: string
  }
  return answer.active ? { clientId: answer.client_id ?? '', scope: answer.scope ?? '' } : null
}

const oauthError = (error: string, status = 400): Reply => json({ error, error_description: error }, status)

export function formOf(body: Uint8Array): URLSearchParams {
  if (body.length > 16_384) throw badRequest('form')
  return new URLSearchParams(Buffer.from(body).toString('utf8'))
}
