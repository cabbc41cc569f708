import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { partKey } from '#engine/repository/part.ts'
import { readWhole, writeWhole } from '#engine/state/whole-file.ts'
import { decodeBatch, encodeBatch } from './page-parts.ts'
import type { PageTable, UsedBatch } from './page-table.ts'

const ID_BYTES = 16

/**
 * Page tables kept on this device, so that a daily backup need not ask the place for them. Sealed under the state key,
 * each bound to its page file. A cache: lost, torn or refused, it answers nothing, and the table is learnt again.
 */
export class PageTableCache {
  readonly #folder: string
  readonly #keyring: Keyring

  constructor(stateFolder: string, keyring: Keyring) {
    this.#folder = join(stateFolder, 'pages')
    this.#keyring = keyring
  }

  async read(pageFileId: Uint8Array): Promise<PageTable | null> {
    const bytes = await readWhole(this.#path(pageFileId)).catch(() => null)
    return bytes && this.#open(bytes, pageFileId)
  }

  /** Failing to write is no failure of the backup. */
  async write(pageFileId: Uint8Array, table: PageTable): Promise<void> {
    const { current } = this.#keyring
    const frames = table.batches.flatMap(({ id, batch, used }, number) => {
      const aad = this.#aad(pageFileId, number, table.batches.length)
      const box = sealBox(current.state, 'pages', aad, Buffer.concat([id, u32(used.length), used, encodeBatch(batch)]))
      return [u32(box.length), box]
    })
    const bytes = Buffer.concat([u32(table.batches.length), ...frames])
    await writeWhole(this.#path(pageFileId), bytes).catch(() => undefined)
  }

  /** Forgets the tables of all page files but these. */
  async keepOnly(pageFileIds: readonly Uint8Array[]): Promise<void> {
    const kept = new Set(pageFileIds.map(partKey))
    for (const name of await fs.readdir(this.#folder).catch(() => [])) {
      if (!kept.has(name)) await fs.rm(join(this.#folder, name), { force: true }).catch(() => undefined)
    }
  }

  #open(bytes: Uint8Array, pageFileId: Uint8Array): PageTable | null {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const count = bytes.length >= 4 ? view.getUint32(0, true) : 0
    const batches: PageTable['batches'][number][] = []
    for (let at = 4, number = 0; number < count; number++) {
      const length = at + 4 <= bytes.length ? view.getUint32(at, true) : 0
      if (length < BOX_OVERHEAD + ID_BYTES + 4 || at + 4 + length > bytes.length) return null
      const box = bytes.subarray(at + 4, at + 4 + length)
      const plain = openBox(this.#keyring.current.state, 'pages', this.#aad(pageFileId, number, count), box)
      const batch = plain && decodeFrame(plain)
      if (!batch) return null
      batches.push(batch)
      at += 4 + length
    }
    return batches.length > 0 ? { batches } : null
  }

  #aad(pageFileId: Uint8Array, number: number, count: number): Uint8Array {
    return lp('keepsake1', 'pages', this.#keyring.repoId, pageFileId, u32(number), u32(count))
  }

  #path(pageFileId: Uint8Array): string {
    return join(this.#folder, partKey(pageFileId))
  }
}

function decodeFrame(plain: Uint8Array): UsedBatch | null {
  const runs = new DataView(plain.buffer, plain.byteOffset, plain.length).getUint32(ID_BYTES, true)
  const usedAt = ID_BYTES + 4
  const batch = decodeOrNull(plain.subarray(usedAt + runs))
  if (batch?.runs.length !== runs) return null
  return { id: plain.slice(0, ID_BYTES), batch, used: plain.slice(usedAt, usedAt + runs) }
}

function decodeOrNull(plain: Uint8Array) {
  try {
    return decodeBatch(plain, 'page table')
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return null
    throw error
  }
}
