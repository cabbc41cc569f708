import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { type BytePath, comparePaths, toFileBytes, toText } from '#engine/source/byte-path.ts'
import { ATTRIBUTE } from '#engine/source/source.ts'
import { systemCode } from '#engine/system-error.ts'
import { targetName } from './target-name.ts'

/** Names that a restore uses for itself at the top of its folder while it runs. */
export const JOURNAL_NAME = '.keepsake-restore'
const DRAFTS_NAME = '.keepsake-restore.drafts'

/** A file being written: hidden until it is whole. */
export type TargetFile = Readonly<{
  write(bytes: Uint8Array): void
  /** Like `write`, at an offset; does not move where `write` goes on. */
  writeAt(bytes: Uint8Array, offset: number): void
  /** Gives the file its times and mode and its name. */
  finish(mtimeUs: number, attributes: number): void
  abandon(): void
}>

/** Told when a name could not be kept as it was. */
export type Renamed = (path: BytePath, as: string) => void

/**
 * The folder that is restored into. Nothing outside it is ever written, nothing in it is ever overwritten: folders are
 * made one by one and must not be links, files are written as drafts and renamed into a free place.
 */
export class RestoreTarget {
  readonly path: string
  readonly #full: Buffer
  readonly #made = new Map<BytePath, Buffer>()
  readonly #taken = new Map<string, Set<string>>() // folder → lower-case NFC names given out in it
  readonly #renamed: Renamed

  /** @param renamed - told of every name that this system could not hold as it was. */
  constructor(path: string, renamed: Renamed) {
    this.path = resolve(path)
    this.#full = Buffer.from(this.path)
    this.#renamed = renamed
  }

  /**
   * Makes the folder, or accepts it when it is empty or holds only what an interrupted restore left.
   *
   * @throws BackupError `target-unusable`
   */
  prepare(isResume: (journal: Uint8Array) => boolean): Readonly<{ isResumed: boolean }> {
    try {
      fs.mkdirSync(this.path, { recursive: true })
      const names = fs.readdirSync(this.path)
      const journal = names.includes(JOURNAL_NAME) ? fs.readFileSync(join(this.path, JOURNAL_NAME)) : null
      const isResumed = journal !== null && isResume(new Uint8Array(journal))
      if (names.length > 0 && !isResumed)
        throw new BackupError('target-unusable', { reason: 'not-empty', name: basename(this.path) })
      fs.rmSync(join(this.path, DRAFTS_NAME), { recursive: true, force: true })
      fs.mkdirSync(join(this.path, DRAFTS_NAME), { mode: 0o700 })
      return { isResumed }
    } catch (error) {
      throw targetFailure(error)
    }
  }

  writeJournal(bytes: Uint8Array): void {
    try {
      fs.writeFileSync(join(this.path, JOURNAL_NAME), bytes, { flag: 'w', mode: 0o600 })
    } catch (error) {
      throw targetFailure(error)
    }
  }

  /** Takes the journal and the drafts away; the restore has ended. */
  end(): void {
    fs.rmSync(join(this.path, DRAFTS_NAME), { recursive: true, force: true })
    fs.rmSync(join(this.path, JOURNAL_NAME), { force: true })
  }

  /** Takes only drafts away: an interrupted restore can go on later. */
  pause(): void {
    fs.rmSync(join(this.path, DRAFTS_NAME), { recursive: true, force: true })
  }

