import type { Keyring } from '#engine/repository/keyring.ts'
import type { PackWriter } from '#engine/repository/pack-writer.ts'
import { idOfPart, PART_TYPE, type PartSealer, type PartType } from '#engine/repository/part.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { Content } from '#engine/repository/tree-entry.ts'

/** Whether compressing gained, or would have gained, less than a tenth. */
export const isIncompressible = ({
  storedLength,
  plainLength,
}: Readonly<{ storedLength: number; plainLength: number }>): boolean => storedLength >= plainLength * 0.9

/** Stores parts once: what the repository holds already is only named. */
export class PartStore {
  readonly #keyring: Keyring
  readonly #table: PartTable
  readonly #sealer: PartSealer
  readonly #writer: PackWriter
  /** Parts that were new in this run. */
  newParts = 0
  /** Bytes of parts that were to be compressed and gained nothing by it, new or stored before. */
  incompressibleBytes = 0

  readonly #onNew: (type: PartType, plain: Uint8Array) => void

  /** @param onNew - told of each part that was new. */
  constructor(
    keyring: Keyring,
    table: PartTable,
    sealer: PartSealer,
    writer: PackWriter,
    onNew: (type: PartType, plain: Uint8Array) => void = () => undefined,
  ) {
    this.#onNew = onNew
    this.#keyring = keyring
    this.#table = table
    this.#sealer = sealer
    this.#writer = writer
  }

  /** The id under which the part is stored now. */
  async put(type: PartType, plain: Uint8Array, compress: boolean): Promise<Uint8Array> {
    const id = idOfPart(this.#keyring, type, plain)
    const stored = this.#table.isStored(id) ? this.#table.find(id) : null
    if (stored) {
      if (compress && isIncompressible(stored)) this.incompressibleBytes += plain.length
      return id
    }
    this.newParts++
    const box = this.#sealer.seal(type, id, plain, compress)
    if (compress && isIncompressible({ storedLength: box.length, plainLength: plain.length }))
      this.incompressibleBytes += plain.length
    await this.#writer.add(type, id, box, plain.length)
    this.#onNew(type, plain)
    return id
  }

  /** Whether a part is in a pack that can be used. */
  has(id: Uint8Array): boolean {
    return this.#table.isStored(id)
  }

  /** Stores an entry's ids: directly up to `direct`, otherwise as lists. */
  async putIds(ids: readonly Uint8Array[], direct: number, perList: number): Promise<Content> {
    if (ids.length === 0) return { kind: 'empty' }
    if (ids.length <= direct) return { kind: 'parts', ids }
    const lists: Uint8Array[] = []
    for (let at = 0; at < ids.length; at += perList) {
      lists.push(await this.put(PART_TYPE.idList, Buffer.concat(ids.slice(at, at + perList)), false))
    }
    return { kind: 'lists', ids: lists }
  }
}
