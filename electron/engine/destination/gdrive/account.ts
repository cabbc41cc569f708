import { BackupError } from '#common/errors.ts'

/** Everything that gets into somebody's Google Drive (docs/destinations.md). Holds secrets. */
export type DriveAccount = Readonly<{
  clientId: string
  clientSecret: string
  refreshToken: string
  /** Google's stable number for the account, when it is known: two accounts are two places. */
  accountId: string | null
  endpoints: DriveEndpoints
}>

/** Where Google answers. Others only on this computer, for tests. */
export type DriveEndpoints = Readonly<{ api: string; authorize: string; token: string; revoke: string }>

/** Files that this app made, and nothing else of the person's Drive. */
export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive.file'

export function driveEndpoints(apiBase?: string, authBase?: string): DriveEndpoints {
  return {
    api: apiBase ?? 'https://www.googleapis.com',
    authorize: `${authBase ?? 'https://accounts.google.com'}/o/oauth2/v2/auth`,
    token: `${authBase ?? 'https://oauth2.googleapis.com'}/token`,
    revoke: `${authBase ?? 'https://oauth2.googleapis.com'}/revoke`,
  }
}

const FIELDS = ['clientId', 'clientSecret', 'refreshToken', 'accountId', 'apiBase', 'authBase']

/**
 * Reads an account as people write it down and the app keeps it.
 *
 * @throws BackupError `usage` with reason `account` and the field that does not fit
 */
export function parseDriveAccount(account: unknown): DriveAccount {
  const given = fieldsOf(account)
  const text = (name: string): string => {
    const value = given.get(name)
    if (typeof value !== 'string' || value === '' || value.length > 4096 || /[^\x20-\x7e]/.test(value))
      throw refused(name)
    return value
  }
  const base = (name: string): string | undefined => (given.has(name) ? baseOf(name, text(name)) : undefined)
  return {
    clientId: text('clientId'),
    clientSecret: text('clientSecret'),
    refreshToken: text('refreshToken'),
    accountId: given.has('accountId') ? text('accountId') : null,
    endpoints: driveEndpoints(base('apiBase'), base('authBase')),
  }
}

function fieldsOf(account: unknown): ReadonlyMap<string, unknown> {
  if (account === undefined) throw new BackupError('usage', { reason: 'account-missing', kind: 'gdrive' })
  if (typeof account !== 'object' || account === null) throw refused('')
  const fields = new Map<string, unknown>(Object.entries(account))
  for (const name of fields.keys()) if (!FIELDS.includes(name)) throw refused(name)
  return fields
}

/** Encrypted, but on this computer itself. */
function baseOf(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (!url || (url.protocol !== 'https:' && !isLocal) || url.username !== '' || url.search !== '') throw refused(name)
  return text.replace(/\/+$/, '')
}

const refused = (field: string): BackupError =>
  new BackupError('usage', { reason: 'account', kind: 'gdrive', field: FIELDS.includes(field) ? field : '' })
