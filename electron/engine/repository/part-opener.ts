import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import { openBoxInto } from '#engine/crypto/sealed-box.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import type { EpochKeys, Keyring } from './keyring.ts'
import { idOfPart, inflatePart, MAX_PART_BYTES, maxBoxBytes, type PartType, partAad } from './part.ts'

/** Opens parts one after another into a buffer that it owns and uses again. */
export class PartOpener {
  readonly #keyring: Keyring
  readonly #zstd: Zstd
  readonly #body = new Uint8Array(maxBoxBytes(MAX_PART_BYTES))

  constructor(keyring: Keyring, zstd: Zstd) {
    this.#keyring = keyring
    this.#zstd = zstd
  }

  /**
   * What a box holds, after it was compared with the part's id; valid until the next call.
   *
   * @param keys - those that the box's pack was sealed under.
   * @throws BackupError `damaged` with the pack's name.
   */
  open(keys: EpochKeys, type: PartType, id: Uint8Array, box: Uint8Array, packName: string): Uint8Array {
    const aad = partAad(this.#keyring.repoId, keys.keyId, id)
    const length = openBoxInto(this.#body, keys.part, 'part', aad, box)
    const plain = length === null ? null : inflatePart(this.#body.subarray(0, length), type, this.#zstd)
    if (!plain || !sameBytes(idOfPart(this.#keyring, type, plain), id)) {
      throw new BackupError('damaged', { name: packName })
    }
    return plain
  }
}
