import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import type { PlaceOptions } from '#engine/destination/open-destination.ts'
import { parseDriveAccount } from './account.ts'
import { GoogleDriveDestination } from './google-drive.ts'

/** What the folder is called when nobody says otherwise. */
export const DRIVE_FOLDER = 'Keepsake'

/** @throws BackupError `usage` for a name that is none, and for an account that does not fit */
export function openGoogleDrive(folder: string, { account, keepIn, http }: PlaceOptions): Destination {
  const name = folder === '' ? DRIVE_FOLDER : folder
  if (/[/\\\0-\x1f]/.test(name) || name.length > 100) throw new BackupError('usage', { reason: 'drive-folder' })
  return new GoogleDriveDestination(name, parseDriveAccount(account), { ...http, keepIn })
}
