import { BackupError } from '#common/errors.ts'
import { mustBePrivate } from '#engine/destination/http/private-address.ts'

export type WebDavAccount = Readonly<{ user: string; password: string }>

/** @throws BackupError `usage` */
export function parseWebDavAccount(account: unknown): WebDavAccount | null {
  if (account === undefined) return null
  const { user, password, ...more } = Object(account)
  if (typeof user !== 'string' || typeof password !== 'string' || Object.keys(more).length > 0)
    throw new BackupError('usage', { reason: 'account', kind: 'webdav' })
  return { user, password }
}

/**
 * The address of the top folder, with a slash at its end.
 *
 * @throws BackupError `usage`
 */
export function parseWebDavUrl(text: string): URL {
  if (!URL.canParse(text)) throw new BackupError('usage', { reason: 'webdav-url' })
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new BackupError('usage', { reason: 'webdav-url' })
  mustBePrivate(url)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
