import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { type BytePath, comparePaths, toFileBytes, toText } from '#engine/source/byte-path.ts'
import { ATTRIBUTE } from '#engine/source/source.ts'
import { systemCode } from '#engine/system-error.ts'
import { moveToFreePlace, setTimes, targetFailure, writeFully } from './target-calls.ts'
import { targetName, withNumber } from './target-name.ts'

/** Names that a restore uses for itself at the top of its folder while it runs. */
export const JOURNAL_NAME = '.keepsake-restore'
export const DRAFTS_NAME = '.keepsake-restore.drafts'
const DRAFT = /^[0-9a-f]{16}$/

/** A file being written: hidden until it is whole. */
export type TargetFile = Readonly<{
  write(bytes: Uint8Array): void
  /** Like `write`, at an offset; does not move where `write` goes on. */
  writeAt(bytes: Uint8Array, offset: number): void
  /** Gives the file its times and mode and its name; when that is taken, the next one that is free. */
  finish(mtimeUs: number, attributes: number): void
  abandon(): void
}>

/** Told when a name could not be kept as it was. */
export type Renamed = (path: BytePath, as: string) => void

/** Answers whether a file that lies where a file is to go is that file already. */
export type IsSame = (readAt: (buffer: Uint8Array, offset: number) => number) => Promise<boolean>

/** A folder that this run made or found, and which one it is: another in its place is not written into. */
type Folder = Readonly<{ full: Buffer; identity: string }>

/**
 * The folder that is restored into. Nothing outside it is ever written, nothing in it is ever overwritten: folders are
 * made one by one, must not be links and must still be the same when something is put into them, and files are written
 * as drafts and moved into a free place.
 */
export class RestoreTarget {
  readonly path: string
  readonly #folders = new Map<BytePath, Folder>()
  readonly #taken = new Map<string, Set<string>>() // folder → names given out in it, as `collisionKey` sees them
  readonly #renamed: Renamed
  #drafts: Folder | null = null

  /** @param renamed - told of every name that could not be kept as it was. */
  constructor(path: string, renamed: Renamed) {
    this.path = resolve(path)
    this.#renamed = renamed
  }

  /**
   * Makes the folder, or accepts it when it is empty or holds only what an interrupted restore left. Puts `journal` into
   * it, which says which restore this is.
   *
   * @throws BackupError `target-unusable`
   */
  prepare(journal: Uint8Array, isSameRun: (journal: Uint8Array) => boolean): Readonly<{ isResumed: boolean }> {
    try {
      fs.mkdirSync(this.path, { recursive: true })
      const isResumed = this.#look(isSameRun)
      const drafts = join(this.path, DRAFTS_NAME)
      fs.rmSync(drafts, { recursive: true, force: true })
      fs.mkdirSync(drafts, { mode: 0o700 })
      this.#folders.set('', theFolder(Buffer.from(this.path)))
      this.#drafts = theFolder(Buffer.from(drafts))
      if (!isResumed) writeJournal(join(drafts, randomBytes(8).toString('hex')), join(this.path, JOURNAL_NAME), journal)
      return { isResumed }
    } catch (error) {
      throw targetFailure(error)
    }
  }

  /** Takes the journal and the drafts away; the restore has ended. */
  end(): void {
    try {
      fs.rmSync(join(this.path, DRAFTS_NAME), { recursive: true, force: true })
      fs.rmSync(join(this.path, JOURNAL_NAME), { force: true })
    } catch (error) {
      throw targetFailure(error)
    }
  }

  /** Takes only drafts away, as far as that goes: an interrupted restore can go on later. */
  pause(): void {
    try {
      fs.rmSync(join(this.path, DRAFTS_NAME), { recursive: true, force: true })
    } catch {
      // the next run removes them
    }
  }

