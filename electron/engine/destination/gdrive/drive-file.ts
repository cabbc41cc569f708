import { BackupError } from '#common/errors.ts'

export const FOLDER_TYPE = 'application/vnd.google-apps.folder'

/** What is asked of a file. */
export const FILE_FIELDS = 'id,name,mimeType,parents,size,md5Checksum,sha256Checksum,createdTime,modifiedTime,trashed'

/** A file or folder on Drive. Of several with one name the one made first counts. */
export type DriveFile = Readonly<{
  id: string
  name: string
  parent: string
  isFolder: boolean
  /** False for documents of Google's own, which have no bytes. */
  hasContent: boolean
  size: number
  md5: string | null // hex
  sha256: string | null // hex; some files have none
  createdMs: number
  modifiedMs: number
  isTrashed: boolean
}>

/**
 * Reads what Drive says of a file.
 *
 * @throws BackupError `offline` when it is nothing of the kind
 */
export function parseDriveFile(value: unknown): DriveFile {
  const { id, name, mimeType, parents, size, md5Checksum, sha256Checksum, createdTime, modifiedTime, trashed } =
    Object(value)
  if (typeof id !== 'string' || !isId(id) || typeof name !== 'string') throw strange()
  const text = (field: unknown): string | null => (typeof field === 'string' ? field.toLowerCase() : null)
  return {
    id,
    name,
    parent: Array.isArray(parents) && typeof parents[0] === 'string' ? parents[0] : '',
    isFolder: mimeType === FOLDER_TYPE,
    hasContent: typeof size === 'string',
    size: typeof size === 'string' && /^\d{1,15}$/.test(size) ? Number(size) : 0,
    md5: text(md5Checksum),
    sha256: text(sha256Checksum),
    createdMs: timeOf(createdTime),
    modifiedMs: timeOf(modifiedTime),
    isTrashed: trashed === true,
  }
}

/** Ids go into addresses and queries. */
export const isId = (text: string): boolean => /^[A-Za-z0-9_-]{1,128}$/.test(text)

/** The first made, and of those made at once the first by id: every computer chooses the same one. */
export const byAge = (a: DriveFile, b: DriveFile): number => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)

const timeOf = (field: unknown): number => {
  const ms = typeof field === 'string' ? Date.parse(field) : Number.NaN
  return Number.isNaN(ms) ? 0 : ms
}

export const strange = (): BackupError => new BackupError('offline', { reason: 'redirected' })

/** A text inside a search (Drive guide "Search query terms and operators"). */
export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
