import { deriveKey, idKeys, keyIdOf } from '#engine/crypto/keys.ts'
import { toHex } from '#engine/encoding/hex.ts'
import type { ChainEnd, OlderRoot } from './config.ts'

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
  handover: Uint8Array
}>

/** Everything that opens and names things in one repository. Lives in memory of the engine process only. */
export type Keyring = Readonly<{
  repoId: Uint8Array // 16 bytes
  current: EpochKeys
  epochs: readonly EpochKeys[] // newest first
  /** Where each device's chain ended under a root that was rotated away; by that root's key id in hex. Others are open. */
  closed: ReadonlyMap<string, readonly ChainEnd[]>
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
    handover: deriveKey(root, 'handover'),
  }
}

export function makeKeyring(
  repoId: Uint8Array,
  current: EpochKeys,
  idKey: Uint8Array,
  olderRoots: readonly OlderRoot[] = [],
  crossed: readonly EpochKeys[] = [], // roots of rotations that crossed and were not joined yet
): Keyring {
  const older = olderRoots.map(({ root, epoch, closed }) => ({ keys: epochKeys(root, epoch), closed }))
  const closed = new Map(older.map(({ keys, closed: ends }) => [toHex(keys.keyId), ends]))
  return {
    repoId,
    current,
    epochs: [current, ...older.map(({ keys }) => keys), ...crossed],
    closed,
    ids: idKeys(idKey),
  }
}
