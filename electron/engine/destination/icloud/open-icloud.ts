import { homedir } from 'node:os'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import type { PlaceOptions } from '#engine/destination/open-destination.ts'
import { cloudFilesOf } from './cloud-files.ts'
import { iCloudFolderOf } from './find-icloud.ts'
import { ICloudDestination } from './icloud.ts'

/** What the folder is called when nobody says otherwise. */
const ICLOUD_FOLDER = 'Keepsake'

/** Names and parts of names that iCloud leaves alone, so that what lies there is never uploaded. */
const NOT_SYNCED = /\.tmp$|\.nosync|\.weakpkg|^\.|^~\$|~$|^(tmp|desktop\.ini|Dropbox|OneDrive|IDrive-Sync)$/i

/** @throws BackupError `usage` for a name that iCloud does not upload; `destination-missing` where there is no iCloud */
export function openICloud(name: string, { account }: PlaceOptions): Destination {
  if (account !== undefined) throw new BackupError('usage', { reason: 'needless-account' })
  const folder = name === '' ? ICLOUD_FOLDER : name
  if (!isSyncedName(folder)) throw new BackupError('usage', { reason: 'icloud-folder' })
  const top = iCloudFolderOf(process.platform, homedir())
  if (top === null) throw new BackupError('destination-missing', { name: 'iCloud Drive', reason: 'no-icloud' })
  return new ICloudDestination(join(top, folder), folder, { cloudFiles: cloudFilesOf(process.platform) })
}

export const isSyncedName = (name: string): boolean =>
  name.split('/').every((part) => part !== '' && !/[\\:*?"<>|]/.test(part) && !NOT_SYNCED.test(part))
