import type { Destination } from '#engine/destination/destination.ts'
import { type IndexedPack, sealIndexes } from '#engine/repository/index-object.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { deviceFolder, indexName, newId } from '#engine/repository/names.ts'

/** Publishes which packs hold what. Packs wait here until the next index goes out. */
export class IndexWriter {
  readonly #keyring: Keyring
  readonly #destination: Destination
  readonly #folder: string
  readonly #pending: IndexedPack[]
  readonly ids: string[] = [] // of the index objects written by this run
  writtenBytes = 0

  /** @param unindexed - packs of an interrupted run, to be published with the next index. */
  constructor(keyring: Keyring, destination: Destination, deviceId: string, unindexed: readonly IndexedPack[]) {
    this.#keyring = keyring
    this.#destination = destination
    this.#folder = deviceFolder(deviceId)
    this.#pending = [...unindexed]
  }

  get pending(): readonly IndexedPack[] {
    return this.#pending
  }

  add(pack: IndexedPack): void {
    this.#pending.push(pack)
  }

  /** Writes an index of the first `count` packs that wait, which were read back; none, nothing written. */
  async flush(count: number): Promise<void> {
    const packs = this.#pending.splice(0, count)
    const nextName = (): string => {
      const id = newId()
      this.ids.push(id)
      return indexName(id)
    }
    for (const { name, bytes } of sealIndexes(this.#keyring, packs, nextName)) {
      await this.#destination.put(`${this.#folder}/${name}`, bytes)
      this.writtenBytes += bytes.length
    }
  }
}