  /** Makes a folder and everything above it. */
  makeFolder(path: BytePath): Buffer {
    if (path === '') return this.#full
    const known = this.#made.get(path)
    if (known) return known
    const slash = path.lastIndexOf('/')
    const parentPath = path.slice(0, Math.max(slash, 0))
    const parent = this.makeFolder(parentPath)
    const full = Buffer.concat([parent, SEPARATOR, this.#freeName(path, parentPath, path.slice(slash + 1))])
    try {
      fs.mkdirSync(full, { mode: 0o700 })
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || !fs.lstatSync(full).isDirectory()) throw targetFailure(error)
    }
    this.#made.set(path, full)
    return full
  }

  /** Where a file will lie; asked once for each path. */
  placeFile(path: BytePath): Buffer {
    const slash = path.lastIndexOf('/')
    const parentPath = path.slice(0, Math.max(slash, 0))
    return Buffer.concat([
      this.makeFolder(parentPath),
      SEPARATOR,
      this.#freeName(path, parentPath, path.slice(slash + 1)),
    ])
  }

  /** True when an interrupted restore finished this file: drafts get their name only when they are whole. */
  isFinished(place: Buffer, size: number, mtimeUs: number): boolean {
    try {
      const stat = fs.lstatSync(place, { bigint: true })
      return stat.isFile() && Number(stat.size) === size && Number(stat.mtimeNs / 1000n) === mtimeUs
    } catch {
      return false
    }
  }

  createFile(place: Buffer): TargetFile {
    const draft = join(this.path, DRAFTS_NAME, randomBytes(8).toString('hex'))
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = fs.constants
    let fd: number
    try {
      fd = fs.openSync(draft, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600)
    } catch (error) {
      throw targetFailure(error)
    }
    return {
      write: (bytes) => writeFully(fd, bytes, null),
      writeAt: (bytes, offset) => writeFully(fd, bytes, offset),
      finish(mtimeUs, attributes) {
        try {
          fs.futimesSync(fd, seconds(mtimeUs), seconds(mtimeUs))
          if (attributes & ATTRIBUTE.modeIsReal) fs.fchmodSync(fd, attributes & ATTRIBUTE.modeMask)
          fs.closeSync(fd)
          moveToFreePlace(draft, place)
        } catch (error) {
          throw targetFailure(error)
        }
      },
      abandon() {
        fs.closeSync(fd)
        fs.rmSync(draft, { force: true })
      },
    }
  }

  /** Gives folders their times and modes, deepest first; a folder's own time changes while things are put into it. */
  finishFolders(folders: readonly Readonly<{ path: BytePath; mtimeUs: number; attributes: number }>[]): void {
    for (const { path, mtimeUs, attributes } of [...folders].sort((a, b) => comparePaths(b.path, a.path))) {
      const full = this.makeFolder(path)
      try {
        fs.utimesSync(full, seconds(mtimeUs), seconds(mtimeUs))
        if (attributes & ATTRIBUTE.modeIsReal) fs.chmodSync(full, attributes & ATTRIBUTE.modeMask)
      } catch (error) {
        throw targetFailure(error)
      }
    }
  }

  /** A name that this system can hold and that is free in its folder; changed names are told. */
  #freeName(path: BytePath, parentPath: BytePath, name: BytePath): Buffer {
    const taken = this.#taken.get(parentPath) ?? new Set(parentPath === '' ? [JOURNAL_NAME, DRAFTS_NAME] : [])
    this.#taken.set(parentPath, taken)
    const held = targetName(name, process.platform)
    let free = held
    for (let n = 2; taken.has(collisionKey(free)); n++) free = withSuffix(held, n)
    taken.add(collisionKey(free))
    if (free !== name) this.#renamed(path, toText(free))
    return toFileBytes(free)
  }
}

const SEPARATOR = Buffer.from('/')

/** Names that a system takes for the same get the same key: case and composition do not matter on Windows and macOS. */
const collisionKey = (name: BytePath): string =>
  process.platform === 'linux' ? name : toText(name).normalize('NFC').toLowerCase()

function withSuffix(name: BytePath, n: number): BytePath {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? `${name.slice(0, dot)} (${n})${name.slice(dot)}` : `${name} (${n})`
}

/** `utimes` takes seconds as a double; half a microsecond more survives its rounding down. */
const seconds = (us: number): number => (us + 0.5) / 1e6

function moveToFreePlace(draft: string, place: Buffer): void {
  try {
    fs.linkSync(draft, place) // refuses a name that is taken, in one step
    fs.unlinkSync(draft)
    return
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EISDIR'].includes(systemCode(error))) throw error
  }
  if (fs.lstatSync(place, { throwIfNoEntry: false }))
    throw Object.assign(new Error('name is taken'), { code: 'EEXIST' })
  fs.renameSync(draft, place)
}

function writeFully(fd: number, bytes: Uint8Array, offset: number | null): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, offset === null ? null : offset + done)
    }
  } catch (error) {
    throw targetFailure(error)
  }
}

function targetFailure(error: unknown): BackupError {
  if (error instanceof BackupError) return error
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new BackupError('disk-full', {}, error)
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP'].includes(code)) {
    return new BackupError('target-unusable', { reason: code }, error)
  }
  return BackupError.from(error)
}
