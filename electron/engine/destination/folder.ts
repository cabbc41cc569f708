import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { syncFolder } from '#engine/sync-folder.ts'
import { systemCode } from '#engine/system-error.ts'
import { type Content, pieces } from './content.ts'
import type { ByteRange, Capabilities, Destination, Entry, ListOptions, RemoveOptions, Room } from './destination.ts'

/** How much of a file is copied at a time. */
const PIECE_BYTES = 2 ** 20

/** A folder on a local, removable or network disk. A folder that is gone is never made again by itself. */
export class FolderDestination implements Destination {
  readonly label: string
  readonly identity: string
  readonly folder: string
  readonly capabilities: Capabilities = {
    ranges: true,
    conditionalCreate: true,
    quota: true,
    trash: false,
    isDistant: false,
  }
  readonly #madeFolders = new Set<string>()

  constructor(path: string) {
    this.label = resolve(path)
    this.folder = this.label
    this.identity = `folder:${process.platform === 'linux' ? this.label : this.label.toLowerCase()}`
  }

  async makeTop(): Promise<void> {
    try {
      await fs.mkdir(this.label)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw this.#failure(error)
    }
    await this.#mustExist()
  }

  async *list(folder: string, options: ListOptions = {}): AsyncIterable<Entry> {
    const found = await fs.readdir(this.#path(folder), { withFileTypes: true }).catch((error: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(error)) && folder !== '') return []
      throw this.#failure(error)
    })
    if (found.length === 0) await this.#mustExist()
    for (const dirent of found) {
      options.signal?.throwIfAborted()
      const name = folder === '' ? dirent.name : `${folder}/${dirent.name}`
      if (dirent.isDirectory()) {
        yield { name, isFolder: true, size: 0, modifiedMs: 0 }
        if (options.recursive) yield* this.list(name, options)
      } else if (dirent.isFile()) {
        const stat = await fs.lstat(this.#path(name)).catch(() => null) // it may have gone meanwhile
        if (stat) yield { name, isFolder: false, size: stat.size, modifiedMs: stat.mtimeMs }
      }
    }
  }

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    signal?.throwIfAborted()
    let file: fs.FileHandle
    try {
      const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants // a pipe under our name must not block
      file = await fs.open(this.#path(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(systemCode(error))) throw this.#failure(error)
      await this.#mustExist()
      return null
    }
    try {
      const stat = await file.stat()
      if (!stat.isFile()) return null
      const { size } = stat
      const offset = Math.min(range?.offset ?? 0, size)
      const bytes = new Uint8Array(Math.min(range?.length ?? size, size - offset))
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    } catch (error) {
      throw this.#failure(error)
    } finally {
      await file.close()
    }
  }

  async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    await this.#makeFolder(dirname(name))
    const path = this.#path(name)
    const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`
    try {
      const file = await fs.open(draft, 'wx', 0o600)
      try {
        const isInMemory = content instanceof Uint8Array
        for await (const piece of pieces(content, isInMemory ? content.length : PIECE_BYTES)) {
          for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten
          signal?.throwIfAborted()
        }
        await file.datasync() // the bytes must be on disk before the name is
      } finally {
        await file.close()
      }
      await renameWithoutReplacing(draft, path)
      await syncFolder(dirname(path))
    } catch (error) {
      await fs.rm(draft, { force: true }).catch(() => undefined)
      throw this.#failure(error)
    }
  }

  async remove(name: string, { signal }: RemoveOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    try {
      await fs.unlink(this.#path(name))
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error))) throw this.#failure(error)
      await this.#mustExist()
    }
  }

  async removeFolder(name: string): Promise<void> {
    if (name === '') return // the top is the person's own
    this.#madeFolders.delete(name)
    try {
      await fs.rmdir(this.#path(name))
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(error))) throw this.#failure(error)
    }
  }

  async room(): Promise<Room> {
    try {
      const { bavail, bfree, blocks, bsize } = await fs.statfs(this.label)
      return { freeBytes: bavail * bsize, usedBytes: (blocks - bfree) * bsize, totalBytes: blocks * bsize }
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #path(name: string): string {
    if (name.split('/').includes('..')) throw new BackupError('unexpected') // names are ours; this is a bug
    return join(this.label, name)
  }

  async #mustExist(): Promise<void> {
    const stat = await fs.stat(this.label).catch((error: unknown) => {
      throw this.#failure(error)
    })
    if (!stat.isDirectory()) throw new BackupError('destination-missing', this.#facts())
  }

  /** Makes folders below the top one by one, so that a top that is gone is noticed and not made. */
  async #makeFolder(name: string): Promise<void> {
    if (name === '.' || this.#madeFolders.has(name)) return
    await this.#makeFolder(dirname(name))
    try {
      await fs.mkdir(this.#path(name), 0o700)
      await syncFolder(dirname(this.#path(name)))
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw this.#failure(error)
    }
    this.#madeFolders.add(name)
  }

  #facts(): { name: string } {
    return { name: basename(this.label) }
  }

  #failure(error: unknown): BackupError {
    if (error instanceof BackupError) return error
    switch (systemCode(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
      case 'ENODEV':
      case 'ENXIO':
      case 'EIO':
      case 'ESTALE':
      case 'EHOSTDOWN':
      case 'EHOSTUNREACH':
      case 'ENETDOWN':
      case 'ENETUNREACH':
      case 'ENOTCONN':
      case 'ETIMEDOUT':
        return new BackupError('destination-missing', this.#facts(), error)
      case 'ENOSPC':
      case 'EDQUOT':
      case 'EFBIG':
        return new BackupError('destination-full', this.#facts(), error)
      case 'EACCES':
      case 'EPERM':
      case 'EROFS':
        return new BackupError('sign-in-needed', this.#facts(), error)
      default:
        return BackupError.from(error)
    }
  }
}

/** `link` refuses a name that is taken, in one step; file systems without hard links get a look before the rename. */
async function renameWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error
    return renameIfFree(from, to) // systems say in many ways that they have no hard links
  }
  await fs.unlink(from).catch(() => undefined) // the object is in its place; a draft left over is only litter
}

async function renameIfFree(from: string, to: string): Promise<void> {
  if (await fs.lstat(to).catch(() => null)) throw Object.assign(new Error('name is taken'), { code: 'EEXIST' })
  await fs.rename(from, to)
}
