import { randomFillSync } from 'node:crypto'
import type { Keychain } from './keychain.ts'

/** The entry of the key that seals the accounts of places. */
const ACCOUNTS = 'accounts'

/**
 * The key that seals accounts on this computer, made when it is first asked for. The caller overwrites it.
 *
 * @throws BackupError `keychain-locked`: a keychain that does not answer is no reason to make a new key
 */
export async function accountKey(keychain: Pick<Keychain, 'get' | 'set'>): Promise<Uint8Array> {
  const known = await keychain.get(ACCOUNTS)
  if (known) return known
  const made = randomFillSync(new Uint8Array(32))
  await keychain.set(ACCOUNTS, made)
  return made
}
