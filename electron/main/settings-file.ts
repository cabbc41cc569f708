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

  /** Reads the file. What cannot be understood is kept beside it as settings.broken-<time>.json; never throws. */
  static async open(path: string, nowMs = Date.now()): Promise<SettingsFile> {
    try {
      return new SettingsFile(path, settingsSchema.parse(JSON.parse(await readFile(path, 'utf8'))))
    } catch (error) {
      if (errno(error) !== 'ENOENT') {
        await rename(path, join(dirname(path), `settings.broken-${nowMs}.json`)).catch(() => undefined)
      }
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
    await renamePatiently(draft, path)
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

/** Virus scanners and indexers on Windows hold a new file for a moment, and the rename is refused meanwhile. */
async function renamePatiently(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (attempt === 8 || !['EPERM', 'EACCES', 'EBUSY'].includes(errno(error) ?? '')) throw error
      await wait(10 * 2 ** attempt)
    }
  }
}

const errno = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
