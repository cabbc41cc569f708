import http from 'node:http'
import { Provider } from 'oidc-provider'

/**
 * A real OAuth server with Google's addresses and rules for desktop apps, as a process of its own: PKCE must be used,
 * loopback addresses may have any port. Says its address on the first line and ends when its input ends. Who signs in
 * agrees, unless `?agree=nothing` of /_mood was the last word.
 */
const SCOPE = 'https://www.googleapis.com/auth/drive.file'
const CLIENT = {
  client_id: 'client-a',
  client_secret: 'emulator-secret',
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
}
let mood = 'all'
let provider
let answer
const server = http.createServer((request, response) => void serve(request, response))
server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}`
  provider = new Provider(address, {
    clients: [{ ...CLIENT, redirect_uris: ['http://127.0.0.1/any'] }],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true }, introspection: { enabled: true } },
    scopes: ['openid', 'offline_access', SCOPE],
    issueRefreshToken: async () => true,
    ttl: { AccessToken: 60, RefreshToken: 3600, AuthorizationCode: 60, Grant: 3600, Session: 3600, Interaction: 600 },
    findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    extraParams: ['access_type', 'include_granted_scopes'],
    routes: {
      authorization: '/o/oauth2/v2/auth',
      token: '/token',
      revocation: '/revoke',
      introspection: '/introspect',
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['a key of this test'] },
  })
  // Google lets desktop apps choose port and path on the loopback address.
  provider.Client.prototype.redirectUriAllowed = (uri) => uri.startsWith('http://127.0.0.1:')
  answer = provider.callback()
  process.stdout.write(`${address}\n`)
})
process.stdin.resume().once('end', () => process.exit(0))

async function serve(request, response) {
  if (request.url.startsWith('/_mood')) {
    mood = new URL(request.url, 'http://here').searchParams.get('agree')
    return response.end()
  }
  if (!request.url.startsWith('/interaction/')) return answer(request, response)
  const { prompt, session, params } = await provider.interactionDetails(request, response)
  const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
  if (mood === 'nothing') return finish({ error: 'access_denied' })
  if (prompt.name === 'login') return finish({ login: { accountId: 'a.person' } })
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return finish({ consent: { grantId: await grant.save() } })
}
