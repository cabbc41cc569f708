import * as fs from 'node:fs'
import { basename, resolve, sep, toNamespacedPath } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { MAX_FILE_BYTES } from '#engine/repository/tree-entry.ts'
import { systemCode } from '#engine/system-error.ts'
import { type BytePath, fromFileBytes, fromText, toFileBytes } from './byte-path.ts'
import {
  ATTRIBUTE,
  type ScannedEntry,
  type Skipped,
  type Source,
  type SourceAddress,
  type SourceFile,
} from './source.ts'

const BATCH = 512
const MAX_PATH_BYTES = 65_535
const MAX_DEPTH = 256

/**
 * A folder of chats, or one file, on a local disk. Links are recorded and never followed. Calls are synchronous on
 * purpose: they cost a third of the asynchronous ones, and the engine has a process of its own.
 */
export class FolderSource implements Source {
  readonly kind: 'folder' | 'file'
  readonly #top: Buffer // of a single file: the file itself
  readonly #only: BytePath | null // its name, under which it is kept
  readonly #leftOut: ReadonlySet<string>

  /** @param leaveOut - folders that are no part of the source even when they lie inside it. */
  constructor(path: string, leaveOut: readonly string[] = []) {
    const given = resolve(path)
    const { real, kind } = lookAtTop(given)
    this.kind = kind
    this.#only = kind === 'file' ? fromText(basename(given)) : null
    this.#top = Buffer.from(toNamespacedPath(real))
    this.#leftOut = new Set(leaveOut.flatMap(identityOf))
  }

  async *scan(skip: (skipped: Skipped) => void, signal?: AbortSignal): AsyncIterable<readonly ScannedEntry[]> {
    let batch: ScannedEntry[] = []
    for (const entry of this.#walk(skip)) {
      batch.push(entry)
      if (batch.length < BATCH) continue
      signal?.throwIfAborted()
      yield batch
      batch = []
      await new Promise((done) => setImmediate(done)) // cancel and progress get their turn
    }
    signal?.throwIfAborted()
    if (batch.length > 0) yield batch
  }

  get address(): SourceAddress {
    return { top: Uint8Array.from(this.#top), only: this.#only } // not a view of memory that others use
  }

  open(path: BytePath): SourceFile | null {
    return openFile({ top: this.#top, only: this.#only }, path)
  }

  *#walk(skip: (skipped: Skipped) => void): Generator<ScannedEntry> {
    if (this.#only === null) yield* this.#folder('', this.#top, 0, skip)
    else {
      const entry = this.#entry(this.#only, this.#top, ({ code }) => {
        throw new BackupError('source-unreadable', { reason: code })
      })
      if (entry) yield entry
    }
  }

  *#folder(path: BytePath, full: Buffer, depth: number, skip: (skipped: Skipped) => void): Generator<ScannedEntry> {
    for (const name of this.#names(path, full, skip)) {
      const childPath = path === '' ? name : `${path}/${name}`
      if (childPath.length > MAX_PATH_BYTES || depth >= MAX_DEPTH) {
        skip({ path: childPath, code: 'too-long' })
        continue
      }
      const childFull = inside(full, toFileBytes(name))
      const entry = this.#entry(childPath, childFull, skip)
      if (!entry) continue
      yield entry
      if (entry.kind === 'folder') yield* this.#folder(childPath, childFull, depth + 1, skip)
    }
  }

  #names(path: BytePath, full: Buffer, skip: (skipped: Skipped) => void): BytePath[] {
    try {
      const names = fs.readdirSync(full, { encoding: 'buffer' }).map(fromFileBytes).sort(compareBytes)
      return names.filter((name, i) => name !== names[i - 1]) // a folder that changes may be listed with a name twice
    } catch (error) {
      if (path === '') throw new BackupError('source-unreadable', { reason: systemCode(error) }, error)
      skip({ path, code: systemCode(error) === 'ENOENT' ? 'vanished' : 'unreadable' })
      return []
    }
  }

