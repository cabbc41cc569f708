import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { PART_TYPE } from '#engine/repository/part.ts'
import type { SnapBody, SnapSource } from '#engine/repository/record.ts'
import { TreeWriter } from '#engine/repository/tree-writer.ts'
import { toFileBytes } from '#engine/source/byte-path.ts'
import type { Skipped } from '#engine/source/source.ts'
import type { PartStore } from './part-store.ts'
import { toTreeEntry } from './scan.ts'
import type { PlannedSource } from './storage-order.ts'

/** Something left out, and of which source. */
export type SkippedOf = Skipped & Readonly<{ label: string }>

const MAX_SKIPPED_KEPT = 10_000

/** A source as the snapshot names it, and the ids of its tree's own parts. */
export type BuiltTree = Readonly<{ source: SnapSource; tree: readonly Uint8Array[] }>

/** Stores a walked source as a tree. Files without content were skipped, and told. */
export async function buildTree(
  { label, source, items }: PlannedSource,
  keyring: Keyring,
  store: PartStore,
): Promise<BuiltTree> {
  const ids: Uint8Array[] = []
  const tree = new TreeWriter(keyring, async (type, plain) => {
    const id = await store.put(type, plain, true)
    ids.push(id)
    return id
  })
  for (const item of items) {
    if (item.isToBeRead) continue
    await tree.add(toTreeEntry(item))
  }
  return { source: { label, kind: source.kind, ...(await tree.finish()), isStale: false }, tree: ids }
}

/** Keeps what was left out and why, so that it can be answered later. */
export async function storeSkipped(skipped: readonly SkippedOf[], store: PartStore): Promise<SnapBody['skipped']> {
  if (skipped.length === 0) return { count: 0, list: null }
  const kept = skipped.slice(0, MAX_SKIPPED_KEPT)
  const out = new CborWriter(4096).array(kept.length)
  for (const { label, path, code } of kept) out.array(3).text(label).bytes(toFileBytes(path)).text(code)
  return { count: skipped.length, list: await store.put(PART_TYPE.skippedList, out.finish(), true) }
}

/** Whether two snapshots hold the same sources with the same content. */
export function isSameContent(a: readonly SnapSource[], b: readonly SnapSource[]): boolean {
  return a.length === b.length && a.every((source, i) => isSameSource(source, b[i]))
}

function isSameSource(a: SnapSource, b: SnapSource | undefined): boolean {
  if (!b || a.label !== b.label || a.kind !== b.kind || a.isStale !== b.isStale) return false
  return a.root && b.root ? sameBytes(a.root, b.root) : a.root === b.root
}
