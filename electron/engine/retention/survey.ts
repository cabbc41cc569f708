import { BackupError } from '#common/errors.ts'
import { unitsPerRun } from '#engine/pages/page-parts.ts'
import { readBatch, readPageFile, readSegment } from '#engine/pages/page-table.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PART_TYPE, type PartType, partKey } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PackInfo, PartTable } from '#engine/repository/part-table.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import { decodeLeaf, decodeNode } from '#engine/repository/tree-reader.ts'
import { type Catalog, readCatalog } from './catalog.ts'

/** What snapshots need of what is stored. */
export type Survey = Readonly<{
  catalog: Catalog
  /** Whether everything could be followed: where not, nobody knows what else is needed, and nothing may go. */
  isWhole: boolean
  isNeeded: (part: Uint8Array) => boolean
  /** Bytes of needed parts that are taken from this pack. */
  neededBytes: (pack: PackInfo) => number
}>

/** Walks the trees of all snapshots given; what several share is visited once. */
export async function survey(
  repository: OpenRepository,
  snapshots: readonly Snapshot[],
  signal?: AbortSignal,
): Promise<Survey> {
  const catalog = await readCatalog(repository, signal)
  const { keyring, destination, zstd } = repository
  const walk = new NeedWalk(catalog.table, new PartReader(keyring, destination, catalog.table, zstd), signal)
  for (const snapshot of snapshots) await walk.snapshot(snapshot)
  const needed = new Map<string, number>()
  for (let part = 0; part < catalog.table.parts; part++) {
    if (walk.marks[part] !== 1) continue
    const { pack, storedLength } = catalog.table.stateOf(part)
    needed.set(pack.id, (needed.get(pack.id) ?? 0) + storedLength)
  }
  return {
    catalog,
    isWhole: walk.isWhole,
    isNeeded: (part) => walk.marks[catalog.table.numberOf(part)] === 1,
    neededBytes: ({ id }) => needed.get(id) ?? 0,
  }
}

class NeedWalk {
  readonly marks: Uint8Array
  isWhole = true
  readonly #table: PartTable
  readonly #reader: PartReader
  readonly #signal: AbortSignal | undefined
  readonly #batches = new Map<string, RunsOfBatch>()

  constructor(table: PartTable, reader: PartReader, signal: AbortSignal | undefined) {
    this.#table = table
    this.#reader = reader
    this.#signal = signal
    this.marks = new Uint8Array(table.parts)
  }

  async snapshot({ body }: Snapshot): Promise<void> {
    for (const { root, height } of body.sources) if (root) await this.#tree(root, height)
    if (body.skipped.list) this.#mark(body.skipped.list)
  }

  async #tree(id: Uint8Array, height: number): Promise<void> {
    this.#signal?.throwIfAborted()
    await this.#follow(id, async () => {
      const plain = await this.#reader.read(height === 0 ? PART_TYPE.leaf : PART_TYPE.node, id)
      if (height > 0) for (const child of decodeNode(plain, id)) await this.#tree(child.id, height - 1)
      else for (const entry of decodeLeaf(plain, id)) if (entry.kind === 'file') await this.#content(entry.content)
    })
  }

  async #content(content: Content): Promise<void> {
    switch (content.kind) {
      case 'empty':
        return
      case 'parts':
        for (const id of content.ids) this.#mark(id)
        return
      case 'lists':
        for (const list of content.ids) {
          await this.#follow(list, async () => {
            for (const id of await this.#reader.readIds(list)) this.#mark(id)
          })
        }
        return
      case 'pages':
        await this.#follow(content.id, async () => {
          const { segments } = await readPageFile(content.id, this.#fetch)
          for (const segment of segments) await this.#segment(segment)
        })
    }
  }

  /** Of a batch only the runs are needed whose pages stand in the file. */
  async #segment(id: Uint8Array): Promise<void> {
    await this.#follow(id, async () => {
      const { batches, extents } = await readSegment(id, this.#fetch)
      for (const { batch, start, length } of extents) {
        const { runs, perRun } = await this.#runsOf(batches[batch] ?? new Uint8Array(0))
        const last = Math.floor((start + length - 1) / perRun)
        if (last >= runs.length) throw new BackupError('damaged', { name: partKey(id) })
        for (const run of runs.slice(Math.floor(start / perRun), last + 1)) this.#mark(run)
      }
    })
  }

  async #runsOf(id: Uint8Array): Promise<RunsOfBatch> {
    const known = this.#batches.get(partKey(id))
    if (known) return known
    const { runs, unitBytes } = await readBatch(id, this.#fetch)
    this.#mark(id)
    const found = { runs, perRun: unitsPerRun(unitBytes) }
    this.#batches.set(partKey(id), found)
    return found
  }

  readonly #fetch = (type: PartType, id: Uint8Array): Promise<Uint8Array> => this.#reader.read(type, id)

  /** Goes on below a part that leads to others, the first time it is met. */
  async #follow(id: Uint8Array, goOn: () => Promise<void>): Promise<void> {
    const number = this.#table.numberOf(id)
    if (this.marks[number] === 1) return
    this.#mark(id)
    try {
      await goOn()
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      this.isWhole = false
    }
  }

  #mark(id: Uint8Array): void {
    const number = this.#table.numberOf(id)
    if (number >= 0) this.marks[number] = 1
  }
}

type RunsOfBatch = Readonly<{ runs: readonly Uint8Array[]; perRun: number }>