  #entry(path: BytePath, full: Buffer, skip: (skipped: Skipped) => void): ScannedEntry | null {
    try {
      const stat = fs.lstatSync(full, { bigint: true })
      const common = {
        path,
        mtimeUs: microseconds(stat.mtimeNs),
        ctimeUs: microseconds(stat.ctimeNs),
        inode: Number(stat.ino & 0x1fffffffffffffn),
        attributes: attributesOf(Number(stat.mode)),
      }
      if (stat.isDirectory()) {
        if (this.#leftOut.has(`${stat.dev}:${stat.ino}`)) return null
        return { ...common, kind: 'folder', size: 0, target: null }
      }
      if (stat.isFile()) {
        const size = Number(stat.size)
        if (size <= MAX_FILE_BYTES) return { ...common, kind: 'file', size, target: null }
        skip({ path, code: 'too-long' })
        return null
      }
      if (stat.isSymbolicLink()) {
        const target = fromFileBytes(fs.readlinkSync(full, { encoding: 'buffer' }))
        return { ...common, kind: 'link', size: 0, target }
      }
      skip({ path, code: 'not-a-file' })
    } catch (error) {
      skip({ path, code: systemCode(error) === 'ENOENT' ? 'vanished' : 'unreadable' })
    }
    return null
  }
}

/** Opens a file of a folder source that lies at this address. */
export function openFile(address: SourceAddress, path: BytePath): SourceFile | null {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants // a pipe put in its place must not block
  let fd: number
  try {
    fd = fs.openSync(fullPath(address, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(systemCode(error))) return null
    throw error
  }
  if (!fs.fstatSync(fd).isFile()) {
    fs.closeSync(fd)
    return null
  }
  return {
    read: (buffer) => readFully(fd, buffer, null),
    readAt: (buffer, offset) => readFully(fd, buffer, offset),
    look() {
      const stat = fs.fstatSync(fd, { bigint: true })
      return { size: Number(stat.size), mtimeUs: microseconds(stat.mtimeNs) }
    },
    close: () => fs.closeSync(fd),
  }
}

/** The path of a file as the system takes it. */
function fullPath({ top, only }: SourceAddress, path: BytePath): Buffer {
  const whole = Buffer.from(top.buffer, top.byteOffset, top.length)
  if (only !== null) return whole
  return inside(whole, toFileBytes(sep === '/' ? path : path.replaceAll('/', sep)))
}

/** Windows takes long paths only in its own notation (`\\?\C:\…`), and there only its own separator, once. */
const SEPARATOR = Buffer.from(sep)
const inside = (folder: Buffer, name: Buffer): Buffer =>
  Buffer.concat(folder.at(-1) === SEPARATOR[0] ? [folder, name] : [folder, SEPARATOR, name])

/** Fills the buffer unless the file ends before; from where reading stopped last when no offset is given. */
function readFully(fd: number, buffer: Uint8Array, offset: number | null): number {
  let done = 0
  while (done < buffer.length) {
    const got = fs.readSync(fd, buffer, done, buffer.length - done, offset === null ? null : offset + done)
    if (got === 0) break
    done += got
  }
  return done
}

const compareBytes = (a: BytePath, b: BytePath): number => (a < b ? -1 : a > b ? 1 : 0)

/** Where the source really lies; what it is reached by may be a link, which is the person's own choice. */
function lookAtTop(path: string): Readonly<{ real: string; kind: 'folder' | 'file' }> {
  try {
    const real = fs.realpathSync.native(path)
    const stat = fs.statSync(real)
    if (stat.isDirectory()) return { real, kind: 'folder' }
    if (!stat.isFile()) throw new BackupError('source-unreadable', { name: basename(path), reason: 'not-a-file' })
    fs.closeSync(fs.openSync(real, 'r')) // trying is the only question that every system answers rightly
    return { real, kind: 'file' }
  } catch (error) {
    if (error instanceof BackupError) throw error
    throw new BackupError('source-unreadable', { name: basename(path), reason: systemCode(error) }, error)
  }
}

function identityOf(path: string): string[] {
  try {
    const stat = fs.statSync(path, { bigint: true })
    return [`${stat.dev}:${stat.ino}`]
  } catch {
    return [] // what is not there cannot lie inside
  }
}

/**
 * Whole microseconds, rounded down also before 1970. A time that the format cannot hold (285 years from 1970; some file
 * systems go further) becomes the nearest one that it can.
 */
function microseconds(nanoseconds: bigint): number {
  const whole = nanoseconds / 1000n
  const exact = Number(nanoseconds < 0n && whole * 1000n !== nanoseconds ? whole - 1n : whole)
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(exact, Number.MAX_SAFE_INTEGER))
}

function attributesOf(mode: number): number {
  if (process.platform === 'win32') return (mode & 0o200) === 0 ? ATTRIBUTE.readOnly : 0
  return (mode & ATTRIBUTE.modeMask) | ATTRIBUTE.modeIsReal
}
