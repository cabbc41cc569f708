import { memzero } from '#engine/crypto/sodium.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { NewSecret } from '#engine/repository/slot.ts'

/**
 * Overwrites the secrets in memory that opened a repository: its roots, everything derived from them, and what was typed.
 * The repository is good for nothing afterwards.
 */
export function forgetSecrets(
  { root, keyring, settings, crossed }: OpenRepository,
  ...typed: readonly NewSecret[]
): void {
  for (const { part, pack, index, record, config, state, handover } of keyring.epochs) {
    for (const key of [part, pack, index, record, config, state, handover]) memzero(key)
  }
  for (const key of Object.values(keyring.ids)) memzero(key)
  const heads = [settings, ...crossed.map((line) => line.settings)].flatMap((one) => one.heads)
  for (const { config, body } of heads) {
    memzero(config.idKey)
    memzero(body)
  }
  for (const older of settings.olderRoots) memzero(older.root)
  for (const line of crossed) memzero(line.root)
  memzero(root.bytes)
  for (const secret of typed) memzero('prk' in secret ? secret.prk : secret.bytes)
}
