import type { PartStore } from '#engine/backup/part-store.ts'
import { type Cancel, FileStorer, isReadFailure, openOrWhyNot } from '#engine/backup/store-file.ts'
import { RUN_BYTES } from '#engine/pages/page-parts.ts'
import { readRange } from '#engine/pages/page-range.ts'
import { UnitTagger } from '#engine/pages/unit-tagger.ts'
import { FramedPart } from '#engine/repository/part.ts'
import { isCompressed } from '#engine/source/file-kind.ts'
import type { OpensFiles, SourceFile } from '#engine/source/source.ts'
import type { FileInLane, FileOutcome, LaneResults, LaneTask } from './lane.ts'

export type LaneWorkParts = Readonly<{
  store: PartStore
  sources: readonly OpensFiles[]
  pageKey: Uint8Array
  cancel: Cancel | undefined
}>

/** Does pieces of work one after another, in whatever thread it lives. */
export class LaneWork {
  readonly #parts: LaneWorkParts
  readonly #storer: FileStorer
  readonly #run = new FramedPart(RUN_BYTES)

  constructor(parts: LaneWorkParts) {
    this.#parts = parts
    this.#storer = new FileStorer(parts.store, null)
  }

  async run(task: LaneTask): Promise<LaneResults[LaneTask['kind']]> {
    switch (task.kind) {
      case 'files':
        return this.#files(task)
      case 'range':
        return this.#range(task)
      case 'pages':
        return this.#pages(task)
    }
  }

  async #files({ files }: Extract<LaneTask, { kind: 'files' }>): Promise<LaneResults['files']> {
    const outcomes: FileOutcome[] = []
    for (const { source, path } of files) {
      this.#parts.cancel?.throwIfAborted()
      const file = { source: this.#source(source), path, before: null }
      outcomes.push(await this.#storer.store(file, undefined, this.#parts.cancel))
    }
    return outcomes
  }

  async #range(task: Extract<LaneTask, { kind: 'range' }>): Promise<LaneResults['range']> {
    const isPacked = isCompressed(task.file.path)
    return this.#read(task.file, async (file) => {
      const { ids, size } = await this.#storer.storeRange(file, task, !isPacked, ignore, this.#parts.cancel)
      return size === task.length ? ids : null
    })
  }

  #pages({ file, range }: Extract<LaneTask, { kind: 'pages' }>): Promise<LaneResults['pages']> {
    const { store, pageKey } = this.#parts
    const tagger = new UnitTagger(pageKey, range.unitBytes)
    return this.#read(file, (opened) =>
      readRange(opened, range, tagger, this.#run, (type, part, length, compress) =>
        store.putFramed(type, part, length, compress),
      ),
    )
  }

  /** Null when the file cannot be read. */
  async #read<T>({ source, path }: FileInLane, work: (file: SourceFile) => Promise<T | null>): Promise<T | null> {
    const file = openOrWhyNot(this.#source(source), path)
    if (typeof file === 'string') return null
    try {
      return await work(file)
    } catch (error) {
      if (isReadFailure(error)) return null
      throw error
    } finally {
      file.close()
    }
  }

  #source(number: number): OpensFiles {
    const source = this.#parts.sources[number]
    if (!source) throw new RangeError('lane: no such source')
    return source
  }
}

const ignore = (): void => undefined
