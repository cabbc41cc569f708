import { BackupError } from '#common/errors.ts'
import { rebuildPageTable, usedRuns } from '#engine/pages/page-table.ts'
import { partKey } from '#engine/repository/part.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { Content } from '#engine/repository/tree-entry.ts'

/** Answers whether everything that a file's bytes consist of is in packs that can be used. */
export class StoredContent {
  readonly #table: PartTable
  readonly #reader: PartReader
  readonly #mustLookInside: boolean

  /**
   * @param table - as the run found it, before anything was added.
   * @param mustLookInside - look into lists and page files, too, because something may be missing that they need;
   * otherwise what names them proves what they name.
   */
  constructor(table: PartTable, reader: PartReader, mustLookInside: boolean) {
    this.#table = table
    this.#reader = reader
    this.#mustLookInside = mustLookInside
  }

  async has(content: Content): Promise<boolean> {
    const named = namedParts(content)
    if (!named.every((id) => this.#isStored(id))) return false
    if (!this.#mustLookInside || content.kind === 'empty' || content.kind === 'parts') return true
    try {
      return content.kind === 'lists' ? await this.#haveLists(named) : await this.#havePages(content.id)
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      return false
    }
  }

  async #haveLists(lists: readonly Uint8Array[]): Promise<boolean> {
    for (const list of lists) {
      if (!(await this.#reader.readIds(list)).every((id) => this.#isStored(id))) return false
    }
    return true
  }

  async #havePages(id: Uint8Array): Promise<boolean> {
    const table = await rebuildPageTable(id, async (type, part) => {
      if (!this.#isStored(part)) throw new BackupError('damaged', { name: partKey(part) })
      return this.#reader.read(type, part)
    })
    return usedRuns(table).every((run) => this.#isStored(run))
  }

  #isStored(id: Uint8Array): boolean {
    return this.#table.isStored(id)
  }
}

function namedParts(content: Content): readonly Uint8Array[] {
  switch (content.kind) {
    case 'empty':
      return []
    case 'pages':
      return [content.id]
    case 'parts':
    case 'lists':
      return content.ids
  }
}
