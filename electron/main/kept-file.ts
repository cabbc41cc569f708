import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, parse as parsePath } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { BackupError } from '#common/errors.ts'

/** Of what shape a file is, and what stands where there is none. */
export type FileShape<T> = Readonly<{
  /** Reads what was written by this version or an older one; throws for anything else. */
  parse: (raw: unknown) => T
  empty: T
}>

/** What is kept, as services use it. */
export type Kept<T> = Pick<KeptFile<T>, 'current' | 'update'>

/** One value, on disk as one JSON file. Writes are whole or not at all, and happen in the order they were asked. */
export class KeptFile<T> {
  readonly #path: string
  #current: T
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(path: string, current: T) {
    this.#path = path
    this.#current = current
  }

  /**
   * Reads the file. What cannot be understood is kept beside it as <name>.broken-<time>.json.
   *
   * @throws when there is a file that cannot be read or set aside: to begin without it would be to overwrite it
   */
  static async open<T>(path: string, { parse, empty }: FileShape<T>, nowMs = Date.now()): Promise<KeptFile<T>> {
    const text = await patiently(() => readFile(path, 'utf8')).catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return null
      if (errno(error) === 'EISDIR') return ''
      throw error
    })
    if (text === null) return new KeptFile(path, empty)
    try {
      return new KeptFile(path, parse(JSON.parse(text)))
    } catch {
      await patiently(() => rename(path, brokenPath(path, nowMs)))
      return new KeptFile(path, empty)
    }
  }

  get current(): T {
    return this.#current
  }

  /**
   * Resolves when the changed value is safe on disk; until then, and when it throws, `current` is as before.
   *
   * @throws BackupError `disk-full`, also for a folder that cannot be written.
   */
  update(change: (value: T) => T): Promise<void> {
    const done = this.#after(this.#queue, change)
    this.#queue = done.catch(() => undefined)
    return done
  }

  /** Resolves when everything asked so far is written or has failed. */
  async settled(): Promise<void> {
    await this.#queue
  }

  async #after(before: Promise<unknown>, change: (value: T) => T): Promise<void> {
    await before
    const next = change(this.#current)
    if (next === this.#current) return
    await writeWhole(this.#path, `${JSON.stringify(next, null, 2)}\n`)
    this.#current = next
  }
}

function brokenPath(path: string, nowMs: number): string {
  return join(dirname(path), `${parsePath(path).name}.broken-${nowMs}.json`)
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await withFile(draft, async (file) => {
      await file.writeFile(text)
      await file.sync() // the bytes must be on disk before the name is
    })
    await patiently(() => rename(draft, path))
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw new BackupError('disk-full', { where: 'settings' }, error)
  }
}

async function withFile(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

/** The name must be on disk, too, before what follows is: the steps of create-backup and leave-backup rely on it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there; NTFS keeps the order itself
  const folder = await open(path, 'r')
  try {
    await folder.sync().catch(() => undefined) // some network file systems have no such thing
  } finally {
    await folder.close()
  }
}

/** Virus scanners and indexers on Windows hold a file for a moment, and it is refused to others meanwhile. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isHeld = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(errno(error) ?? '')
      if (!isHeld || attempt === 8) throw error
      await wait(10 * 2 ** attempt)
    }
  }
}

const errno = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
