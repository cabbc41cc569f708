import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { MIN_PAGED_BYTES } from '#engine/pages/sqlite-header.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { SnapSource } from '#engine/repository/record.ts'
import { chooseSnapshot } from '#engine/repository/snapshots.ts'
import type { TreeEntry } from '#engine/repository/tree-entry.ts'
import { readTree } from '#engine/repository/tree-reader.ts'
import { type ContentSink, writeContent } from '#engine/restore/write-content.ts'
import { isSoundDatabase } from '#engine/sqlite/is-sound.ts'
import { rememberVerified } from '#engine/verification/reread-log.ts'

type FileEntry = Extract<TreeEntry, { kind: 'file' }>

/** What was proven. `files` and `databases` count those that are whole; `broken` the others, which are not named. */
export type Proof = Readonly<{ ok: boolean; files: number; databases: number; broken: number; seconds: number }>

export type ProveOptions = Readonly<{
  /** A folder of this device's own; databases lie in it for the moment in which SQLite examines them. */
  folder: string
  now: () => number
  signal?: AbortSignal
}>

/**
 * Restores the newest snapshot from the place alone, without keeping it: every file's bytes are fetched and proven, and
 * every database is opened by SQLite and examined. What this device remembers of the backup is not used.
 *
 * Databases have to lie on the disk for that, readable only by this user, one after another, and are removed at once;
 * what a proof that was cut off left behind is removed by the next.
 *
 * @throws BackupError `not-found` when there is no snapshot, `damaged` when the newest record does not open
 */
export async function prove(repository: OpenRepository, options: ProveOptions): Promise<Proof> {
  const startedMs = options.now()
  const snapshot = await chooseSnapshot(repository, null)
  const { table } = await loadParts(repository, 'all')
  const reader = new PartReader(repository.keyring, repository.destination, table, repository.zstd)
  const counts = { files: 0, databases: 0, broken: 0 }
  const top = join(options.folder, 'proof')
  fs.rmSync(top, { recursive: true, force: true })
  try {
    for (const source of snapshot.body.sources) {
      const proof = new SourceProof(repository, reader, top, counts, options.signal)
      await proof.run(source)
    }
  } finally {
    fs.rmSync(top, { recursive: true, force: true })
  }
  if (counts.broken === 0) {
    const { deviceId, seq } = snapshot.stored.record
    await rememberVerified(repository, { deviceId, seq, atUs: Math.round(options.now() * 1000) }) // it stays from now on
  }
  return { ok: counts.broken === 0, ...counts, seconds: (options.now() - startedMs) / 1000 }
}

class SourceProof {
  readonly #repository: OpenRepository
  readonly #reader: PartReader
  readonly #top: string
  readonly #counts: { files: number; databases: number; broken: number }
  readonly #signal: AbortSignal | undefined
  /** Databases come before their `-wal` in the order of the tree, so they wait until all entries are known. */
  readonly #databases: FileEntry[] = []
  readonly #wals = new Map<string, FileEntry>()

  constructor(
    repository: OpenRepository,
    reader: PartReader,
    top: string,
    counts: { files: number; databases: number; broken: number },
    signal: AbortSignal | undefined,
  ) {
    this.#repository = repository
    this.#reader = reader
    this.#top = top
    this.#counts = counts
    this.#signal = signal
  }

  async run(source: SnapSource): Promise<void> {
    const lost = ({ files }: { files: number }): void => {
      this.#counts.broken += Math.max(files, 1)
    }
    for await (const leaf of readTree(source, (type, id) => this.#reader.read(type, id), lost)) {
      for (const entry of leaf) if (entry.kind === 'file') await this.#file(entry)
    }
    for (const entry of this.#databases) await this.#database(entry)
  }

  async #file(entry: FileEntry): Promise<void> {
    if (entry.content.kind === 'pages') return void this.#databases.push(entry)
    const start = new StartOfFile()
    if (!(await this.#write(entry, start))) return
    if (entry.path.endsWith('-wal')) this.#wals.set(entry.path, entry)
    if (start.isDatabase && entry.size < MIN_PAGED_BYTES) this.#databases.push(entry)
    else this.#counts.files++
  }

  async #database(entry: FileEntry): Promise<void> {
    const folder = join(this.#top, randomBytes(8).toString('hex'))
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    try {
      const path = join(folder, 'database')
      if (!(await this.#writeTo(entry, path))) return
      const wal = this.#wals.get(`${entry.path}-wal`)
      if (wal && wal.size > 0) await this.#writeTo(wal, `${path}-wal`)
      if (await isSoundDatabase(path)) {
        this.#counts.files++
        this.#counts.databases++
      } else this.#counts.broken++
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }

  async #writeTo(entry: FileEntry, path: string): Promise<boolean> {
    const fd = fs.openSync(path, 'wx', 0o600)
    try {
      return await this.#write(entry, {
        write: (bytes) => void fs.writeSync(fd, bytes),
        writeAt: (bytes, offset) => void fs.writeSync(fd, bytes, 0, bytes.length, offset),
      })
    } catch (error) {
      throw diskFailure(error)
    } finally {
      fs.closeSync(fd)
    }
  }

  /** False, and counted, when the file is not whole at the place. */
  async #write(entry: FileEntry, sink: ContentSink): Promise<boolean> {
    const options = { reader: this.#reader, pageKey: this.#repository.keyring.ids.page, signal: this.#signal }
    try {
      await writeContent(entry.content, entry.size, sink, { ...options, onBytes: () => undefined })
      return true
    } catch (error) {
      if (BackupError.from(error).code !== 'damaged') throw error
      this.#counts.broken++
      return false
    }
  }
}

/** Keeps nothing of a file but what its first bytes say. */
class StartOfFile implements ContentSink {
  isDatabase = false
  #isFirst = true

  write(bytes: Uint8Array): void {
    if (this.#isFirst) this.isDatabase = Buffer.from(bytes.subarray(0, 16)).toString('latin1') === 'SQLite format 3\0'
    this.#isFirst = false
  }

  writeAt(): void {
    // only files kept by page are written this way, and they are databases by their kind
  }
}

function diskFailure(error: unknown): BackupError {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' ? new BackupError('disk-full', {}, error) : BackupError.from(error)
}
