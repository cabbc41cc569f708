import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { readEntry, type TreeEntry, writeEntry } from '#engine/repository/tree-entry.ts'

/** An entry with what only this device knows about the file: by these a changed file is noticed without reading it. */
export type WalkedEntry = Readonly<{ entry: TreeEntry; ctimeUs: number; inode: number }>

const FRAME_ENTRIES = 1024
const MAX_FRAME_BYTES = 16 * 2 ** 20

/**
 * The last walk of one source, sealed frame by frame under the state key and bound to the snapshot it belongs to.
 * It is a cache: lost, torn or stale, it answers nothing, and the walk is compared with the repository's tree instead.
 */
export class WalkCache {
  readonly #folder: string
  readonly #keyring: Keyring
  readonly #zstd: Zstd

  constructor(stateFolder: string, keyring: Keyring, zstd: Zstd) {
    this.#folder = join(stateFolder, 'walks')
    this.#keyring = keyring
    this.#zstd = zstd
  }

  /** Replaces everything by the walks of a snapshot. Failing to write is no failure of the backup. */
  async write(snapshot: string, sources: readonly (readonly WalkedEntry[])[]): Promise<void> {
    try {
      await fs.rm(this.#folder, { recursive: true, force: true })
      await fs.mkdir(this.#folder, { recursive: true, mode: 0o700 })
      for (const [number, entries] of sources.entries()) await this.#writeOne(snapshot, number, entries)
    } catch {
      await fs.rm(this.#folder, { recursive: true, force: true }).catch(() => undefined)
    }
  }

  /** The walk of source `number` in that snapshot, or null when it is not whole. */
  async read(snapshot: string, number: number): Promise<readonly WalkedEntry[] | null> {
    const bytes = await fs.readFile(join(this.#folder, String(number))).catch(() => null)
    if (!bytes) return null
    try {
      return [...this.#frames(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), snapshot, number)]
    } catch (error) {
      if (BackupError.from(error).code === 'damaged') return null
      throw error
    }
  }

  async #writeOne(snapshot: string, number: number, entries: readonly WalkedEntry[]): Promise<void> {
    const file = await fs.open(join(this.#folder, String(number)), 'wx', 0o600)
    try {
      const frames = Math.ceil(entries.length / FRAME_ENTRIES)
      for (let frame = 0; frame <= frames; frame++) {
        const part = entries.slice(frame * FRAME_ENTRIES, (frame + 1) * FRAME_ENTRIES)
        const plain = encodeFrame(part, frame === frames)
        const packed = this.#zstd.compress(plain)
        const box = sealBox(
          this.#keyring.current.state,
          'walk',
          this.#aad(snapshot, number, frame),
          Buffer.concat([u32(plain.length), packed]),
        )
        await file.writeFile(u32(box.length))
        await file.writeFile(box)
      }
    } finally {
      await file.close()
    }
  }

  *#frames(bytes: Uint8Array, snapshot: string, number: number): Generator<WalkedEntry> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = 0
    for (let frame = 0; ; frame++) {
      if (at + 4 > bytes.length) throw torn()
      const length = view.getUint32(at, true)
      if (length < BOX_OVERHEAD + 4 || length > MAX_FRAME_BYTES || at + 4 + length > bytes.length) throw torn()
      const body = openBox(
        this.#keyring.current.state,
        'walk',
        this.#aad(snapshot, number, frame),
        bytes.subarray(at + 4, at + 4 + length),
      )
      at += 4 + length
      if (!body) throw torn()
      const plainLength = new DataView(body.buffer, body.byteOffset, 4).getUint32(0, true)
      const plain = plainLength <= MAX_FRAME_BYTES ? this.#zstd.decompress(body.subarray(4), plainLength) : null
      if (!plain) throw torn()
      const { entries, isLast } = decodeFrame(plain)
      yield* entries
      if (isLast && at !== bytes.length) throw torn()
      if (isLast) return
    }
  }

  #aad(snapshot: string, number: number, frame: number): Uint8Array {
    return lp('keepsake1', 'walk', this.#keyring.repoId, snapshot, u32(number), u32(frame))
  }
}

const torn = (): BackupError => new BackupError('damaged', { name: 'walk' })

function encodeFrame(entries: readonly WalkedEntry[], isLast: boolean): Uint8Array {
  const out = new CborWriter(entries.length * 80 + 16)
  out
    .array(2)
    .int(isLast ? 1 : 0)
    .array(entries.length)
  let previous = ''
  for (const { entry, ctimeUs, inode } of entries) {
    out.array(3)
    writeEntry(out, entry, previous)
    out.int(ctimeUs).int(inode)
    previous = entry.path
  }
  return out.finish()
}

function decodeFrame(plain: Uint8Array): Readonly<{ entries: readonly WalkedEntry[]; isLast: boolean }> {
  const reader = new CborReader(plain, 'walk')
  reader.array(2, 2)
  const isLast = reader.uint(1) === 1
  let previous = ''
  const entries = reader.list(FRAME_ENTRIES, () => {
    reader.array(3, 3)
    const entry = readEntry(reader, previous)
    previous = entry.path
    return { entry, ctimeUs: reader.int(), inode: reader.uint() }
  })
  reader.end()
  return { entries, isLast }
}
