import { memzero } from '#engine/crypto/sodium.ts'
import type { Keyring } from '#engine/repository/keyring.ts'

/**
 * The keys that sealing needs, in memory that threads share: a message would leave copies of them wherever it passes.
 * Wiped when the last thread that uses them has ended.
 */
export class SharedKeyring implements Disposable {
  readonly keyring: Keyring
  readonly #memory: Uint8Array

  constructor({ repoId, current, ids }: Keyring) {
    const keys = [...Object.values(ids), ...Object.values(current).filter((value) => typeof value !== 'number')]
    this.#memory = new Uint8Array(new SharedArrayBuffer(keys.reduce((sum, { length }) => sum + length, 0)))
    let used = 0
    const shared = (key: Uint8Array): Uint8Array => {
      const copy = this.#memory.subarray(used, used + key.length)
      copy.set(key)
      used += key.length
      return copy
    }
    const { epoch, keyId, part, pack, index, record, config, state, handover } = current
    const sharedKeys = {
      epoch,
      keyId: shared(keyId),
      part: shared(part),
      pack: shared(pack),
      index: shared(index),
      record: shared(record),
      config: shared(config),
      state: shared(state),
      handover: shared(handover),
    }
    this.keyring = {
      repoId,
      current: sharedKeys,
      epochs: [sharedKeys],
      closed: new Map(),
      ids: { id: shared(ids.id), cut: shared(ids.cut), page: shared(ids.page) },
    }
  }

  [Symbol.dispose](): void {
    memzero(this.#memory)
  }
}
