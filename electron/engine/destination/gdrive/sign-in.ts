import * as oauth from 'oauth4webapi'
import { BackupError } from '#common/errors.ts'
import { HttpClient, type HttpClientOptions } from '#engine/destination/http/http-client.ts'
import { oauthFailure } from './access-token.ts'
import { DRIVE_SCOPE, type DriveEndpoints } from './account.ts'
import { listenOnce } from './loopback.ts'
import { oauthParts, throughClient } from './oauth.ts'

/** Who asks for access: the app's own registration with Google, or one of the person's. */
export type DriveAppId = Readonly<{ clientId: string; clientSecret: string }>

export type SignInOptions = Readonly<{
  app: DriveAppId
  endpoints: DriveEndpoints
  /** Shows an address in the person's own browser. */
  openBrowser: (address: string) => void
  /** What the browser shows at the end. */
  page: Readonly<{ title: string; text: string }>
  http?: HttpClientOptions
  patienceMs?: number
  signal: AbortSignal
}>

/** For so long the person may take in the browser. */
const PATIENCE_MS = 5 * 60_000

/**
 * Signs in to Google in the person's browser, by RFC 8252 with PKCE (RFC 7636): the answer comes back to a port of this
 * computer that is open for that one request. Gives the refresh token; nothing is kept.
 *
 * @throws BackupError `sign-in-needed` with reason `denied`, `scope`, `client`, `refused` or `too-late`; `offline`;
 * `cancelled`
 */
export async function signInToDrive(options: SignInOptions): Promise<Readonly<{ refreshToken: string }>> {
  const { app, endpoints, signal, openBrowser, page } = options
  const { server, client, authentication } = oauthParts({ ...app, endpoints })
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  await using listener = await listenOnce(page)
  const address = new URL(endpoints.authorize)
  const parameters = {
    client_id: app.clientId,
    redirect_uri: listener.address,
    response_type: 'code',
    scope: DRIVE_SCOPE,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    access_type: 'offline', // without these two Google gives no refresh token the second time
    prompt: 'consent',
    include_granted_scopes: 'false',
  }
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  openBrowser(address.href)
  const answer = await listener.answer((query) => query.get('state') === state, {
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    signal,
  })
  try {
    const callback = oauth.validateAuthResponse(server, client, answer, state)
    const through = { ...throughClient(new HttpClient(options.http)), signal }
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      callback,
      listener.address,
      verifier,
      through,
    )
    const { refresh_token, scope } = await oauth.processAuthorizationCodeResponse(server, client, response)
    // Google lets people untick what was asked for, and says so here only.
    if (scope !== undefined && !scope.split(' ').includes(DRIVE_SCOPE))
      throw new BackupError('sign-in-needed', { reason: 'scope' })
    if (refresh_token === undefined) throw new BackupError('sign-in-needed', { reason: 'refused' })
    return { refreshToken: refresh_token }
  } catch (thrown) {
    if (signal.aborted) throw new BackupError('cancelled')
    if (thrown instanceof oauth.AuthorizationResponseError)
      throw new BackupError('sign-in-needed', { reason: thrown.error === 'access_denied' ? 'denied' : 'refused' })
    throw oauthFailure(thrown)
  }
}

/** Takes access back at Google. A token that counts no more is no failure. */
export async function revokeDriveAccess(
  account: DriveAppId & Readonly<{ endpoints: DriveEndpoints; refreshToken: string }>,
  http?: HttpClientOptions,
): Promise<void> {
  const { server, client, authentication } = oauthParts(account)
  const options = throughClient(new HttpClient(http))
  const response = await oauth.revocationRequest(server, client, authentication, account.refreshToken, options)
  if (response.status >= 500) throw new BackupError('offline', { reason: 'busy' })
}
