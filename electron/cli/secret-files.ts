import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { usage } from './arguments.ts'

/** No secret is longer; somebody has named another file. */
const MAX_BYTES = 64 * 1024

/**
 * The secret out of the file that was named. Of a password file it is the first line without its line ending, not
 * trimmed; of a key file all of it.
 *
 * @throws BackupError `usage` when the file cannot be read, is far too long, or (password) is not UTF-8
 */
export async function readSecret(
  files: Readonly<{ passwordFile: string | null; keyFile: string | null }>,
): Promise<SecretInput> {
  if (files.keyFile !== null) return { kind: 'key', key: new TextDecoder().decode(await readStart(files.keyFile)) }
  const bytes = await readStart(files.passwordFile ?? '')
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { kind: 'password', password: text.split(/\r?\n/, 1)[0] ?? '' }
  } catch (error) {
    throw new BackupError('usage', { reason: 'password-not-utf8' }, error)
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BYTES + 1)
  let length = 0
  try {
    const file = await fs.open(path, 'r')
    try {
      for (;;) {
        const { bytesRead } = await file.read(bytes, length)
        length += bytesRead
        if (bytesRead === 0 || length === bytes.length) break
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new BackupError('usage', { reason: 'secret-file' }, error)
  }
  if (length > MAX_BYTES) throw usage('secret-file-too-long')
  return bytes.subarray(0, length)
}

/** A new key's file; it goes again unless it is kept. */
export type NewKeyFile = AsyncDisposable & Readonly<{ keep(): void }>

/**
 * Writes a new key to a file that does not exist yet, durable before anything relies on it. Disposed without `keep`,
 * the file goes again.
 *
 * @throws BackupError `usage` when the file exists or cannot be made
 */
export async function writeNewKey(path: string, key: string): Promise<NewKeyFile> {
  let file: fs.FileHandle
  try {
    file = await fs.open(path, 'wx', 0o600)
  } catch (error) {
    throw new BackupError('usage', { reason: 'new-key-file' }, error)
  }
  let isKept = false
  const keyFile = {
    keep: () => {
      isKept = true
    },
    [Symbol.asyncDispose]: async () => {
      if (!isKept) await fs.rm(path, { force: true })
    },
  }
  try {
    await file.chmod(0o600) // whatever the umask
    await file.writeFile(`${key}\n`)
    await file.sync()
  } catch (error) {
    await keyFile[Symbol.asyncDispose]()
    throw new BackupError('usage', { reason: 'new-key-file' }, error)
  } finally {
    await file.close()
  }
  const folder = await fs.open(dirname(path), 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
  return keyFile
}
