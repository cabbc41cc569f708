import { MAX_PART_BYTES, maxBoxBytes } from '#engine/repository/part.ts'
import type { PartAt } from './job.ts'

/** Parts that lie near each other in one pack, read in one go. */
export type Span<T> = Readonly<{ pack: string; offset: number; length: number; items: readonly T[] }>

/** The buffer that a span is read into; every part fits. */
export const SPAN_BYTES = maxBoxBytes(MAX_PART_BYTES)

/** Reading this much for nothing costs less than another read. */
const GAP_BYTES = 64 * 1024

/** Puts what is to be read in the order in which it lies, so that neighbours are read together. */
export function spansOf<T>(items: readonly T[], partOf: (item: T) => PartAt): readonly Span<T>[] {
  const sorted = items
    .map((item) => ({ item, part: partOf(item) }))
    .sort((a, b) => (a.part.pack < b.part.pack ? -1 : a.part.pack > b.part.pack ? 1 : a.part.offset - b.part.offset))
  const spans: { pack: string; offset: number; length: number; items: T[] }[] = []
  for (const { item, part } of sorted) {
    const last = spans.at(-1)
    const end = part.offset + part.storedLength
    const isNear =
      last?.pack === part.pack &&
      part.offset <= last.offset + last.length + GAP_BYTES &&
      end - last.offset <= SPAN_BYTES
    if (!last || !isNear) {
      spans.push({ pack: part.pack, offset: part.offset, length: part.storedLength, items: [item] })
      continue
    }
    last.length = Math.max(last.length, end - last.offset)
    last.items.push(item)
  }
  return spans
}
