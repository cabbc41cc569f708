import { BackupError } from '#common/errors.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
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

  /**
   * Writes an index of the first `count` packs that wait, which were read back, and reads it back, too; none, nothing
   * written.
   *
   * @throws BackupError `damaged` when the place does not give back what was written; it is taken away again.
   */
  async flush(count: number): Promise<void> {
    const packs = this.#pending.splice(0, count)
    const nextName = (): string => {
      const id = newId()
      this.ids.push(id)
      return indexName(id)
    }
    for (const { name, bytes } of sealIndexes(this.#keyring, packs, nextName)) {
      const path = `${this.#folder}/${name}`
      await this.#destination.put(path, bytes)
      const back = await this.#destination.get(path, upTo(bytes.length))
      if (!back || !sameBytes(back, bytes)) {
        await this.#destination.remove(path)
        throw new BackupError('damaged', { name })
      }
      this.writtenBytes += bytes.length
    }
  }
}
