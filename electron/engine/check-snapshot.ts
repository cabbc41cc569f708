import { BackupError } from '#common/errors.ts'
import { rebuildPageTable, usedRuns } from '#engine/pages/page-table.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PART_TYPE, type PartType } from '#engine/repository/part.ts'
import { idsIn, PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import { readTree } from '#engine/repository/tree-reader.ts'

/** Takes what is wrong: the path of an object, once. */
export type ProblemList = Readonly<{ add(code: 'damaged' | 'missing', name: string): void }>

/** Follows snapshots to everything that they need, and names what cannot be had: the snapshot, and the pack that held it. */
export class SnapshotCheck {
  readonly #repository: OpenRepository
  readonly #table: PartTable
  readonly #reader: PartReader
  readonly #problems: ProblemList
  /** Ids of packs that hold, or held, something needed. */
  readonly packs = new Set<string>()
  /** Whether something is needed of which no pack is known; then any pack that does not open may hold it. */
  lacksUnknown = false

  constructor(repository: OpenRepository, table: PartTable, problems: ProblemList) {
    this.#repository = repository
    this.#table = table
    this.#reader = new PartReader(repository.keyring, repository.destination, table, repository.zstd)
    this.#problems = problems
  }

  async check({ body, stored }: Snapshot, signal?: AbortSignal): Promise<void> {
    const snapshot = stored.path
    const read = (type: PartType, id: Uint8Array): Promise<Uint8Array> => this.#read(snapshot, type, id)
    const lost = (): void => this.#problems.add('damaged', snapshot) // why, reading has told
    for (const source of body.sources) {
      for await (const leaf of readTree(source, read, lost)) {
        signal?.throwIfAborted()
        for (const entry of leaf) {
          if (entry.kind !== 'file') continue
          const { type, ids } = await dataPartsOf(entry.content, read, lost)
          for (const id of ids) await this.#find(snapshot, type, id)
        }
      }
    }
  }

  /** @throws BackupError `damaged`, after naming what is */
  async #read(snapshot: string, type: PartType, id: Uint8Array): Promise<Uint8Array> {
    const place = this.#table.find(id)
    if (!place) {
      this.#lacks(snapshot, id)
      throw new BackupError('damaged', { name: snapshot })
    }
    this.packs.add(place.pack.id)
    try {
      return await this.#reader.readAt(place, type, id)
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      this.#problems.add('damaged', place.pack.path)
      this.#problems.add('damaged', snapshot)
      throw error
    }
  }

  /** That a part of a file is stored. In a pack that is to go it is read as well: such a pack may be a damaged one. */
  async #find(snapshot: string, type: PartType, id: Uint8Array): Promise<void> {
    const place = this.#table.find(id)
    if (place?.type !== type) return this.#lacks(snapshot, id)
    this.packs.add(place.pack.id)
    if (place.pack.state !== 'condemned') return
    await this.#read(snapshot, type, id).catch((error: unknown) => {
      if (BackupError.from(error).code !== 'damaged') throw error
    })
  }

  #lacks(snapshot: string, id: Uint8Array): void {
    this.#problems.add('missing', snapshot)
    const number = this.#table.numberOf(id)
    if (number < 0) {
      this.lacksUnknown = true
      return
    }
    const { pack } = this.#table.stateOf(number)
    this.packs.add(pack.id)
    this.#problems.add(this.#repository.listing.packs.has(pack.id) ? 'damaged' : 'missing', pack.path)
  }
}

type ReadPart = (type: PartType, id: Uint8Array) => Promise<Uint8Array>

/** The parts that hold a file's own bytes; what leads to them is opened on the way. */
async function dataPartsOf(
  content: Content,
  read: ReadPart,
  lost: () => void,
): Promise<Readonly<{ type: PartType; ids: readonly Uint8Array[] }>> {
  switch (content.kind) {
    case 'empty':
      return { type: PART_TYPE.data, ids: [] }
    case 'parts':
      return { type: PART_TYPE.data, ids: content.ids }
    case 'lists': {
      const lists: (readonly Uint8Array[])[] = []
      for (const list of content.ids)
        lists.push(await orNone(async () => idsIn(await read(PART_TYPE.idList, list)), lost))
      return { type: PART_TYPE.data, ids: lists.flat() }
    }
    case 'pages':
      return {
        type: PART_TYPE.pageRun,
        ids: await orNone(async () => usedRuns(await rebuildPageTable(content.id, read)), lost),
      }
  }
}

async function orNone<T>(ids: () => Promise<readonly T[]>, lost: () => void): Promise<readonly T[]> {
  try {
    return await ids()
  } catch (error) {
    if (BackupError.from(error).code !== 'damaged') throw error
    lost()
    return []
  }
}
