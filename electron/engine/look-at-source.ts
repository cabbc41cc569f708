import * as fs from 'node:fs'
import { openDestination } from '#engine/destination/open-destination.ts'
import { FolderSource } from '#engine/source/folder.ts'

/**
 * Counts what a folder of chats holds, without reading any file. A place inside it does not count.
 *
 * @throws BackupError `source-unreadable`
 */
export async function lookAtSource(
  path: string,
  place: string | null,
): Promise<{ files: number; bytes: number; sameDisk: boolean }> {
  let files = 0
  let bytes = 0
  const folder = place === null ? null : openDestination(place).folder
  const source = new FolderSource(path, folder === null ? [] : [folder])
  for await (const batch of source.scan(() => undefined)) {
    for (const entry of batch) {
      if (entry.kind !== 'file') continue
      files++
      bytes += entry.size
    }
  }
  return { files, bytes, sameDisk: folder !== null && isSameDisk(path, folder) }
}

function isSameDisk(a: string, b: string): boolean {
  try {
    return fs.statSync(a).dev === fs.statSync(b).dev
  } catch {
    return false // what is not there is on no disk
  }
}
