import type { DoneCount, RestoreOutcome } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { SnapSource } from '#engine/repository/record.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import type { TreeEntry } from '#engine/repository/tree-entry.ts'
import { readTree } from '#engine/repository/tree-reader.ts'
import { type BytePath, fromText, toText } from '#engine/source/byte-path.ts'
import { RestoreTarget } from './restore-target.ts'
import { Selection } from './selection.ts'
import { writeContent } from './write-content.ts'

export type RestoreOptions = Readonly<{
  snapshot: Snapshot
  to: string
  only: readonly string[] // paths as they would lie under `to`, with `/`; empty means everything
  now: () => number
  onProgress?: (done: DoneCount) => void
  signal?: AbortSignal
}>

type Missing = { path: string; code: string }
type Note = { path: string; code: string; as?: string }
type FolderEntry = Extract<TreeEntry, { kind: 'folder' }>
type FileEntry = Extract<TreeEntry, { kind: 'file' }>

/**
 * Writes the content of a snapshot into a folder: one source straight into it, several into a folder each. Every file
 * is checked part by part; what cannot be had is listed and the rest is restored.
 *
 * @throws BackupError `target-unusable`, `not-found` (an `only` path; then nothing was written), `disk-full`
 */
export async function restore(repository: OpenRepository, options: RestoreOptions): Promise<RestoreOutcome> {
  return new RestoreRun(repository, options).run()
}

class RestoreRun {
  readonly #repository: OpenRepository
  readonly #options: RestoreOptions
  readonly #missing: Missing[] = []
  readonly #notes: Note[] = []
  readonly #selection: Selection
  readonly #done = { doneFiles: 0, totalFiles: 0, doneBytes: 0, totalBytes: 0 }
  #files = 0
  #bytes = 0
  #toldAtMs = 0

  constructor(repository: OpenRepository, options: RestoreOptions) {
    this.#repository = repository
    this.#options = options
    this.#selection = new Selection(options.only.map(fromText))
  }

