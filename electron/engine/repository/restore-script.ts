import { readFile } from 'node:fs/promises'
import { systemCode } from '#engine/system-error.ts'

/** The program lies in resources/ at the top of the source tree and of the packed app; this file is moved by the build. */
const CANDIDATES = ['../../', '../../../', '../../../../'].map(
  (up) => new URL(`${up}resources/restore/restore-1.mjs`, import.meta.url),
)

/**
 * The stand-alone program that restores a repository of format 1 with Node alone. A copy lies in every repository, so
 * that backups outlive the app; whoever uses it is told to take it from the release instead.
 */
export async function restoreScript(): Promise<Uint8Array> {
  for (const url of CANDIDATES) {
    try {
      return new Uint8Array(await readFile(url))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw error
    }
  }
  throw new Error('restore-1.mjs is not packed with the app')
}
