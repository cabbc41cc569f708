import { memzero } from '#engine/crypto/sodium.ts'
import type { EpochKeys, Keyring } from '#engine/repository/keyring.ts'

const KEY_BYTES = 32
const EPOCH_KEYS = ['part', 'pack', 'index', 'record', 'config', 'state', 'handover'] as const
const ID_KEYS = ['id', 'cut', 'page'] as const

/**
 * The keys that sealing and opening need, in memory that threads share: a message would leave copies of them wherever it
 * passes. Wiped when the last thread that uses them has ended. Where older roots ended is not told.
 */
export class SharedKeyring implements Disposable {
  readonly keyring: Keyring
  readonly #memory: Uint8Array

  constructor({ repoId, epochs, ids }: Keyring) {
    const count = ID_KEYS.length + epochs.length * EPOCH_KEYS.length
    this.#memory = new Uint8Array(new SharedArrayBuffer(count * KEY_BYTES))
    let used = 0
    const shared = (key: Uint8Array): Uint8Array => {
      const copy = this.#memory.subarray(used, used + KEY_BYTES)
      copy.set(key)
      used += KEY_BYTES
      return copy
    }
    const own = epochs.map(
      (keys): EpochKeys => ({
        epoch: keys.epoch,
        keyId: keys.keyId,
        part: shared(keys.part),
        pack: shared(keys.pack),
        index: shared(keys.index),
        record: shared(keys.record),
        config: shared(keys.config),
        state: shared(keys.state),
        handover: shared(keys.handover),
      }),
    )
    const [current] = own
    if (!current) throw new RangeError('a keyring without keys')
    this.keyring = {
      repoId,
      current,
      epochs: own,
      closed: new Map(),
      ids: { id: shared(ids.id), cut: shared(ids.cut), page: shared(ids.page) },
    }
  }

  [Symbol.dispose](): void {
    memzero(this.#memory)
  }
}
