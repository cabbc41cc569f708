import { BackupError } from '#common/errors.ts'
import { MAX_PART_BYTES, PART_TYPE } from '#engine/repository/part.ts'
import { type Content, MAX_DIRECT_PARTS, MAX_IDS_IN_LIST } from '#engine/repository/tree-entry.ts'
import type { BytePath } from '#engine/source/byte-path.ts'
import { isCompressed } from '#engine/source/file-kind.ts'
import type { SkipCode, Source, SourceFile } from '#engine/source/source.ts'
import type { PartStore } from './part-store.ts'
import type { DatabaseStorer } from './store-database.ts'

/** A file as it was stored: what was read, with the times it had while it was read. */
export type StoredFile = Readonly<{ content: Content; size: number; mtimeUs: number; isSteady: boolean }>

/** A file to be read, and the content of its last version. */
export type FileToRead = Readonly<{ source: Source; path: BytePath; before: Content | null }>

const TRIES = 3

/** Reads files into one buffer of its own and stores what is new. */
export class FileStorer {
  readonly #store: PartStore
  readonly #databases: DatabaseStorer
  readonly #buffer = new Uint8Array(MAX_PART_BYTES)

  constructor(store: PartStore, databases: DatabaseStorer) {
    this.#store = store
    this.#databases = databases
  }

  /**
   * Stores one file. A file that changes while it is read is read again, three times at most; then what was read last
   * is kept and marked as not steady.
   *
   * @returns why it was left out, when it could not be read.
   */
  async store(
    file: FileToRead,
    onBytes: (bytes: number) => void,
    signal?: AbortSignal,
  ): Promise<StoredFile | SkipCode> {
    for (let attempt = 1; attempt < TRIES; attempt++) {
      const stored = await this.#tryOnce(file, true, attempt === 1 ? onBytes : ignore, signal)
      if (typeof stored === 'string' || stored?.isSteady) return stored
    }
    return (await this.#tryOnce(file, false, ignore, signal)) ?? 'changing'
  }

  /** Null: it did not hold still, and by page nothing was kept of it. */
  async #tryOnce(
    { source, path, before: lastVersion }: FileToRead,
    mayBePaged: boolean,
    onBytes: (bytes: number) => void,
    signal?: AbortSignal,
  ): Promise<StoredFile | SkipCode | null> {
    let file: SourceFile | null
    try {
      file = source.open(path)
    } catch {
      return 'unreadable'
    }
    if (!file) return 'vanished'
    try {
      const before = file.look()
      const pageSize = mayBePaged ? this.#databases.pageSizeOf(file, before.size) : null
      if (pageSize !== null) {
        const pages = await this.#databases.store(file, before.size, pageSize, lastVersion, onBytes, signal)
        const after = file.look()
        if (!pages || before.size !== after.size || before.mtimeUs !== after.mtimeUs) return null
        return { content: pages, size: before.size, mtimeUs: after.mtimeUs, isSteady: true }
      }
      const { ids, size } = await this.#parts(file, before.size, !isCompressed(path), onBytes, signal)
      const after = file.look()
      const content = await this.#store.putIds(ids, MAX_DIRECT_PARTS, MAX_IDS_IN_LIST)
      const isSteady = size === before.size && size === after.size && before.mtimeUs === after.mtimeUs
      return { content, size, mtimeUs: after.mtimeUs, isSteady }
    } catch (error) {
      if (error instanceof BackupError || !isReadFailure(error)) throw error
      return 'unreadable'
    } finally {
      file.close()
    }
  }

  async #parts(
    file: SourceFile,
    expected: number,
    compress: boolean,
    onBytes: (bytes: number) => void,
    signal?: AbortSignal,
  ) {
    const ids: Uint8Array[] = []
    let size = 0
    while (size < expected) {
      signal?.throwIfAborted()
      const part = this.#buffer.subarray(0, Math.min(MAX_PART_BYTES, expected - size))
      const got = file.read(part)
      if (got === 0) break
      ids.push(await this.#store.put(PART_TYPE.data, part.subarray(0, got), compress))
      size += got
      onBytes(got)
      if (expected > MAX_PART_BYTES) await new Promise((done) => setImmediate(done))
    }
    return { ids, size }
  }
}

const ignore = (): void => undefined

const isReadFailure = (error: unknown): boolean => {
  const { syscall, code } = error as NodeJS.ErrnoException
  return syscall === 'read' || syscall === 'fstat' || code === 'EIO' || code === 'EBUSY' || code === 'EACCES'
}
