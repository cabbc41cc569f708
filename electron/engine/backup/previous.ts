import { toHex } from '#engine/encoding/hex.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import type { SnapSource } from '#engine/repository/record.ts'
import { ownLastSnapshot, readSnapshots, type Snapshot } from '#engine/repository/snapshots.ts'
import type { TreeEntry } from '#engine/repository/tree-entry.ts'
import { readTree } from '#engine/repository/tree-reader.ts'
import type { WalkCache, WalkedEntry } from '#engine/state/walk-cache.ts'
import { RACY_CTIME } from './scan.ts'

/** The snapshot to compare with: this device's last, or on a new device the newest of all, which it adopts. */
export async function previousSnapshot(repository: OpenRepository): Promise<Snapshot | null> {
  return (await ownLastSnapshot(repository)) ?? (await readSnapshots(repository)).snapshots[0] ?? null
}

/**
 * A tree does not tell when its source was walked. So near to the snapshot, a file may have been written again after it
 * was read, within one tick of a coarse clock.
 */
const NEAR_US = 3600 * 1_000_000

/** A source as the last snapshot has it; `tree` are the ids of its tree's own parts, where this device kept them. */
export type PreviousSource = Readonly<{
  source: SnapSource | null
  entries: readonly (WalkedEntry | TreeEntry)[]
  tree: readonly Uint8Array[] | null
}>

/** What a source's tree is known by in the walk cache. */
export const treeName = ({ root }: SnapSource): string => (root ? toHex(root) : '')

/**
 * What that snapshot knew of a source: from this device's own cache, else from the repository's tree. Out of a tree,
 * files that were written shortly before the snapshot count as changed.
 */
export async function previousEntries(
  previous: Snapshot | null,
  label: string,
  reader: PartReader,
  cache: WalkCache,
): Promise<PreviousSource> {
  const number = previous?.body.sources.findIndex((source) => source.label === label) ?? -1
  const source = previous?.body.sources[number]
  if (!previous || !source) return { source: null, entries: [], tree: null }
  const cached = await cache.read(treeName(source), number)
  if (cached) return { source, ...cached }
  const entries: (WalkedEntry | TreeEntry)[] = []
  const nearUs = previous.summary.takenAtMs * 1000 - NEAR_US
  const ignoreLost = (): void => undefined // what is lost is read again from the source
  for await (const leaf of readTree(source, (type, id) => reader.read(type, id), ignoreLost)) {
    for (const entry of leaf) {
      const isNear = entry.kind === 'file' && entry.mtimeUs >= nearUs
      entries.push(isNear ? { entry, ctimeUs: RACY_CTIME, inode: 0 } : entry)
    }
  }
  return { source, entries, tree: null }
}
