import { hmac256 } from '#engine/crypto/hash.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { type BytePath, comparePaths, toFileBytes } from '#engine/source/byte-path.ts'
import type { Keyring } from './keyring.ts'
import { PART_TYPE, type PartType } from './part.ts'
import { type TreeEntry, writeEntry } from './tree-entry.ts'

/** Leaves and nodes are cut after a path whose keyed hash starts with a zero byte, from this size on… */
const MIN_ITEMS = 64
/** …and here at the latest. */
const MAX_ITEMS = 1024
const MAX_BYTES = 256 * 1024
export const MAX_TREE_HEIGHT = 4

/** What a finished tree is known by. */
export type TreeRoot = Readonly<{ root: Uint8Array | null; height: number; files: number; bytes: number }>

/** Stores a part of the tree if it is new and answers its id. */
export type StorePart = (type: PartType, plain: Uint8Array) => Promise<Uint8Array>

/**
 * Builds the sorted map from path to entry, leaf by leaf and level by level (docs/format.md, Tree). Where it is cut
 * depends on keyed hashes of paths only, so one new file changes one leaf, and nobody outside can steer or see it.
 * Entries must come in the order of `comparePaths`.
 */
export class TreeWriter {
  readonly #cutKey: Uint8Array
  readonly #store: StorePart
  readonly #leaf = new CborWriter(MAX_BYTES)
  readonly #levels: Level[] = []
  #firstPath: BytePath = ''
  #lastPath: BytePath = ''
  #hasAny = false
  #items = 0
  #leafBytes = 0
  #leafFiles = 0
  #files = 0
  #bytes = 0

  constructor(keyring: Keyring, store: StorePart) {
    this.#cutKey = keyring.ids.cut
    this.#store = store
  }

  /** @throws RangeError for a path that does not come after the one before: no reader would take such a tree. */
  async add(entry: TreeEntry): Promise<void> {
    if (this.#hasAny && comparePaths(this.#lastPath, entry.path) >= 0) throw new RangeError('tree: paths must ascend')
    this.#hasAny = true
    if (this.#items === 0) this.#firstPath = entry.path
    writeEntry(this.#leaf, entry, this.#items === 0 ? '' : this.#lastPath)
    this.#lastPath = entry.path
    this.#items++
    if (entry.kind === 'file') {
      this.#leafFiles++
      this.#leafBytes += entry.size
    }
    if (this.#isCut(entry.path, this.#items, this.#leaf.length)) await this.#endLeaf()
  }

  /** Ends the tree; an empty one has no root. */
  async finish(): Promise<TreeRoot> {
    if (this.#items > 0) await this.#endLeaf()
    let height = 0
    while (height < this.#levels.length) {
      const level = this.#levels[height] ?? []
      if (height === this.#levels.length - 1 && level.length === 1) break
      if (level.length > 0) await this.#endNode(height)
      height++
    }
    return { root: this.#levels[height]?.[0]?.id ?? null, height, files: this.#files, bytes: this.#bytes }
  }

  async #endLeaf(): Promise<void> {
    const plain = new CborWriter(this.#leaf.length + 8).array(this.#items).encoded(this.#leaf.finish()).finish()
    const item = {
      firstPath: this.#firstPath,
      id: await this.#store(PART_TYPE.leaf, plain),
      files: this.#leafFiles,
      bytes: this.#leafBytes,
    }
    this.#files += this.#leafFiles
    this.#bytes += this.#leafBytes
    this.#leaf.clear()
    this.#items = 0
    this.#leafFiles = 0
    this.#leafBytes = 0
    await this.#push(0, item)
  }

  /** Nodes are cut by the first paths of what they name: these are no cut paths themselves, so the hash decides anew. */
  async #push(height: number, item: NodeItem): Promise<void> {
    const level = this.#levels[height] ?? []
    this.#levels[height] = level
    level.push(item)
    const size = level.reduce((sum, { firstPath }) => sum + firstPath.length + 40, 0)
    if (height < MAX_TREE_HEIGHT - 1 && this.#isCut(item.firstPath, level.length, size)) await this.#endNode(height)
  }

  async #endNode(height: number): Promise<void> {
    const level = this.#levels[height] ?? []
    const first = level[0]
    if (!first) return
    const out = new CborWriter(4096).array(level.length)
    for (const { firstPath, id, files, bytes } of level) {
      out.array(4).bytes(toFileBytes(firstPath)).bytes(id).int(files).int(bytes)
    }
    this.#levels[height] = []
    const node = {
      firstPath: first.firstPath,
      id: await this.#store(PART_TYPE.node, out.finish()),
      files: level.reduce((sum, { files }) => sum + files, 0),
      bytes: level.reduce((sum, { bytes }) => sum + bytes, 0),
    }
    await this.#push(height + 1, node)
  }

  #isCut(path: BytePath, items: number, bytes: number): boolean {
    if (items >= MAX_ITEMS || bytes >= MAX_BYTES) return true
    return items >= MIN_ITEMS && hmac256(this.#cutKey, toFileBytes(path))[0] === 0
  }
}

/** One child in a node: the first path below it, and how much lies there. */
type NodeItem = Readonly<{ firstPath: BytePath; id: Uint8Array; files: number; bytes: number }>
type Level = NodeItem[]
