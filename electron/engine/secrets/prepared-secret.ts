import { BackupError } from '#common/errors.ts'
import { isWithinKdfBounds, KDF_POLICY } from '#engine/crypto/kdf.ts'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { SecretBuffer, secretCopy } from '#engine/crypto/secret-buffer.ts'
import { memzero } from '#engine/crypto/sodium.ts'
import { SECRET_CODE, secretOfCode } from '#engine/repository/secret-kind.ts'
import { derivePassword, type NewSecret, type SlotSecret } from '#engine/repository/slot.ts'

/** Kind (1), passes (4), KiB (4), salt (16), then what the password gave, or the 64-digit key (32). */
const PREPARED_BYTES = 57

/**
 * A new secret made ready for a change that is to come later, sealed under this device's own key: without the keychain
 * it says nothing, so that a change that was called off leaves nothing that could ever open the backup. Of a password
 * only what Argon2id gave is in it.
 *
 * @param repository - the repository it is meant for; for another it does not open.
 */
export async function prepareSecret(
  secret: SlotSecret,
  repository: string,
  deviceKey: Uint8Array,
): Promise<Uint8Array> {
  using plain = new SecretBuffer(PREPARED_BYTES)
  const view = new DataView(plain.bytes.buffer)
  view.setUint8(0, SECRET_CODE[secret.kind])
  if (secret.kind === 'key') {
    plain.bytes.set(secret.bytes, 25)
  } else {
    const { kdf, salt, prk } = await derivePassword(secret, KDF_POLICY)
    view.setUint32(1, kdf.ops, true)
    view.setUint32(5, kdf.memKiB, true)
    plain.bytes.set(salt, 9)
    plain.bytes.set(prk, 25)
    memzero(prk)
  }
  return sealBox(deviceKey, 'prepared-secret', boundTo(repository), plain.bytes)
}

/** @throws BackupError `damaged` for anything that `prepareSecret` did not make here for this repository */
export function openPreparedSecret(sealed: Uint8Array, repository: string, deviceKey: Uint8Array): NewSecret {
  const opened = openBox(deviceKey, 'prepared-secret', boundTo(repository), sealed)
  if (opened?.length !== PREPARED_BYTES) throw new BackupError('damaged', { name: 'prepared-secret' })
  using plain = SecretBuffer.from(opened, { wipeSource: true })
  const view = new DataView(plain.bytes.buffer)
  const kind = secretOfCode(view.getUint8(0))
  const bytes = secretCopy(plain.bytes.subarray(25))
  if (kind === 'key') return { kind, bytes }
  const kdf = { ops: view.getUint32(1, true), memKiB: view.getUint32(5, true) }
  if (kind !== 'password' || !isWithinKdfBounds(kdf)) throw new BackupError('damaged', { name: 'prepared-secret' })
  return { kind, kdf, salt: plain.bytes.slice(9, 25), prk: bytes }
}

const boundTo = (repository: string): Uint8Array => lp('keepsake1', 'prepared-secret', repository)