  async run(): Promise<RestoreOutcome> {
    const startedMs = this.#options.now()
    const { table } = await loadParts(this.#repository, 'all')
    const reader = new PartReader(this.#repository.keyring, this.#repository.destination, table, this.#repository.zstd)
    if (!this.#selection.isEverything) await this.#mustMatch(reader)
    const target = new RestoreTarget(this.#options.to, (path, as) =>
      this.#notes.push({ path: toText(path), code: 'renamed', as }),
    )
    const { isResumed } = target.prepare((journal) => this.#isSameRun(journal))
    if (!isResumed) target.writeJournal(this.#journal())
    try {
      await this.#count(reader)
      for (const source of this.#sources) await this.#restoreSource(source, reader, target, isResumed)
      target.end()
    } catch (error) {
      target.pause()
      throw error
    }
    const { id } = this.#options.snapshot.summary
    const seconds = (this.#options.now() - startedMs) / 1000
    return { snapshot: id, files: this.#files, bytes: this.#bytes, missing: this.#missing, notes: this.#notes, seconds }
  }

  get #sources(): readonly SnapSource[] {
    return this.#options.snapshot.body.sources
  }

  /** Where a source's entries lie under the target: several sources get a folder each. */
  #prefix(source: SnapSource): BytePath {
    return this.#sources.length > 1 ? `${fromText(source.label)}/` : ''
  }

  async #mustMatch(reader: PartReader): Promise<void> {
    for await (const { path } of this.#entries(reader)) this.#selection.has(path)
    const unmatched = this.#selection.unmatched()
    if (unmatched.length > 0) throw new BackupError('not-found', { reason: 'path', count: unmatched.length })
  }

  async #count(reader: PartReader): Promise<void> {
    for await (const { path, entry } of this.#entries(reader)) {
      if (entry.kind !== 'file' || !this.#selection.has(path)) continue
      this.#done.totalFiles++
      this.#done.totalBytes += entry.size
    }
  }

  async *#entries(reader: PartReader): AsyncGenerator<Readonly<{ path: BytePath; entry: TreeEntry }>> {
    for (const source of this.#sources) {
      const prefix = this.#prefix(source)
      if (prefix !== '')
        yield { path: prefix.slice(0, -1), entry: { kind: 'folder', path: '', mtimeUs: 0, attributes: 0 } }
      for await (const leaf of readTree(
        source,
        (type, id) => reader.read(type, id),
        () => undefined,
      )) {
        for (const entry of leaf) yield { path: prefix + entry.path, entry }
      }
    }
  }

  async #restoreSource(
    source: SnapSource,
    reader: PartReader,
    target: RestoreTarget,
    isResumed: boolean,
  ): Promise<void> {
    const prefix = this.#prefix(source)
    const folders: FolderEntry[] = []
    if (prefix !== '' && this.#selection.has(prefix.slice(0, -1))) target.makeFolder(prefix.slice(0, -1))
    const lost = ({ firstPath, files }: { firstPath: BytePath; files: number }): void => {
      this.#missing.push({ path: `${toText(prefix + firstPath)} (and what follows, ${files} files)`, code: 'damaged' })
    }
    for await (const leaf of readTree(source, (type, id) => reader.read(type, id), lost)) {
      for (const entry of leaf) {
        this.#options.signal?.throwIfAborted()
        const path = prefix + entry.path
        if (!this.#selection.has(path)) continue
        if (entry.kind === 'folder') {
          target.makeFolder(path)
          folders.push({ ...entry, path })
        } else if (entry.kind === 'link')
          this.#notes.push({ path: toText(path), code: 'link-not-created', as: toText(entry.target) })
        else await this.#restoreFile(path, entry, reader, target, isResumed)
      }
      await new Promise((done) => setImmediate(done))
    }
    target.finishFolders(folders)
  }

  async #restoreFile(
    path: BytePath,
    entry: FileEntry,
    reader: PartReader,
    target: RestoreTarget,
    isResumed: boolean,
  ): Promise<void> {
    const place = target.placeFile(path)
    if (isResumed && target.isFinished(place, entry.size, entry.mtimeUs)) {
      this.#done.doneBytes += entry.size
      this.#finished(entry.size)
      return
    }
    const file = target.createFile(place)
    try {
      await writeContent(entry.content, entry.size, file, {
        reader,
        pageKey: this.#repository.keyring.ids.page,
        onBytes: (bytes) => this.#wrote(bytes),
        signal: this.#options.signal,
      })
    } catch (thrown) {
      file.abandon()
      const error = BackupError.from(thrown)
      if (error.code !== 'damaged') throw error
      this.#missing.push({ path: toText(path), code: 'damaged' })
      this.#done.doneFiles++
      return
    }
    file.finish(entry.mtimeUs, entry.attributes)
    this.#finished(entry.size)
  }

  #wrote(bytes: number): void {
    this.#done.doneBytes += bytes
    this.#tell()
  }

  #finished(bytes: number): void {
    this.#files++
    this.#bytes += bytes
    this.#done.doneFiles++
    this.#tell()
  }

  #tell(): void {
    if (performance.now() - this.#toldAtMs < 100 && this.#done.doneFiles < this.#done.totalFiles) return
    this.#toldAtMs = performance.now()
    this.#options.onProgress?.({ ...this.#done })
  }

  /** Says which restore this is; sealed, because it names the selection. */
  #journal(): Uint8Array {
    const { keyring } = this.#repository
    return sealBox(keyring.current.state, 'restore', lp('keepsake1', 'restore', keyring.repoId), this.#journalPlain())
  }

  #journalPlain(): Uint8Array {
    return Buffer.from(
      JSON.stringify({ snapshot: this.#options.snapshot.stored.id, only: [...this.#options.only].sort() }),
    )
  }

  #isSameRun(journal: Uint8Array): boolean {
    const { keyring } = this.#repository
    const plain = openBox(keyring.current.state, 'restore', lp('keepsake1', 'restore', keyring.repoId), journal)
    return plain !== null && Buffer.compare(plain, this.#journalPlain()) === 0
  }
}
