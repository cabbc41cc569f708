import type { ContentItem } from '#common/engine-contract.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import { readTree } from '#engine/repository/tree-reader.ts'
import { placeOf } from '#engine/restore/layout.ts'
import { toText } from '#engine/source/byte-path.ts'

/** The top level of a snapshot: what a person picks from. Paths are those that `only` of a restore takes. */
export async function listContents(repository: OpenRepository, { body }: Snapshot): Promise<readonly ContentItem[]> {
  const { table } = await loadParts(repository, 'all')
  const reader = new PartReader(repository.keyring, repository.destination, table, repository.zstd)
  const items = new Map<string, { -readonly [K in keyof ContentItem]: ContentItem[K] }>()
  for (const source of body.sources) {
    for await (const leaf of readTree(
      source,
      (type, id) => reader.read(type, id),
      () => undefined,
    )) {
      for (const entry of leaf) {
        const top = entry.path.split('/', 1)[0] ?? ''
        const path = placeOf(body.sources, source, top)
        const item = items.get(path) ?? { path: toText(path), name: toText(top), isFolder: false, files: 0, bytes: 0 }
        items.set(path, item)
        if (entry.kind === 'folder' || entry.path !== top) item.isFolder = true
        if (entry.kind === 'file') {
          item.files++
          item.bytes += entry.size
        }
      }
    }
  }
  return [...items.values()]
}
