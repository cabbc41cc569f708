import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { idsIn } from '#engine/repository/part-reader.ts'
import { readEntry, type TreeEntry, writeEntry } from '#engine/repository/tree-entry.ts'

/** An entry with what only this device knows about the file: by these a changed file is noticed without reading it. */
export type WalkedEntry = Readonly<{ entry: TreeEntry; ctimeUs: number; inode: number }>

const FRAME_ENTRIES = 1024
const MAX_FRAME_BYTES = 16 * 2 ** 20

/** A walk of one source, and what became of it. */
export type Walk = Readonly<{
  /** The top of its tree in hex, '' for an empty one: the walk says what this very tree was made of. */
  of: string
  entries: readonly WalkedEntry[]
  /** Ids of the tree's own parts, leaves and nodes. */
  tree: readonly Uint8Array[]
}>

/** A walk that is to be kept; its entries are taken one after another. */
export type WalkToKeep = Omit<Walk, 'entries'> & Readonly<{ entries: Iterable<WalkedEntry> }>

/**
 * The last walk of one source, sealed frame by frame under the state key and bound to the tree it belongs to.
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

  /** Replaces everything by the walks of a snapshot's sources. Failing to write is no failure of the backup. */
  async write(walks: readonly WalkToKeep[]): Promise<void> {
    try {
      await fs.rm(this.#folder, { recursive: true, force: true })
      await fs.mkdir(this.#folder, { recursive: true, mode: 0o700 })
      for (const [number, walk] of walks.entries()) await this.#writeOne(number, walk)
    } catch {
      await fs.rm(this.#folder, { recursive: true, force: true }).catch(() => undefined)
    }
  }

  /** The walk of source `number`, if it is of that tree; null when it is not, or is not whole. */
  async read(of: string, number: number): Promise<Walk | null> {
    const bytes = await fs.readFile(join(this.#folder, String(number))).catch(() => null)
    if (!bytes) return null
    try {
      return this.#frames(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), of, number)
    } catch (error) {
      if (BackupError.from(error).code === 'damaged') return null
      throw error
    }
  }

  async #writeOne(number: number, { of, entries, tree }: WalkToKeep): Promise<void> {
    const file = await fs.open(join(this.#folder, String(number)), 'wx', 0o600)
    let frame = 0
    const write = async (part: readonly WalkedEntry[], treeOrNull: Walk['tree'] | null): Promise<void> => {
      const plain = encodeFrame(part, treeOrNull)
      const packed = this.#zstd.compress(plain)
      const body = Buffer.concat([u32(plain.length), packed])
      const box = sealBox(this.#keyring.current.state, 'walk', this.#aad(of, number, frame++), body)
      await file.writeFile(u32(box.length))
      await file.writeFile(box)
    }
    try {
      let part: WalkedEntry[] = []
      for (const entry of entries) {
        part.push(entry)
        if (part.length < FRAME_ENTRIES) continue
        await write(part, null)
        part = []
      }
      await write(part, tree)
    } finally {
      await file.close()
    }
  }

  #frames(bytes: Uint8Array, of: string, number: number): Walk {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const walked: WalkedEntry[] = []
    let at = 0
    for (let frame = 0; ; frame++) {
      if (at + 4 > bytes.length) throw torn()
      const length = view.getUint32(at, true)
      if (length < BOX_OVERHEAD + 4 || length > MAX_FRAME_BYTES || at + 4 + length > bytes.length) throw torn()
      const body = openBox(
        this.#keyring.current.state,
        'walk',
        this.#aad(of, number, frame),
        bytes.subarray(at + 4, at + 4 + length),
      )
      at += 4 + length
      if (!body) throw torn()
      const plainLength = new DataView(body.buffer, body.byteOffset, 4).getUint32(0, true)
      const plain = plainLength <= MAX_FRAME_BYTES ? this.#zstd.decompress(body.subarray(4), plainLength) : null
      if (!plain) throw torn()
      const { entries, tree } = decodeFrame(plain)
      for (const entry of entries) walked.push(entry)
      if (tree && at !== bytes.length) throw torn()
      if (tree) return { of, entries: walked, tree }
    }
  }

  #aad(of: string, number: number, frame: number): Uint8Array {
    return lp('keepsake1', 'walk', this.#keyring.repoId, of, u32(number), u32(frame))
  }
}

const torn = (): BackupError => new BackupError('damaged', { name: 'walk' })

/** The last frame, and no other, has the ids of the tree. */
function encodeFrame(entries: readonly WalkedEntry[], tree: readonly Uint8Array[] | null): Uint8Array {
  const out = new CborWriter(entries.length * 80 + (tree?.length ?? 0) * 16 + 16)
  out.array(tree ? 2 : 1).array(entries.length)
  let previous = ''
  for (const { entry, ctimeUs, inode } of entries) {
    out.array(3)
    writeEntry(out, entry, previous)
    out.int(ctimeUs).int(inode)
    previous = entry.path
  }
  if (tree) out.bytes(Buffer.concat(tree))
  return out.finish()
}

function decodeFrame(
  plain: Uint8Array,
): Readonly<{ entries: readonly WalkedEntry[]; tree: readonly Uint8Array[] | null }> {
  const reader = new CborReader(plain, 'walk')
  const isLast = reader.array(2, 1) === 2
  let previous = ''
  const entries = reader.list(FRAME_ENTRIES, () => {
    reader.array(3, 3)
    const entry = readEntry(reader, previous)
    previous = entry.path
    return { entry, ctimeUs: reader.int(), inode: reader.uint() }
  })
  const tree = isLast ? idsIn(reader.bytes()) : null
  reader.end()
  return { entries, tree }
}
