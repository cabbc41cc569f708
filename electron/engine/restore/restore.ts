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
import { type LostBranch, readTree } from '#engine/repository/tree-reader.ts'
import { type BytePath, fromText, toText } from '#engine/source/byte-path.ts'
import { isRestored } from './is-restored.ts'
import { placeOf } from './layout.ts'
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

type Missing = { path: string; code: 'damaged' | 'list-damaged' }
type Note = { path: string; code: 'renamed' | 'link-not-created'; as: string }
type FolderEntry = Extract<TreeEntry, { kind: 'folder' }>
type FileEntry = Extract<TreeEntry, { kind: 'file' }>

/**
 * Writes the content of a snapshot into a folder: one source straight into it, several into a folder each. Every file
 * is checked part by part; what cannot be had is listed and the rest is restored. Where a piece of the file list itself
 * is damaged, the names in it are not known: `missing` then has the path from which on files may be missing, with the
 * code `list-damaged`.
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
  readonly #target: RestoreTarget
  readonly #done = { doneFiles: 0, totalFiles: 0, doneBytes: 0, totalBytes: 0 }
  #files = 0
  #bytes = 0
  #toldAtMs = 0

  constructor(repository: OpenRepository, options: RestoreOptions) {
    this.#repository = repository
    this.#options = options
    this.#selection = new Selection(options.only.map(fromText))
    this.#target = new RestoreTarget(options.to, (path, as) =>
      this.#notes.push({ path: toText(path), code: 'renamed', as }),
    )
  }

  async run(): Promise<RestoreOutcome> {
    const startedMs = this.#options.now()
    const { table } = await loadParts(this.#repository, 'all')
    const reader = new PartReader(this.#repository.keyring, this.#repository.destination, table, this.#repository.zstd)
    await this.#survey(reader)
    const { isResumed } = this.#target.prepare(this.#journal(), (journal) => this.#isSameRun(journal))
    try {
      for (const source of this.#sources) await this.#restoreSource(source, reader, isResumed)
    } catch (error) {
      this.#target.pause()
      throw error
    }
    this.#target.end()
    const { id } = this.#options.snapshot.summary
    const seconds = (this.#options.now() - startedMs) / 1000
    return { snapshot: id, files: this.#files, bytes: this.#bytes, missing: this.#missing, notes: this.#notes, seconds }
  }

  get #sources(): readonly SnapSource[] {
    return this.#options.snapshot.body.sources
  }

  /** Counts what is to be done, and finds out whether everything that was asked for is there. */
  async #survey(reader: PartReader): Promise<void> {
    let isListWhole = true
    const lost = (): void => {
      isListWhole = false
    }
    for (const source of this.#sources) {
      if (this.#sources.length > 1) this.#selection.has(placeOf(this.#sources, source, ''))
      for await (const leaf of this.#leaves(source, reader, lost)) {
        for (const entry of leaf) {
          if (!this.#selection.has(placeOf(this.#sources, source, entry.path)) || entry.kind !== 'file') continue
          this.#done.totalFiles++
          this.#done.totalBytes += entry.size
        }
      }
    }
    const unmatched = this.#selection.unmatched()
    if (unmatched.length === 0) return
    if (isListWhole) throw new BackupError('not-found', { reason: 'path', count: unmatched.length })
    for (const path of unmatched) this.#missing.push({ path: toText(path), code: 'damaged' })
  }

  #leaves(
    source: SnapSource,
    reader: PartReader,
    onLost: (lost: LostBranch) => void,
  ): AsyncGenerator<readonly TreeEntry[]> {
    return readTree(source, (type, id) => reader.read(type, id), onLost)
  }

  async #restoreSource(source: SnapSource, reader: PartReader, isResumed: boolean): Promise<void> {
    const folders: FolderEntry[] = []
    const top = placeOf(this.#sources, source, '')
    if (this.#sources.length > 1 && source.kind === 'folder' && this.#selection.has(top)) this.#target.makeFolder(top)
    const lost = ({ firstPath }: LostBranch): void => {
      const path = placeOf(this.#sources, source, firstPath)
      if (this.#selection.mayFollow(path)) this.#missing.push({ path: toText(path) || '.', code: 'list-damaged' })
    }
    for await (const leaf of this.#leaves(source, reader, lost)) {
      for (const entry of leaf) {
        this.#options.signal?.throwIfAborted()
        const path = placeOf(this.#sources, source, entry.path)
        if (!this.#selection.has(path)) continue
        if (entry.kind === 'folder') {
          this.#target.makeFolder(path)
          folders.push({ ...entry, path })
        } else if (entry.kind === 'link')
          this.#notes.push({ path: toText(path), code: 'link-not-created', as: toText(entry.target) })
        else await this.#restoreFile(path, entry, reader, isResumed)
      }
      await new Promise((done) => setImmediate(done)) // cancel and progress get their turn
    }
    this.#target.finishFolders(folders)
  }

  async #restoreFile(path: BytePath, entry: FileEntry, reader: PartReader, isResumed: boolean): Promise<void> {
    try {
      await this.#writeFile(path, entry, reader, isResumed)
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (error.code !== 'damaged') throw error
      this.#missing.push({ path: toText(path), code: 'damaged' })
      this.#done.doneFiles++
      return
    }
    this.#files++
    this.#bytes += entry.size
    this.#done.doneFiles++
    this.#tell()
  }

  async #writeFile(
    path: BytePath,
    { content, size, mtimeUs, attributes }: FileEntry,
    reader: PartReader,
    isResumed: boolean,
  ): Promise<void> {
    const { keyring } = this.#repository
    const file = await this.#target.createFile(
      path,
      size,
      isResumed ? (readAt) => isRestored(content, size, readAt, { keyring, reader }) : null,
    )
    if (!file) return this.#wrote(size)
    try {
      await writeContent(content, size, file, {
        reader,
        pageKey: keyring.ids.page,
        onBytes: (bytes) => this.#wrote(bytes),
        signal: this.#options.signal,
      })
    } catch (error) {
      file.abandon()
      throw error
    }
    file.finish(mtimeUs, attributes)
  }

  #wrote(bytes: number): void {
    this.#done.doneBytes += bytes
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
