import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { type Destination, openDestination } from '#engine/index.ts'
import { type Arguments, usage } from './arguments.ts'

/** No account is longer; somebody has named another file. */
const MAX_BYTES = 64 * 1024

/**
 * Opens the place that was named, with the account out of `--destination-config`.
 *
 * @throws BackupError `usage` when the file is no JSON, or says not what this kind of place needs
 */
export async function openPlace({
  place,
  destinationConfig,
  state,
}: Pick<Arguments, 'place' | 'destinationConfig' | 'state'>): Promise<Destination> {
  const keepIn = join(state, 'places')
  if (destinationConfig === null) return openDestination(place, { keepIn })
  return openDestination(place, { keepIn, account: await readAccount(destinationConfig) })
}

async function readAccount(path: string): Promise<unknown> {
  const stat = await fs.stat(path).catch(() => null)
  if (!stat?.isFile() || stat.size > MAX_BYTES) throw usage('destination-config')
  try {
    return JSON.parse(await fs.readFile(path, 'utf8'))
  } catch {
    throw usage('destination-config') // without what the parser says: that quotes the file
  }
}
