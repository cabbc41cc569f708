import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { type BytePath, comparePaths, toFileBytes, toText } from '#engine/source/byte-path.ts'
import { ATTRIBUTE } from '#engine/source/source.ts'
import { systemCode } from '#engine/system-error.ts'
import { moveDraft, mustBe, type TargetFolder, type TargetPlace, theFolder } from './draft.ts'
import { moveToFreePlace, setTimes, targetFailure, writeFully } from './target-calls.ts'
import { targetName, withNumber } from './target-name.ts'

/** Names that a restore uses for itself at the top of its folder while it runs. */
export const JOURNAL_NAME = '.keepsake-restore'
export const DRAFTS_NAME = '.keepsake-restore.drafts'
const DRAFT = /^[0-9a-f]{16}$/

/** Told when a name could not be kept as it was. */
export type Renamed = (path: BytePath, as: string) => void

/** Answers whether a file that lies where a file is to go is that file already. */
export type IsSame = (readAt: (buffer: Uint8Array, offset: number) => number) => Promise<boolean>

/**
 * The folder that is restored into. Nothing outside it is ever written, nothing in it is ever overwritten: folders are
 * made one by one, must not be links and must still be the same when something is put into them, and files are written
 * as drafts and moved into a free place.
 */
export class RestoreTarget {
  readonly path: string
  readonly #folders = new Map<BytePath, TargetFolder>()
  readonly #taken = new Map<BytePath, Set<string>>() // folder → names given out in it, as `collisionKey` sees them
  readonly #renamed: Renamed
  #drafts: TargetFolder | null = null

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

  /** Where drafts of files are made. Only while the restore runs. */
  get drafts(): TargetFolder {
    if (!this.#drafts) throw new BackupError('unexpected', { reason: 'not-prepared' })
    return this.#drafts
  }

  /** Makes a folder and everything above it. */
  makeFolder(path: BytePath): TargetFolder {
    const known = this.#folders.get(path)
    if (known) return known
    const parent = this.makeFolder(parentOf(path))
    this.#mustBeSame(parentOf(path))
    const full = Buffer.concat([parent.full, SEPARATOR, this.#freeName(path)])
    try {
      fs.mkdirSync(full, { mode: 0o700 })
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw targetFailure(error)
    }
    try {
      const made = theFolder(full)
      this.#folders.set(path, made)
      return made
    } catch (error) {
      throw targetFailure(error)
    }
  }

  /**
   * A place for a file, with everything above it; null when the file lies there already. Asked once for each path.
   *
   * @param isSame - null when nothing can be there yet.
   */
  async placeFor(path: BytePath, size: number, isSame: IsSame | null): Promise<TargetPlace | null> {
    for (let free = this.nextPlace(path); ; free = this.nextPlace(path)) {
      if (!isSame || !fs.lstatSync(Buffer.from(free.full), { throwIfNoEntry: false })) return free
      if (await isSameFile(Buffer.from(free.full), size, isSame)) return null
    }
  }

  /** The next place for a file whose first is taken. */
  nextPlace(path: BytePath): TargetPlace {
    const parent = this.makeFolder(parentOf(path))
    return { parent, full: Buffer.concat([parent.full, SEPARATOR, this.#freeName(path)]) }
  }

  /** Moves an ended draft into its place or, when that is taken, into the next one that is free. */
  settle(draft: Uint8Array, path: BytePath, first: TargetPlace): void {
    for (let place = first; !moveDraft(draft, place); ) place = this.nextPlace(path)
  }

  /** Gives folders their times and modes, deepest first; a folder's own time changes while things are put into it. */
  finishFolders(folders: readonly Readonly<{ path: BytePath; mtimeUs: number; attributes: number }>[]): void {
    for (const { path, mtimeUs, attributes } of [...folders].sort((a, b) => comparePaths(b.path, a.path))) {
      const full = Buffer.from(this.makeFolder(path).full)
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

  #mustBeSame(path: BytePath): void {
    const folder = this.#folders.get(path)
    if (!folder) throw new BackupError('unexpected', { reason: 'no-folder' })
    try {
      mustBe(folder)
    } catch (error) {
      throw targetFailure(error)
    }
  }

  /** A name that this system can hold and that was not given out in its folder yet; changed names are told. */
  #freeName(path: BytePath): Buffer {
    const parentPath = parentOf(path)
    const name = parentPath === '' ? path : path.slice(parentPath.length + 1)
    const taken = this.#takenIn(parentPath)
    const held = targetName(name, process.platform)
    let free = held
    for (let n = 2; taken.has(collisionKey(free)); n++) free = withNumber(held, n)
    taken.add(collisionKey(free))
    if (free !== name) this.#renamed(path, toText(free))
    return toFileBytes(free)
  }

  /** Paths come in order, so a folder that is left behind is asked for again only when a name in it was taken by others. */
  #takenIn(folder: BytePath): Set<string> {
    const known = this.#taken.get(folder)
    if (known) return known
    for (const other of this.#taken.keys()) {
      if (other !== '' && !folder.startsWith(`${other}/`)) this.#taken.delete(other)
    }
    const taken = new Set<string>(folder === '' ? [JOURNAL_NAME, DRAFTS_NAME] : [])
    this.#taken.set(folder, taken)
    return taken
  }
}

const SEPARATOR = Buffer.from('/')

const parentOf = (path: BytePath): BytePath => path.slice(0, Math.max(path.lastIndexOf('/'), 0))

/** Names that a system takes for the same get the same key: case and composition do not matter on Windows and macOS. */
const collisionKey = (name: BytePath): string =>
  process.platform === 'linux' ? name : toText(name).normalize('NFC').toLowerCase()

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
