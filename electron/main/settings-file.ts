import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { BackupError } from '#common/errors.ts'
import { NO_SETTINGS, type Settings, settingsSchema } from './settings.ts'

/** The settings as services use them. */
export type KeptSettings = Pick<SettingsFile, 'current' | 'update'>

/** The settings, on disk as one JSON file. Writes are whole or not at all, and happen in the order they were asked. */
export class SettingsFile {
  readonly #path: string
  #current: Settings
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(path: string, current: Settings) {
    this.#path = path
    this.#current = current
  }

  /**
   * Reads the file. What cannot be understood is kept beside it as settings.broken-<time>.json.
   *
   * @throws when there is a file that cannot be read or set aside: to begin without it would be to overwrite it
   */
  static async open(path: string, nowMs = Date.now()): Promise<SettingsFile> {
    const text = await patiently(() => readFile(path, 'utf8')).catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return null
      if (errno(error) === 'EISDIR') return ''
      throw error
    })
    if (text === null) return new SettingsFile(path, NO_SETTINGS)
    try {
      return new SettingsFile(path, settingsSchema.parse(JSON.parse(text)))
    } catch {
      await patiently(() => rename(path, join(dirname(path), `settings.broken-${nowMs}.json`)))
      return new SettingsFile(path, NO_SETTINGS)
    }
  }

  get current(): Settings {
    return this.#current
  }

  /**
   * Resolves when the changed settings are safe on disk; until then, and when it throws, `current` is as before.
   *
   * @throws BackupError `disk-full`, also for a folder that cannot be written.
   */
  update(change: (settings: Settings) => Settings): Promise<void> {
    const done = this.#after(this.#queue, change)
    this.#queue = done.catch(() => undefined)
    return done
  }

  /** Resolves when everything asked so far is written or has failed. */
  async settled(): Promise<void> {
    await this.#queue
  }

  async #after(before: Promise<unknown>, change: (settings: Settings) => Settings): Promise<void> {
    await before
    const next = change(this.#current)
    if (next === this.#current) return
    await writeWhole(this.#path, `${JSON.stringify(next, null, 2)}\n`)
    this.#current = next
  }
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
