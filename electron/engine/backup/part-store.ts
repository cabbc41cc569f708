import type { Keyring } from '#engine/repository/keyring.ts'
import type { PackWriter } from '#engine/repository/pack-writer.ts'
import {
  FramedPart,
  idOfPart,
  MAX_PART_BYTES,
  PART_TYPE,
  type PartSealer,
  type PartType,
} from '#engine/repository/part.ts'
import type { PartLengths } from '#engine/repository/shared-parts.ts'
import type { Content } from '#engine/repository/tree-entry.ts'

/** Whether compressing gained, or would have gained, less than a tenth. */
export const isIncompressible = ({ storedLength, plainLength }: PartLengths): boolean =>
  storedLength >= plainLength * 0.9

/** Tells who is to store a part: null means the one who asks (see `PartTable.claim`), who then notes its lengths. */
export type PartClaims = Readonly<{
  claim(id: Uint8Array): PartLengths | null
  note(id: Uint8Array, lengths: PartLengths): void
}>

export type PartStoreParts = Readonly<{
  keyring: Keyring
  claims: PartClaims
  sealer: PartSealer
  writer: PackWriter
  /** Told of each part that was new. */
  onNew?: (type: PartType, plain: Uint8Array) => void
}>

/** Stores parts once: what the repository holds already is only named. */
export class PartStore {
  readonly #parts: PartStoreParts
  readonly #copy = new FramedPart(MAX_PART_BYTES)
  /** Parts that were new in this run. */
  newParts = 0
  /** Bytes of parts that were to be compressed and gained nothing by it, new or stored before. */
  incompressibleBytes = 0

  constructor(parts: PartStoreParts) {
    this.#parts = parts
  }

  /** The id under which the part is stored now. */
  put(type: PartType, plain: Uint8Array, compress: boolean): Promise<Uint8Array> {
    this.#copy.plain().set(plain)
    return this.putFramed(type, this.#copy, plain.length, compress)
  }

  /** Like `put`, without a copy: the first `length` bytes of plaintext in `part`. */
  async putFramed(type: PartType, part: FramedPart, length: number, compress: boolean): Promise<Uint8Array> {
    const { keyring, claims, sealer, writer, onNew } = this.#parts
    const plain = part.plain(length)
    const id = idOfPart(keyring, type, plain)
    const stored = claims.claim(id)
    if (stored) {
      if (compress && stored.plainLength > 0 && isIncompressible(stored)) this.incompressibleBytes += length
      return id
    }
    this.newParts++
    onNew?.(type, plain)
    const ready = sealer.makeReady(type, part, length, compress)
    const { boxLength } = ready
    const lengths = { storedLength: boxLength, plainLength: length }
    claims.note(id, lengths)
    if (compress && isIncompressible(lengths)) this.incompressibleBytes += length
    await writer.add({ type, id, plainLength: length, boxLength }, (box) => sealer.seal(id, ready, box))
    return id
  }

  /** Stores a file's ids as lists. */
  async putIds(ids: readonly Uint8Array[], perList: number): Promise<Content> {
    const lists: Uint8Array[] = []
    for (let at = 0; at < ids.length; at += perList) {
      lists.push(await this.put(PART_TYPE.idList, Buffer.concat(ids.slice(at, at + perList)), false))
    }
    return { kind: 'lists', ids: lists }
  }
}