  /** Makes a folder and everything above it. */
  makeFolder(path: BytePath): Buffer {
    const known = this.#folders.get(path)
    if (known) return known.full
    const parent = this.makeFolder(parentOf(path))
    this.#mustBeSame(parentOf(path))
    const full = Buffer.concat([parent, SEPARATOR, this.#freeName(path)])
    try {
      fs.mkdirSync(full, { mode: 0o700 })
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw targetFailure(error)
    }
    try {
      this.#folders.set(path, theFolder(full))
    } catch (error) {
      throw targetFailure(error)
    }
    return full
  }

  /**
   * Opens a draft for a file, or answers null when the file lies in its place already. Asked once for each path.
   *
   * @param isSame - null when nothing can be there yet.
   */
  async createFile(path: BytePath, size: number, isSame: IsSame | null): Promise<TargetFile | null> {
    this.makeFolder(parentOf(path))
    const place = this.#freePlace(path)
    if (!isSame) return this.#openDraft(path, place)
    for (let free = place; ; free = this.#freePlace(path)) {
      if (!fs.lstatSync(free, { throwIfNoEntry: false })) return this.#openDraft(path, free)
      if (await isSameFile(free, size, isSame)) return null
    }
  }

  /** Gives folders their times and modes, deepest first; a folder's own time changes while things are put into it. */
  finishFolders(folders: readonly Readonly<{ path: BytePath; mtimeUs: number; attributes: number }>[]): void {
    for (const { path, mtimeUs, attributes } of [...folders].sort((a, b) => comparePaths(b.path, a.path))) {
      const full = this.makeFolder(path)
      this.#mustBeSame(path)
      try {
        setTimes(full, mtimeUs)
        if (attributes & ATTRIBUTE.modeIsReal) fs.chmodSync(full, attributes & ATTRIBUTE.modeMask)
      } catch (error) {
        throw targetFailure(error)
      }
    }
  }

  /** @returns whether an interrupted restore goes on here. */
  #look(isSameRun: (journal: Uint8Array) => boolean): boolean {
    const names = fs.readdirSync(this.path)
    if (names.includes(JOURNAL_NAME)) {
      const journal = join(this.path, JOURNAL_NAME)
      if (fs.lstatSync(journal).isFile() && isSameRun(new Uint8Array(fs.readFileSync(journal)))) return true
    } else if (names.length === 0) return false
    else if (names.length === 1 && names[0] === DRAFTS_NAME) {
      const drafts = join(this.path, DRAFTS_NAME) // stopped before it began
      if (fs.lstatSync(drafts).isDirectory() && fs.readdirSync(drafts).every((name) => DRAFT.test(name))) return false
    }
    throw new BackupError('target-unusable', { reason: 'not-empty', name: basename(this.path) })
  }

  #openDraft(path: BytePath, firstPlace: Buffer): TargetFile {
    const drafts = this.#drafts
    if (!drafts) throw new BackupError('unexpected', { reason: 'not-prepared' })
    const draft = Buffer.concat([drafts.full, SEPARATOR, Buffer.from(randomBytes(8).toString('hex'))])
    const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW = 0 } = fs.constants
    let fd: number
    try {
      mustBe(drafts)
      fd = fs.openSync(draft, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600)
    } catch (error) {
      throw targetFailure(error)
    }
    return {
      write: (bytes) => writeFully(fd, bytes, null),
      writeAt: (bytes, offset) => writeFully(fd, bytes, offset),
      finish: (mtimeUs, attributes) => {
        try {
          setTimes(fd, mtimeUs)
          if (attributes & ATTRIBUTE.modeIsReal) fs.fchmodSync(fd, attributes & ATTRIBUTE.modeMask)
          fs.closeSync(fd)
          this.#mustBeSame(parentOf(path))
          mustBe(drafts)
          for (let place = firstPlace; !moveToFreePlace(draft, place); ) place = this.#freePlace(path)
        } catch (error) {
          throw targetFailure(error)
        }
      },
      abandon: () => {
        fs.closeSync(fd)
        fs.rmSync(draft, { force: true })
      },
    }
  }

  #mustBeSame(path: BytePath): void {
    const folder = this.#folders.get(path)
    if (!folder) throw new BackupError('unexpected', { reason: 'no-folder' })
    try {
      mustBe(folder)
    } catch (error) {
      throw targetFailure(error)
    }
  }

  #freePlace(path: BytePath): Buffer {
    return Buffer.concat([this.makeFolder(parentOf(path)), SEPARATOR, this.#freeName(path)])
  }

  /** A name that this system can hold and that was not given out in its folder yet; changed names are told. */
  #freeName(path: BytePath): Buffer {
    const parentPath = parentOf(path)
    const name = parentPath === '' ? path : path.slice(parentPath.length + 1)
    const taken = this.#taken.get(parentPath) ?? new Set(parentPath === '' ? [JOURNAL_NAME, DRAFTS_NAME] : [])
    this.#taken.set(parentPath, taken)
    const held = targetName(name, process.platform)
    let free = held
    for (let n = 2; taken.has(collisionKey(free)); n++) free = withNumber(held, n)
    taken.add(collisionKey(free))
    if (free !== name) this.#renamed(path, toText(free))
    return toFileBytes(free)
  }
}

const SEPARATOR = Buffer.from('/')

const parentOf = (path: BytePath): BytePath => path.slice(0, Math.max(path.lastIndexOf('/'), 0))

/** Names that a system takes for the same get the same key: case and composition do not matter on Windows and macOS. */
const collisionKey = (name: BytePath): string =>
  process.platform === 'linux' ? name : toText(name).normalize('NFC').toLowerCase()

/** @throws an error of the system, or `ENOTDIR` when it is a link or no folder. */
function theFolder(full: Buffer): Folder {
  const { dev, ino, isFolder } = lookAt(full)
  if (!isFolder) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' })
  return { full, identity: `${dev}:${ino}` }
}

function mustBe({ full, identity }: Folder): void {
  if (theFolder(full).identity !== identity) throw Object.assign(new Error('another folder'), { code: 'ENOTDIR' })
}

function lookAt(full: Buffer): Readonly<{ dev: bigint; ino: bigint; isFolder: boolean }> {
  const stat = fs.lstatSync(full, { bigint: true })
  return { dev: stat.dev, ino: stat.ino, isFolder: stat.isDirectory() }
}

/** Whether what lies at a place is the file itself and holds what it should. A link is neither. */
async function isSameFile(place: Buffer, size: number, isSame: IsSame): Promise<boolean> {
  let fd: number
  try {
    fd = fs.openSync(place, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0))
  } catch {
    return false
  }
  try {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile() || stat.size !== size) return false
    return await isSame((buffer, offset) => {
      let done = 0
      while (done < buffer.length) {
        const got = fs.readSync(fd, buffer, done, buffer.length - done, offset + done)
        if (got === 0) break
        done += got
      }
      return done
    })
  } finally {
    fs.closeSync(fd)
  }
}

function writeJournal(draft: string, place: string, bytes: Uint8Array): void {
  const fd = fs.openSync(draft, 'wx', 0o600)
  try {
    writeFully(fd, bytes, null)
    fs.fsyncSync(fd) // without it a power cut leaves files that nobody knows to be ours
  } finally {
    fs.closeSync(fd)
  }
  moveToFreePlace(Buffer.from(draft), Buffer.from(place))
}
