import { random } from '#engine/crypto/sodium.ts'
import { toHex } from '#engine/encoding/hex.ts'
import type { OpenRepository } from '#engine/index.ts'
import { handoverProof, sealConfig } from '#engine/repository/config.ts'
import { sealIndexes } from '#engine/repository/index-object.ts'
import { epochKeys, type Keyring, makeKeyring } from '#engine/repository/keyring.ts'
import { configStem, deviceFolder, indexName, newId, recordName } from '#engine/repository/names.ts'
import { PackEntries } from '#engine/repository/pack-entries.ts'
import { type ChainRecord, sealRecord } from '#engine/repository/record.ts'
import type { Household } from './household.ts'

/** Somebody who has stolen a root and the key of ids, and can write at the place. The secret itself they do not know. */
export class Thief {
  readonly #home: Household
  readonly #folder: string
  readonly #root: Uint8Array
  readonly #epoch: number
  readonly #keyring: Keyring
  readonly #stolen: OpenRepository

  /** @param stolen - a repository as it was open when the thief was there. */
  constructor(home: Household, stolen: OpenRepository) {
    this.#home = home
    this.#stolen = stolen
    this.#folder = `keepsake-${stolen.id.slice(0, 16)}`
    this.#root = stolen.root.bytes.slice()
    this.#epoch = stolen.root.epoch
    const keys = epochKeys(this.#root, this.#epoch)
    this.#keyring = makeKeyring(stolen.keyring.repoId, keys, stolen.settings.newest.config.idKey.slice())
  }

  #put(name: string, bytes: Uint8Array): void {
    this.#home.memory.objects.set(`${this.#folder}/${name}`, bytes)
  }

  /** A record of a device of the household, sealed under the stolen root. Answers its snapshot id. */
  forgeRecord(record: Partial<ChainRecord> & Pick<ChainRecord, 'deviceId' | 'seq'>): string {
    const body: ChainRecord['body'] = {
      kind: 'snap',
      sources: [],
      skipped: { count: 0, list: null },
      indexes: [],
      configSeq: 1,
    }
    const whole: ChainRecord = {
      prev: record.seq === 1 ? null : random(32),
      timeUs: this.#home.nowMs * 1000,
      deviceName: 'forged',
      seen: [],
      renamedFrom: null,
      body,
      ...record,
    }
    const id = newId()
    const name = recordName(whole.seq, whole.body.kind, id)
    this.#put(`${deviceFolder(whole.deviceId)}/${name}`, sealRecord(this.#keyring, name, whole))
    return id.slice(0, 16)
  }

  /** An index under the stolen root that claims that a pack which is there holds parts that it does not hold. */
  forgeIndex(packId: string, size: number, ids: readonly Uint8Array[]): void {
    const entries = PackEntries.from(ids.map((id) => ({ id, type: 1, storedLength: 200, plainLength: 100 })))
    const packs = [{ id: packId, size, commitment: random(32), entries }]
    for (const { name, bytes } of sealIndexes(this.#keyring, packs, () => indexName(newId()))) {
      this.#put(`${deviceFolder(newId())}/${name}`, bytes)
    }
  }

  /** Settings of the thief's own that take over from the stolen root, under the smallest name there can be. */
  forgeTakeover(seq: number): string {
    const { settings } = this.#stolen
    const root = random(32)
    const keys = epochKeys(root, this.#epoch + 1)
    const config = { ...settings.newest.config, seq, configId: new Uint8Array(16), epoch: this.#epoch + 1, prevs: [] }
    const stem = configStem(seq, toHex(config.configId))
    const proof = handoverProof(this.#keyring.current.handover, stem, keys.keyId, config)
    const { bytes } = sealConfig(keys, stem, config, { parentKeyId: this.#keyring.current.keyId, proof })
    for (const copy of ['a', 'b']) this.#put(`${stem}-${copy}.kps`, bytes)
    return stem
  }
}
