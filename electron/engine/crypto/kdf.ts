import { totalmem } from 'node:os'
import { BackupError } from '#common/errors.ts'
import { argon2id } from './sodium.ts'

/** How much work Argon2id does: passes over the memory, and the memory in KiB. */
export type KdfSettings = Readonly<{ ops: number; memKiB: number }>

/**
 * What new slots ask for, by the memory of this computer: 3 passes over 256 MiB (libsodium's "moderate"), or 2 over
 * 128 MiB below 4 GiB. Never taken from a repository.
 */
export function kdfPolicyFor(totalMemoryBytes: number): KdfSettings {
  return totalMemoryBytes < 4 * 2 ** 30 ? { ops: 2, memKiB: 128 * 1024 } : { ops: 3, memKiB: 256 * 1024 }
}

export const KDF_POLICY: KdfSettings = kdfPolicyFor(totalmem())

const SALT_BYTES = 16

/**
 * What slots may ask of this computer: 2 to 12 passes over 64 MiB to 1 GiB. libsodium itself would try 4 TiB, and a
 * slot comes from a place that is not trusted.
 */
export function isWithinKdfBounds({ ops, memKiB }: KdfSettings): boolean {
  return isIntegerIn(ops, 2, 12) && isIntegerIn(memKiB, 64 * 1024, 1024 * 1024)
}

/**
 * The 32 bytes that a prepared password gives with a slot's salt: Argon2id 1.3, one lane (RFC 9106).
 *
 * @param password - from `preparePassword`.
 * @param salt - 16 bytes.
 * @throws BackupError `key-settings` for settings or a salt out of bounds, before anything is allocated for them;
 * `unexpected` with reason "memory" when this computer cannot give what they ask, which says nothing about the password.
 */
export async function derivePasswordKey(
  password: Uint8Array,
  settings: KdfSettings,
  salt: Uint8Array,
): Promise<Uint8Array> {
  if (!isWithinKdfBounds(settings) || salt.length !== SALT_BYTES) throw new BackupError('key-settings')
  return argon2id(password, salt, settings.ops, settings.memKiB * 1024).catch((error: unknown) => {
    throw new BackupError('unexpected', { reason: 'memory' }, error)
  })
}

const isIntegerIn = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max
