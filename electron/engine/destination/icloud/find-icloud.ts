import * as fs from 'node:fs/promises'
import { join } from 'node:path'

/** What is asked of a computer to find the folder. */
export type Computer = Readonly<{
  platform: NodeJS.Platform
  home: string
  isFolder: (path: string) => Promise<boolean>
}>

/**
 * The folder that Apple's own program keeps the same on all of a person's devices, or null where there is none: on macOS
 * "iCloud Drive" of the Finder, on Windows the one that iCloud for Windows makes.
 */
export async function findICloudDrive({ platform, home, isFolder }: Computer): Promise<string | null> {
  const path = iCloudFolderOf(platform, home)
  return path !== null && (await isFolder(path)) ? path : null
}

/** Where it lies by default; null for systems that Apple has no such program for. */
export function iCloudFolderOf(platform: NodeJS.Platform, home: string): string | null {
  if (platform === 'darwin') return join(home, 'Library', 'Mobile Documents', 'com~apple~CloudDocs')
  return platform === 'win32' ? join(home, 'iCloudDrive') : null
}

export const isFolder = (path: string): Promise<boolean> =>
  fs.stat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  )
