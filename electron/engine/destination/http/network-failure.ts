/** Why a request brought no reply. */
export type NetworkFailureKind =
  | 'unreachable' // nothing was sent
  | 'broken' // cut off, silent or cut short: the server may have done it
  | 'certificate' // somebody else may be answering; nothing was sent, and trying again is no use

/** A request without a reply. Never leaves the destination: it becomes a BackupError there. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure'
  readonly kind: NetworkFailureKind

  constructor(kind: NetworkFailureKind, cause?: unknown) {
    super(kind, { cause })
    this.kind = kind
  }

  static from(thrown: unknown): NetworkFailure {
    return thrown instanceof NetworkFailure ? thrown : new NetworkFailure(kindOf(codeOf(thrown)), thrown)
  }
}

const NOTHING_SENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]

/** Node's names for what OpenSSL says of a certificate (node:tls, X509 certificate error codes). */
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|ERR_TLS_INVALID|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH|CRL_|ERR_SSL_)/

function kindOf(code: string): NetworkFailureKind {
  if (CERTIFICATE.test(code)) return 'certificate'
  return NOTHING_SENT.includes(code) ? 'unreachable' : 'broken'
}

/** The first code in the chain of causes; of several addresses that were tried, that of the first. */
function codeOf(thrown: unknown): string {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; depth++) {
    if ('code' in error && typeof error.code === 'string') return error.code
    error = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error.cause
  }
  return ''
}
