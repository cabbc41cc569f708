import { deriveKey, idKeys, keyIdOf } from '#engine/crypto/keys.ts'

/** The keys of one root. A root is replaced only by a rotation; each has an epoch number. */
export type EpochKeys = Readonly<{
  epoch: number
  keyId: Uint8Array // 16 bytes, public
  part: Uint8Array
  pack: Uint8Array
  index: Uint8Array
  record: Uint8Array
  config: Uint8Array
  state: Uint8Array
}>

/** Everything that opens and names things in one repository. Lives in memory of the engine process only. */
export type Keyring = Readonly<{
  repoId: Uint8Array // 16 bytes
  current: EpochKeys
  epochs: readonly EpochKeys[] // newest first
  ids: Readonly<{ id: Uint8Array; cut: Uint8Array; page: Uint8Array }>
}>

export function epochKeys(root: Uint8Array, epoch: number): EpochKeys {
  return {
    epoch,
    keyId: keyIdOf(root),
    part: deriveKey(root, 'part'),
    pack: deriveKey(root, 'pack'),
    index: deriveKey(root, 'index'),
    record: deriveKey(root, 'record'),
    config: deriveKey(root, 'config'),
    state: deriveKey(root, 'state'),
  }
}

export function makeKeyring(repoId: Uint8Array, current: EpochKeys, idKey: Uint8Array): Keyring {
  return { repoId, current, epochs: [current], ids: idKeys(idKey) }
}
