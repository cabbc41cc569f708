import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { ATTRIBUTE } from '#engine/source/source.ts'
import { moveToFreePlace, setTimes, targetFailure, writeFully } from './target-calls.ts'

/** A folder that this run made or found, and which one it is: another in its place is not written into. */
export type TargetFolder = Readonly<{ full: Uint8Array; identity: string }>

/** Where a file is to lie, and in which folder. */
export type TargetPlace = Readonly<{ full: Uint8Array; parent: TargetFolder }>

/** What a file gets when it is whole. */
export type FileFacts = Readonly<{ mtimeUs: number; attributes: number }>

/** @throws an error of the system, or `ENOTDIR` when it is a link or no folder. */
export function theFolder(full: Uint8Array): TargetFolder {
  const stat = fs.lstatSync(asPath(full), { bigint: true })
  if (!stat.isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' })
  return { full, identity: `${stat.dev}:${stat.ino}` }
}

/** @throws an error of the system, or `ENOTDIR` when another folder, or something else, lies there now. */
export function mustBe({ full, identity }: TargetFolder): void {
  if (theFolder(full).identity !== identity) throw Object.assign(new Error('another folder'), { code: 'ENOTDIR' })
}

/** A file being written: hidden among the drafts until it is whole, then moved into its place. */
export class Draft {
  readonly path: Uint8Array
  readonly #fd: number

  private constructor(path: Uint8Array, fd: number) {
    this.path = path
    this.#fd = fd
  }

  /** @throws BackupError as `targetFailure` */
  static create(drafts: TargetFolder): Draft {
    try {
      mustBe(drafts)
    } catch (error) {
      throw targetFailure(error)
    }
    const path = Buffer.concat([drafts.full, SEPARATOR, Buffer.from(randomBytes(8).toString('hex'))])
    return Draft.#open(path, fs.constants.O_CREAT | fs.constants.O_EXCL)
  }

  /** Opens a draft that somebody else made, to write into it too. */
  static join(path: Uint8Array): Draft {
    return Draft.#open(path, 0)
  }

  static #open(path: Uint8Array, how: number): Draft {
    const { O_RDWR, O_NOFOLLOW = 0 } = fs.constants
    try {
      return new Draft(path, fs.openSync(asPath(path), how | O_RDWR | O_NOFOLLOW, 0o600))
    } catch (error) {
      throw targetFailure(error)
    }
  }

  /** Writes at an offset, or where writing stopped last. */
  write(bytes: Uint8Array, offset: number | null): void {
    writeFully(this.#fd, bytes, offset)
  }

  /** Gives the file its times and mode. The draft is closed. */
  end({ mtimeUs, attributes }: FileFacts): void {
    try {
      setTimes(this.#fd, mtimeUs)
      if (attributes & ATTRIBUTE.modeIsReal) fs.fchmodSync(this.#fd, attributes & ATTRIBUTE.modeMask)
    } catch (error) {
      throw targetFailure(error)
    } finally {
      fs.closeSync(this.#fd)
    }
  }

  close(): void {
    fs.closeSync(this.#fd)
  }

  abandon(): void {
    fs.closeSync(this.#fd)
    fs.rmSync(asPath(this.path), { force: true })
  }
}

/** Gives an ended draft its name; answers false when that is taken. @throws BackupError as `targetFailure` */
export function moveDraft(path: Uint8Array, { full, parent }: TargetPlace): boolean {
  try {
    mustBe(parent)
    return moveToFreePlace(asPath(path), asPath(full))
  } catch (error) {
    throw targetFailure(error)
  }
}

const SEPARATOR = Buffer.from('/')

/** Bytes that crossed threads are plain; the calls of the system want a Buffer. */
const asPath = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)
