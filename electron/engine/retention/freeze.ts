import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import type { RepositoryState } from '#engine/state/state-folder.ts'
import { readWhole, writeWhole } from '#engine/state/whole-file.ts'

const FILE = 'frozen'

/** While a backup waits for a yes because it looked wrong, nothing old is dropped: it may be all that is left. */
export async function freezeRetention({ path }: RepositoryState): Promise<void> {
  await writeWhole(join(path, FILE), '')
}

export async function thawRetention({ path }: RepositoryState): Promise<void> {
  await fs.rm(join(path, FILE), { force: true })
}

export async function isRetentionFrozen({ path }: RepositoryState): Promise<boolean> {
  return (await readWhole(join(path, FILE))) !== null
}
