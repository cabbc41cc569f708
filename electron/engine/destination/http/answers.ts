import { BackupError, type ErrorCode } from '#common/errors.ts'
import type { HttpReply } from './request.ts'

/** What a server's refusal is to the person, where WebDAV and S3 mean the same by it. */
const MEANING: Readonly<Record<number, ErrorCode>> = {
  401: 'sign-in-needed',
  402: 'destination-full', // some providers, when the account ran out
  403: 'sign-in-needed',
  404: 'destination-missing',
  407: 'offline', // a proxy on the way wants a sign-in of its own
  409: 'destination-missing',
  410: 'destination-missing',
  413: 'destination-full',
  507: 'destination-full',
}

/** The failure that a final reply stands for. Nothing that the server wrote is passed on. */
export function refusal({ status }: Pick<HttpReply, 'status'>): BackupError {
  if (status === 429) return new BackupError('offline', { reason: 'busy' })
  if (status >= 500 && status !== 507) return new BackupError('offline', { reason: 'server', status })
  const code = MEANING[status]
  if (status === 413) return new BackupError('destination-full', { reason: 'too-large' })
  return code ? new BackupError(code) : new BackupError('unexpected', { reason: 'server', status })
}

/** A page for people in place of an answer: a network that wants a sign-in first, or a provider's notice. */
export const isWebPage = ({ status, headers, body }: Pick<HttpReply, 'status' | 'headers' | 'body'>): boolean =>
  status === 200 && body.length > 0 && isHtml(headers)

/** What stands for a page when only its head was asked for. */
export const isHeadOfWebPage = ({ status, headers }: Pick<HttpReply, 'status' | 'headers'>): boolean =>
  status === 200 && isHtml(headers)

const isHtml = (headers: Headers): boolean => /^text\/html\b/i.test(headers.get('content-type') ?? '')

export const webPage = (): BackupError => new BackupError('offline', { reason: 'redirected' })

/** A name that is there already; the callers' names are random, so this is either a bug or a lost reply. */
export const nameTaken = (): BackupError => new BackupError('unexpected', { reason: 'name-taken' })
