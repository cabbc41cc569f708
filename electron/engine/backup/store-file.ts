import { BackupError } from '#common/errors.ts'
import type { PageLanes } from '#engine/pages/page-range.ts'
import { FramedPart, MAX_PART_BYTES, PART_TYPE } from '#engine/repository/part.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import type { BytePath } from '#engine/source/byte-path.ts'
import { isCompressed } from '#engine/source/file-kind.ts'
import type { OpensFiles, SkipCode, SourceFile } from '#engine/source/source.ts'
import type { PartStore } from './part-store.ts'
import { type DatabaseStorer, pageSizeIn } from './store-database.ts'

/** What a file was stored as: a page file, or the parts it was cut into. */
export type StoredBytes = Extract<Content, { kind: 'pages' }> | Readonly<{ kind: 'cut'; ids: readonly Uint8Array[] }>

/** A file as it was stored: what was read, with the times it had while it was read. */
export type StoredFile = Readonly<{ bytes: StoredBytes; size: number; mtimeUs: number; isSteady: boolean }>

/** A file to be read, and the content of its last version. */
export type FileToRead = Readonly<{
  source: OpensFiles
  path: BytePath
  before: Content | null
  /** Where a database is read in ranges beside each other. */
  lanes?: PageLanes | undefined
}>

/** Something that can be asked to stop. */
export type Cancel = Pick<AbortSignal, 'throwIfAborted'>

const TRIES = 3

/** Reads files into one buffer of its own and stores what is new. */
export class FileStorer {
  readonly #store: PartStore
  readonly #databases: DatabaseStorer | null
  readonly #part = new FramedPart(MAX_PART_BYTES)

  /** @param databases - null: files that are to be kept by page are left to somebody else. */
  constructor(store: PartStore, databases: DatabaseStorer | null) {
    this.#store = store
    this.#databases = databases
  }

  /**
   * Stores one file. A file that changes while it is read is read again, three times at most; then what was read last
   * is kept and marked as not steady.
   *
   * @returns why it was left out, when it could not be read; or `database` when it is somebody else's.
   */
  async store(
    file: FileToRead,
    onBytes: (bytes: number) => void = ignore,
    cancel?: Cancel,
  ): Promise<StoredFile | SkipCode | 'database'> {
    for (let attempt = 1; attempt < TRIES; attempt++) {
      const stored = await this.#tryOnce(file, true, attempt === 1 ? onBytes : ignore, cancel)
      if (typeof stored === 'string' || stored?.isSteady) return stored
    }
    return (await this.#tryOnce(file, false, ignore, cancel)) ?? 'changing'
  }

  /** Stores `length` bytes of an open file from `offset` on, cut in parts; fewer when the file ends before. */
  async storeRange(
    file: SourceFile,
    { offset, length }: Readonly<{ offset: number; length: number }>,
    compress: boolean,
    onBytes: (bytes: number) => void,
    cancel?: Cancel,
  ): Promise<Readonly<{ ids: readonly Uint8Array[]; size: number }>> {
    const ids: Uint8Array[] = []
    let size = 0
    while (size < length) {
      cancel?.throwIfAborted()
      const got = file.readAt(this.#part.plain(Math.min(MAX_PART_BYTES, length - size)), offset + size)
      if (got === 0) break
      ids.push(await this.#store.putFramed(PART_TYPE.data, this.#part, got, compress))
      size += got
      onBytes(got)
      if (length > MAX_PART_BYTES) await new Promise((done) => setImmediate(done))
    }
    return { ids, size }
  }

  /** Null: it did not hold still, and by page nothing was kept of it. */
  async #tryOnce(
    { source, path, before: lastVersion, lanes }: FileToRead,
    mayBePaged: boolean,
    onBytes: (bytes: number) => void,
    cancel?: Cancel,
  ): Promise<StoredFile | SkipCode | 'database' | null> {
    const file = openOrWhyNot(source, path)
    if (typeof file === 'string') return file
    try {
      const before = file.look()
      const pageSize = mayBePaged ? pageSizeIn(file, before.size) : null
      if (pageSize !== null) {
        if (!this.#databases) return 'database'
        const database = { file, fileBytes: before.size, pageSize, before: lastVersion, lanes }
        const pages = await this.#databases.store(database, onBytes, cancel)
        const after = file.look()
        if (!pages || before.size !== after.size || before.mtimeUs !== after.mtimeUs) return null
        return { bytes: pages, size: before.size, mtimeUs: after.mtimeUs, isSteady: true }
      }
      const all = { offset: 0, length: before.size }
      const { ids, size } = await this.storeRange(file, all, !isCompressed(path), onBytes, cancel)
      const after = file.look()
      const isSteady = size === before.size && size === after.size && before.mtimeUs === after.mtimeUs
      return { bytes: { kind: 'cut', ids }, size, mtimeUs: after.mtimeUs, isSteady }
    } catch (error) {
      if (error instanceof BackupError || !isReadFailure(error)) throw error
      return 'unreadable'
    } finally {
      file.close()
    }
  }
}

/** The file, open for reading, or why it has to be left out. */
export function openOrWhyNot(source: OpensFiles, path: BytePath): SourceFile | SkipCode {
  try {
    return source.open(path) ?? 'vanished'
  } catch {
    return 'unreadable'
  }
}

const ignore = (): void => undefined

/** Whether it was the file that could not be read, and not something of our own that failed. */
export const isReadFailure = (error: unknown): boolean => {
  const { syscall, code } = error as NodeJS.ErrnoException
  return syscall === 'read' || syscall === 'fstat' || code === 'EIO' || code === 'EBUSY' || code === 'EACCES'
}
