import * as oauth from 'oauth4webapi'
import type { HttpClient } from '#engine/destination/http/http-client.ts'
import type { DriveEndpoints } from './account.ts'

/** No answer of a token endpoint is longer. */
export const MAX_TOKEN_REPLY = 64 * 1024

type Parts = Readonly<{ server: oauth.AuthorizationServer; client: oauth.Client; authentication: oauth.ClientAuth }>

/** How oauth4webapi is told about Google and about who asks. The secret of a desktop app is none (RFC 8252, 8.5). */
export function oauthParts({
  clientId,
  clientSecret,
  endpoints,
}: Readonly<{ clientId: string; clientSecret: string; endpoints: DriveEndpoints }>): Parts {
  const { authorize, token, revoke } = endpoints
  return {
    server: {
      issuer: new URL(authorize).origin,
      authorization_endpoint: authorize,
      token_endpoint: token,
      revocation_endpoint: revoke,
    },
    client: { client_id: clientId },
    authentication: oauth.ClientSecretPost(clientSecret),
  }
}

/** Lets the library's requests go the way of all others: counted, paced, tried again, and never redirected. */
export function throughClient(http: HttpClient) {
  return {
    [oauth.allowInsecureRequests]: true, // which hosts may be without TLS was decided where the account was read
    [oauth.customFetch]: async (url: string, init: oauth.CustomFetchOptions<string, unknown>) => {
      const reply = await http.send({
        method: init.method,
        url: new URL(url),
        headers: init.headers,
        body: new TextEncoder().encode(String(init.body)),
        maxReplyBytes: MAX_TOKEN_REPLY,
        ...(init.signal && { signal: init.signal }),
      })
      return new Response(Uint8Array.from(reply.body), { status: reply.status, headers: reply.headers })
    },
  }
}
