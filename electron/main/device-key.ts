import { BackupError } from '#common/errors.ts'
import type { Keychain } from './keychain.ts'

/**
 * Works with this device's key for a repository, and overwrites it afterwards.
 *
 * @throws BackupError `keychain-locked`, also when the keychain holds no such key
 */
export async function withDeviceKey<T>(
  keychain: Pick<Keychain, 'get'>,
  repository: string,
  work: (deviceKey: Uint8Array) => Promise<T>,
): Promise<T> {
  const deviceKey = await keychain.get(repository)
  if (!deviceKey) throw new BackupError('keychain-locked', { reason: 'missing' })
  try {
    return await work(deviceKey)
  } finally {
    deviceKey.fill(0)
  }
}
