import type { DoneCount, RestoreOutcome } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { SnapSource } from '#engine/repository/record.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import type { TreeEntry } from '#engine/repository/tree-entry.ts'
import { type LostBranch, readTree } from '#engine/repository/tree-reader.ts'
import { type BytePath, comparePaths, fromText, toText } from '#engine/source/byte-path.ts'
import { hireCrew } from './crew.ts'
import { Dealer } from './dealer.ts'
import { isRestored } from './is-restored.ts'
import type { FileEntry } from './large-file.ts'
import { placeOf } from './layout.ts'
import { type IsSame, RestoreTarget } from './restore-target.ts'
import { Selection } from './selection.ts'

export type RestoreOptions = Readonly<{
  snapshot: Snapshot
  to: string
  only: readonly string[] // paths as they would lie under `to`, with `/`; empty means everything
  now: () => number
  /** How many threads write files; left out, as many as there is work for. */
  workers?: number
  onProgress?: (done: DoneCount) => void
  signal?: AbortSignal
}>

type Missing = { path: string; code: 'damaged' | 'list-damaged' }
type Note = { path: string; code: 'renamed' | 'link-not-created'; as: string }
type Dealing = Readonly<{ dealer: Dealer; folders: FolderEntry[]; isResumed: boolean }>
type FolderEntry = Extract<TreeEntry, { kind: 'folder' }>

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
      await this.#write(reader, table, isResumed)
    } catch (error) {
      this.#target.pause()
      throw error
    }
    this.#target.end()
    const { id } = this.#options.snapshot.summary
    const seconds = (this.#options.now() - startedMs) / 1000
    return { snapshot: id, files: this.#files, bytes: this.#bytes, missing: this.#missing, notes: this.#notes, seconds }
  }

  async #write(reader: PartReader, table: PartTable, isResumed: boolean): Promise<void> {
    const { workers, signal } = this.#options
    const crew = hireCrew(this.#repository, { totalBytes: this.#done.totalBytes, workers, signal })
    const dealer = new Dealer({
      crew,
      target: this.#target,
      table,
      reader,
      onBytes: (bytes) => this.#wrote(bytes),
      onFile: (path, size, isWhole) => this.#ended(path, size, isWhole),
      signal,
    })
    const folders: FolderEntry[] = []
    try {
      for (const source of this.#sources) {
        await this.#restoreSource(source, reader, { dealer, folders, isResumed })
      }
      await dealer.finish()
    } catch (error) {
      await dealer.abandon()
      throw error
    } finally {
      await crew.close()
    }
    this.#target.finishFolders(folders)
    const rank = ({ code }: Missing): number => (code === 'damaged' ? 0 : 1)
    this.#missing.sort((a, b) => rank(a) - rank(b) || comparePaths(fromText(a.path), fromText(b.path)))
  }

  get #sources(): readonly SnapSource[] {
    return this.#options.snapshot.body.sources
  }

  /** Counts what is to be done, and finds out whether everything that was asked for is there. */
  async #survey(reader: PartReader): Promise<void> {
    if (this.#selection.isEverything) {
      for (const { files, bytes } of this.#sources) {
        this.#done.totalFiles += files
        this.#done.totalBytes += bytes
      }
      return
    }
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

  async #restoreSource(source: SnapSource, reader: PartReader, { dealer, folders, isResumed }: Dealing): Promise<void> {
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
        else await this.#restoreFile(path, entry, reader, { dealer, isResumed })
      }
      await new Promise((done) => setImmediate(done)) // cancel and progress get their turn
    }
  }

  async #restoreFile(
    path: BytePath,
    entry: FileEntry,
    reader: PartReader,
    { dealer, isResumed }: Omit<Dealing, 'folders'>,
  ): Promise<void> {
    const { keyring } = this.#repository
    const { content, size } = entry
    const isSame: IsSame | null = isResumed ? (readAt) => isRestored(content, size, readAt, { keyring, reader }) : null
    try {
      const place = await this.#target.placeFor(path, size, isSame)
      if (place) return await dealer.file(path, entry, place)
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (error.code !== 'damaged') throw error
      return this.#ended(path, size, false)
    }
    this.#wrote(size)
    this.#ended(path, size, true)
  }

  #ended(path: BytePath, size: number, isWhole: boolean): void {
    this.#done.doneFiles++
    if (isWhole) {
      this.#files++
      this.#bytes += size
    } else this.#missing.push({ path: toText(path), code: 'damaged' })
    this.#tell()
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
