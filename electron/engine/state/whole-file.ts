import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BackupError } from '#common/errors.ts'
import { syncFolder } from '#engine/sync-folder.ts'
import { systemCode } from '#engine/system-error.ts'

/** Replaces a small file of this device's own state: after a crash it is the old one or the new one, never a mix. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await fs.open(draft, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await renameOver(draft, path)
    await syncFolder(dirname(path)) // without it a power cut may bring the old file back
  } catch (error) {
    await fs.rm(draft, { force: true }).catch(() => undefined)
    throw stateFailure(error)
  }
}

/** Windows refuses while somebody else, mostly a virus scanner, holds the old file open for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fs.rename(from, to)
    } catch (error) {
      const mayPass = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error))
      if (!mayPass || attempt === 6) throw error
      await pause(25 * 2 ** attempt)
    }
  }
}

/** The bytes of a state file, or null when there is none. */
export async function readWhole(path: string): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await fs.readFile(path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return null
    throw stateFailure(error)
  }
}

function stateFailure(error: unknown): BackupError {
  const code = systemCode(error)
  if (['ENOSPC', 'EDQUOT'].includes(code)) return new BackupError('disk-full', {}, error)
  return BackupError.from(error)
}
