import * as fs from 'node:fs'
import { BackupError } from '#common/errors.ts'
import { systemCode } from '#engine/system-error.ts'

/** Writes all of `bytes`, at `offset` or where writing stopped last. @throws BackupError as `targetFailure` */
export function writeFully(fd: number, bytes: Uint8Array, offset: number | null): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, offset === null ? null : offset + done)
    }
  } catch (error) {
    throw targetFailure(error)
  }
}

/**
 * Sets access and modification time, microseconds since 1970. Written as text, because Node takes a negative number for
 * "now"; half a microsecond more survives the rounding down of a double.
 */
export function setTimes(what: number | Buffer, mtimeUs: number): void {
  const seconds = String((mtimeUs + 0.5) / 1e6)
  if (typeof what === 'number') fs.futimesSync(what, seconds, seconds)
  else fs.utimesSync(what, seconds, seconds)
}

/** Gives a draft its name, in one step where the disk can; answers false when the name is taken. */
export function moveToFreePlace(draft: Buffer, place: Buffer): boolean {
  try {
    fs.linkSync(draft, place)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    if (systemCode(error) === 'ENOSPC' || !fs.lstatSync(draft, { throwIfNoEntry: false })) throw error
    if (fs.lstatSync(place, { throwIfNoEntry: false })) return false // no hard links here: look, then rename
    fs.renameSync(draft, place)
    return true
  }
  fs.unlinkSync(draft)
  return true
}

/** What a failure at the restore folder means to the person. */
export function targetFailure(error: unknown): BackupError {
  if (error instanceof BackupError) return error
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new BackupError('disk-full', {}, error)
  if (
    ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP', 'EIO', 'EFBIG', 'ENAMETOOLONG'].includes(code)
  ) {
    return new BackupError('target-unusable', { reason: code }, error)
  }
  return BackupError.from(error)
}
