import { BackupError } from '#common/errors.ts'
import type { Destination } from './destination.ts'
import { FolderDestination } from './folder.ts'
import { openGoogleDrive } from './gdrive/open-google-drive.ts'
import { HttpClient, type HttpClientOptions } from './http/http-client.ts'
import { openICloud } from './icloud/open-icloud.ts'
import { S3Destination } from './s3/s3.ts'
import { parseS3Account, parseS3Place } from './s3/s3-account.ts'
import { judgeS3 } from './s3/s3-requests.ts'
import { WebDavDestination } from './webdav/webdav.ts'
import { parseWebDavAccount, parseWebDavUrl } from './webdav/webdav-address.ts'

export type PlaceOptions = Readonly<{
  /**
   * What gets into the place, as it was written down by the person (docs/cli.md) or kept by the app. Each kind of place
   * reads its own and trusts nothing in it. A folder has none.
   */
  account?: unknown
  /** A folder on this device where the place may remember what it has begun. */
  keepIn?: string
  /** How requests are sent: limits, counting, and what tests put in place of the network. */
  http?: HttpClientOptions
}>

type Kind = (rest: string, options: PlaceOptions) => Destination

/** What stands before the colon; each kind of place has a line. */
const KINDS: Readonly<Record<string, Kind>> = {
  folder: (path, options) => openFolder(path, options),
  gdrive: openGoogleDrive,
  icloud: openICloud,
  s3: (rest, { account, http }) =>
    new S3Destination(parseS3Place(rest), parseS3Account(account), new HttpClient({ judge: judgeS3, ...http })),
  webdav: (url, { account, http }) =>
    new WebDavDestination(parseWebDavUrl(url), parseWebDavAccount(account), new HttpClient(http)),
}

/**
 * Opens what the person wrote as a place: a path, or a kind, a colon and what that kind needs. Nothing is asked of the
 * place yet.
 *
 * @throws BackupError `usage` for a kind that is not known, and for an account that does not fit
 */
export function openDestination(place: string, options: PlaceOptions = {}): Destination {
  const kind = /^([a-z0-9]{2,}):/.exec(place)?.[1]
  if (kind === undefined) return openFolder(place, options)
  const open = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  if (!open) throw new BackupError('usage', { reason: 'unknown-place', kind })
  return open(place.slice(kind.length + 1), options)
}

function openFolder(path: string, { account }: PlaceOptions): Destination {
  if (account !== undefined) throw new BackupError('usage', { reason: 'needless-account' })
  return new FolderDestination(path)
}
