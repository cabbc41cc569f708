import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { parseKey64 } from '#engine/crypto/key64.ts'
import { preparePassword } from '#engine/crypto/password.ts'
import { random } from '#engine/crypto/sodium.ts'
import { assertStrong } from '#engine/crypto/strength.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'

/**
 * A secret that is to open something. A password that no slot can have is taken for one that nobody knows: it is wrong
 * like any other, and told at the same point.
 *
 * @throws BackupError `key-malformed`
 */
export function secretToOpen(input: SecretInput): SlotSecret {
  if (input.kind === 'key') return { kind: 'key', bytes: parseKey64(input.key) }
  return { kind: 'password', bytes: preparePassword(input.password) ?? random(32) }
}

/**
 * A secret that is to protect a backup from now on; a password must be strong enough, whoever asks.
 *
 * @throws BackupError `key-malformed`, `secret-weak`
 */
export async function secretToKeep(input: SecretInput): Promise<SlotSecret> {
  if (input.kind === 'key') return { kind: 'key', bytes: parseKey64(input.key) }
  await assertStrong(input.password)
  const bytes = preparePassword(input.password)
  if (!bytes) throw new BackupError('secret-weak', { reason: 'illegal' })
  return { kind: 'password', bytes }
}
