import { BackupError } from '#common/errors.ts'
import { webPage } from '#engine/destination/http/answers.ts'
import type { Judgement } from '#engine/destination/http/http-client.ts'
import type { HttpReply } from '#engine/destination/http/request.ts'

/** Reasons behind 403 that pass when requests come more slowly. */
const TOO_FAST = ['rateLimitExceeded', 'userRateLimitExceeded', 'sharingRateLimitExceeded']

/** Statuses that pass by themselves: 408, 429 and the server's own. */
const PASSING = [408, 429, 500, 502, 503, 504]

/** The first reason in one of Google's error bodies; empty when it is none. */
export function reasonOf({ body, headers }: Pick<HttpReply, 'body' | 'headers'>): string {
  if (!isJson(headers)) return ''
  try {
    const { error } = Object(JSON.parse(new TextDecoder().decode(body)))
    const reason: unknown = Object(Object(error).errors?.[0]).reason
    return typeof reason === 'string' ? reason : ''
  } catch {
    return ''
  }
}

export const isJson = (headers: Headers): boolean =>
  headers.get('content-type')?.toLowerCase().startsWith('application/json') ?? false

/** Which replies of Google are worth another try (Drive guide "Resolve errors"). */
export function judgeDriveReply(reply: HttpReply): Judgement {
  if (PASSING.includes(reply.status)) return 'again'
  return reply.status === 403 && TOO_FAST.includes(reasonOf(reply)) ? 'again' : 'final'
}

/** What a refusal of Google means to the person. */
export function driveFailure(reply: HttpReply): BackupError {
  const { status } = reply
  const reason = reasonOf(reply)
  switch (reason) {
    case 'storageQuotaExceeded':
    case 'quotaExceeded':
    case 'teamDriveFileLimitExceeded':
    case 'numChildrenInNonRootLimitExceeded':
    case 'activeItemCreationLimitExceeded':
      return new BackupError('destination-full', { reason })
    case 'dailyLimitExceeded':
    case 'downloadQuotaExceeded':
    case 'uploadLimitExceeded':
      return new BackupError('offline', { reason: 'daily-limit' })
    case 'insufficientPermissions':
      return new BackupError('sign-in-needed', { reason: 'scope' })
    case 'insufficientFilePermissions':
    case 'appNotAuthorizedToFile':
      return new BackupError('sign-in-needed', { reason: 'refused' })
  }
  if (status === 401) return new BackupError('sign-in-needed', { reason: 'revoked' })
  if (status === 404) return new BackupError('destination-missing')
  if (status === 403 && isJson(reply.headers) && !TOO_FAST.includes(reason))
    return new BackupError('sign-in-needed', { reason: 'refused' })
  if (PASSING.includes(status) || TOO_FAST.includes(reason)) return new BackupError('offline', { reason: 'busy' })
  if (!isJson(reply.headers)) return notGoogle()
  return new BackupError('unexpected', { reason: `drive-${status}` })
}

/** Somebody else answers in Google's place: a network that wants a person to sign in first. */
export const notGoogle = webPage
