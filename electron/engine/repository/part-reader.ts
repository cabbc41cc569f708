import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import type { Destination } from '#engine/destination/destination.ts'
import type { Keyring } from './keyring.ts'
import { baseName } from './names.ts'
import { HEADER_BYTES, keysOfHeader, OBJECT_KIND } from './object.ts'
import { openPart, PART_TYPE, type PartType } from './part.ts'
import type { PartPlace, PartTable } from './part-table.ts'

/** Reads and checks single parts wherever the table says they are. */
export class PartReader {
  readonly #keyring: Keyring
  readonly #destination: Destination
  readonly #table: PartTable
  readonly #zstd: Zstd
  readonly #headers = new Map<string, Uint8Array>()

  constructor(keyring: Keyring, destination: Destination, table: PartTable, zstd: Zstd) {
    this.#keyring = keyring
    this.#destination = destination
    this.#table = table
    this.#zstd = zstd
  }

  /**
   * The plaintext of a part.
   *
   * @throws BackupError `damaged` when it is in no pack at the place, or does not hold what its id says.
   */
  async read(type: PartType, id: Uint8Array): Promise<Uint8Array> {
    const place = this.#table.find(id)
    if (!place) throw new BackupError('damaged', { name: 'missing pack' })
    return this.readAt(place, type, id)
  }

  async readAt(place: PartPlace, type: PartType, id: Uint8Array): Promise<Uint8Array> {
    const name = baseName(place.pack.path)
    const keys = keysOfHeader(this.#keyring, OBJECT_KIND.pack, await this.#header(place.pack.path))
    const box = await this.#destination.get(place.pack.path, { offset: place.offset, length: place.storedLength })
    if (!keys || !box || place.type !== type) throw new BackupError('damaged', { name })
    return openPart(this.#keyring, keys, this.#zstd, type, id, box, name)
  }

  /** The ids in an id-list part. */
  async readIds(id: Uint8Array): Promise<readonly Uint8Array[]> {
    return idsIn(await this.read(PART_TYPE.idList, id))
  }

  async #header(path: string): Promise<Uint8Array> {
    const known = this.#headers.get(path)
    if (known) return known
    const header = (await this.#destination.get(path, { offset: 0, length: HEADER_BYTES })) ?? new Uint8Array(0)
    this.#headers.set(path, header)
    return header
  }
}

/** @throws BackupError `damaged` */
export function idsIn(list: Uint8Array): readonly Uint8Array[] {
  if (list.length % 16 !== 0) throw new BackupError('damaged', { name: 'id list' })
  return Array.from({ length: list.length / 16 }, (_, i) => list.slice(i * 16, i * 16 + 16))
}
