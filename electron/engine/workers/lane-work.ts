import type { PartStore } from '#engine/backup/part-store.ts'
import { type Cancel, FileStorer, isReadFailure, openOrWhyNot } from '#engine/backup/store-file.ts'
import { isCompressed } from '#engine/source/file-kind.ts'
import type { OpensFiles } from '#engine/source/source.ts'
import type { FileOutcome, LaneResults, LaneTask } from './lane.ts'

/** Does pieces of work one after another, in whatever thread it lives. */
export class LaneWork {
  readonly #storer: FileStorer
  readonly #sources: readonly OpensFiles[]
  readonly #cancel: Cancel | undefined

  constructor(store: PartStore, sources: readonly OpensFiles[], cancel?: Cancel) {
    this.#storer = new FileStorer(store, null)
    this.#sources = sources
    this.#cancel = cancel
  }

  async run(task: LaneTask): Promise<LaneResults[LaneTask['kind']]> {
    switch (task.kind) {
      case 'files':
        return this.#files(task)
      case 'range':
        return this.#range(task)
    }
  }

  async #files({ files }: Extract<LaneTask, { kind: 'files' }>): Promise<LaneResults['files']> {
    const outcomes: FileOutcome[] = []
    for (const { source, path } of files) {
      this.#cancel?.throwIfAborted()
      const file = { source: this.#source(source), path, before: null }
      outcomes.push(await this.#storer.store(file, undefined, this.#cancel))
    }
    return outcomes
  }

  async #range(task: Extract<LaneTask, { kind: 'range' }>): Promise<LaneResults['range']> {
    const { source, path } = task.file
    const file = openOrWhyNot(this.#source(source), path)
    if (typeof file === 'string') return null
    try {
      const { ids, size } = await this.#storer.storeRange(file, task, !isCompressed(path), ignore, this.#cancel)
      return size === task.length ? ids : null
    } catch (error) {
      if (isReadFailure(error)) return null
      throw error
    } finally {
      file.close()
    }
  }

  #source(number: number): OpensFiles {
    const source = this.#sources[number]
    if (!source) throw new RangeError('lane: no such source')
    return source
  }
}

const ignore = (): void => undefined
