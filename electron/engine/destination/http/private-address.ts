import { BackupError } from '#common/errors.ts'

/**
 * Accounts and the sizes of chats must not cross a network in clear: http is for this computer only.
 *
 * @throws BackupError `usage` for anything but https, and http to this computer
 */
export function mustBePrivate({ protocol, hostname }: URL): void {
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && isHere)) return
  throw new BackupError('usage', { reason: 'not-private' })
}
