import * as fs from 'node:fs/promises'
import { systemCode } from './system-error.ts'

/** Makes the names in a folder durable: after a rename, so that a power cut does not bring the old state back. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there; NTFS journals the rename
  const folder = await fs.open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error))) throw error // some network file systems
  } finally {
    await folder.close()
  }
}
