import { BackupError } from '#common/errors.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { type BytePath, comparePaths, fromFileBytes } from '#engine/source/byte-path.ts'
import { PART_TYPE, type PartType, partKey } from './part.ts'
import type { SnapSource } from './record.ts'
import { readEntry, type TreeEntry } from './tree-entry.ts'

const MAX_NODE_ITEMS = 4096
const MAX_LEAF_ITEMS = 1024

/** Fetches and opens a part of a tree. */
export type FetchPart = (type: PartType, id: Uint8Array) => Promise<Uint8Array>

/** A part of the tree that could not be read, and what was lost with it. */
export type LostBranch = Readonly<{ firstPath: BytePath; files: number; error: BackupError }>

/**
 * All entries of a source in path order, leaf by leaf. Paths must ascend through the whole tree, so that no entry can
 * stand twice. With `onLost`, a branch that is damaged is reported and passed over; without, it throws.
 *
 * @throws BackupError `damaged`
 */
export async function* readTree(
  source: SnapSource,
  fetch: FetchPart,
  onLost?: (lost: LostBranch) => void,
): AsyncGenerator<readonly TreeEntry[]> {
  if (!source.root) return
  let last: BytePath | null = null
  const whole: Branch = { id: source.root, firstPath: '', files: source.files }
  for await (const leaf of walk(whole, source.height, fetch, onLost)) {
    for (const { path } of leaf) {
      if (last !== null && comparePaths(last, path) >= 0) throw new BackupError('damaged', { name: 'tree' })
      last = path
    }
    yield leaf
  }
}

type Branch = Readonly<{ id: Uint8Array; firstPath: BytePath; files: number }>

async function* walk(
  branch: Branch,
  height: number,
  fetch: FetchPart,
  onLost?: (lost: LostBranch) => void,
): AsyncGenerator<readonly TreeEntry[]> {
  let children: readonly Branch[] = []
  let leaf: readonly TreeEntry[] = []
  try {
    const plain = await fetch(height === 0 ? PART_TYPE.leaf : PART_TYPE.node, branch.id)
    if (height === 0) leaf = decodeLeaf(plain, branch.id)
    else children = decodeNode(plain, branch.id)
  } catch (thrown) {
    const error = BackupError.from(thrown)
    if (!onLost || error.code !== 'damaged') throw error
    onLost({ firstPath: branch.firstPath, files: branch.files, error })
    return
  }
  if (height === 0) yield leaf
  for (const child of children) yield* walk(child, height - 1, fetch, onLost)
}

export function decodeLeaf(plain: Uint8Array, id: Uint8Array): readonly TreeEntry[] {
  const reader = new CborReader(plain, partKey(id))
  let previous: BytePath = ''
  const entries = reader.list(MAX_LEAF_ITEMS, () => {
    const entry = readEntry(reader, previous)
    previous = entry.path
    return entry
  })
  reader.end()
  if (entries.length === 0) reader.fail() // an empty source has no leaf at all
  return entries
}

export function decodeNode(plain: Uint8Array, id: Uint8Array): readonly Branch[] {
  const reader = new CborReader(plain, partKey(id))
  const items = reader.list(MAX_NODE_ITEMS, () => {
    reader.array(4, 4)
    const firstPath = fromFileBytes(reader.bytes())
    const child = reader.bytes(16).slice()
    const files = reader.uint()
    reader.uint()
    return { firstPath, id: child, files }
  })
  reader.end()
  if (items.length === 0) reader.fail()
  return items
}
