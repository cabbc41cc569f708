import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { usage } from './arguments.ts'

/**
 * The secret out of the file that was named. Of a password file it is the first line without its line ending, not
 * trimmed; of a key file all of it.
 *
 * @throws BackupError `usage` when the file cannot be read
 */
export async function readSecret(
  files: Readonly<{ passwordFile: string | null; keyFile: string | null }>,
): Promise<SecretInput> {
  if (files.keyFile !== null) return { kind: 'key', key: await readText(files.keyFile) }
  const text = await readText(files.passwordFile ?? '')
  return { kind: 'password', password: text.split(/\r?\n/, 1)[0] ?? '' }
}

async function readText(path: string): Promise<string> {
  try {
    return await fs.readFile(path, 'utf8')
  } catch (error) {
    throw new BackupError('usage', { reason: 'secret-file' }, error)
  }
}

/**
 * Writes a new key to a file that does not exist yet, durable before anything relies on it. Disposed without `keep`,
 * the file goes again.
 *
 * @throws BackupError `usage` when the file exists or cannot be made
 */
export async function writeNewKey(path: string, key: string): Promise<AsyncDisposable & { keep(): void }> {
  let file: fs.FileHandle
  try {
    file = await fs.open(path, 'wx', 0o600)
  } catch {
    throw usage('new-key-file')
  }
  try {
    await file.writeFile(`${key}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  const folder = await fs.open(dirname(path), 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
  let isKept = false
  return {
    keep: () => {
      isKept = true
    },
    [Symbol.asyncDispose]: async () => {
      if (!isKept) await fs.rm(path, { force: true })
    },
  }
}
