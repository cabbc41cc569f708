import { BackupError } from '#common/errors.ts'
import { MAX_PAGED_UNITS, unitBytesFor, unitsIn } from '#engine/pages/page-parts.ts'
import type { PageLanes } from '#engine/pages/page-range.ts'
import { type PageTable, rebuildPageTable } from '#engine/pages/page-table.ts'
import type { PageTableCache } from '#engine/pages/page-table-cache.ts'
import { MIN_PAGED_BYTES, pageSizeOf, SQLITE_HEADER_BYTES } from '#engine/pages/sqlite-header.ts'
import { storePages } from '#engine/pages/store-pages.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import type { SourceFile } from '#engine/source/source.ts'
import type { PartStore } from './part-store.ts'
import type { Cancel } from './store-file.ts'

/** The page size of a file that is to be kept by page, or null for any other. */
export function pageSizeIn(file: SourceFile, fileBytes: number): number | null {
  if (fileBytes < MIN_PAGED_BYTES) return null
  const start = new Uint8Array(SQLITE_HEADER_BYTES)
  file.readAt(start, 0)
  const pageSize = pageSizeOf(start)
  return pageSize !== null && unitsIn(fileBytes, unitBytesFor(pageSize)) <= MAX_PAGED_UNITS ? pageSize : null
}

export type DatabaseParts = Readonly<{
  pageKey: Uint8Array
  table: PartTable
  store: PartStore
  reader: PartReader
  cache: PageTableCache
}>

/** A database that is open for reading. */
export type DatabaseFile = Readonly<{
  file: SourceFile
  fileBytes: number
  pageSize: number
  before: Content | null // the content of its last version, if there is one
  lanes: PageLanes | undefined
}>

/** What a file kept by page is known by. */
export type StoredPagesContent = Extract<Content, { kind: 'pages' }>

/** Stores SQLite files by page, and keeps on this device what each consists of, for the next run. */
export class DatabaseStorer {
  readonly #parts: DatabaseParts

  constructor(parts: DatabaseParts) {
    this.#parts = parts
  }

  /** @returns null when the file changed while it was read. */
  async store(
    { file, fileBytes, pageSize, before, lanes }: DatabaseFile,
    onBytes: (bytes: number) => void,
    cancel?: Cancel,
  ): Promise<StoredPagesContent | null> {
    const { pageKey, table, store, cache } = this.#parts
    const stored = await storePages({
      source: file,
      fileBytes,
      pageSize,
      before: before?.kind === 'pages' ? await this.tableOf(before.id) : null,
      pageKey,
      store: (type, plain, compress) => store.put(type, plain, compress),
      isStored: (id) => table.isStored(id),
      onBytes,
      ...(lanes && { lanes }),
      ...(cancel && { signal: cancel }),
    })
    if (!stored) return null
    await cache.write(stored.id, stored.table)
    return { kind: 'pages', id: stored.id }
  }

  /** What a stored file consists of; null when that is lost, and then its pages are stored as new ones. */
  async tableOf(pageFileId: Uint8Array): Promise<PageTable | null> {
    const cached = await this.#parts.cache.read(pageFileId)
    if (cached) return cached
    try {
      return await rebuildPageTable(pageFileId, (type, id) => this.#parts.reader.read(type, id))
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      return null
    }
  }
}
