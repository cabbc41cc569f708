import type { DropBody } from '#engine/repository/record.ts'
import { MAX_DROPPED } from '#engine/repository/record-body.ts'

/** Cuts what is to be dropped into records that readers take. Nothing to drop, no record. */
export function inDropRecords({ snapshots, packs, indexes }: Omit<DropBody, 'undone'>): readonly DropBody[] {
  const count = Math.max(
    Math.ceil(snapshots.length / MAX_DROPPED.snapshots),
    Math.ceil(packs.length / MAX_DROPPED.packs),
    Math.ceil(indexes.length / MAX_DROPPED.indexes),
  )
  const cut = <T>(items: readonly T[], most: number, number: number): readonly T[] =>
    items.slice(number * most, (number + 1) * most)
  return Array.from({ length: count }, (_, number) => ({
    snapshots: cut(snapshots, MAX_DROPPED.snapshots, number),
    packs: cut(packs, MAX_DROPPED.packs, number),
    indexes: cut(indexes, MAX_DROPPED.indexes, number),
    undone: [],
  }))
}
