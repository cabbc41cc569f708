import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Copies, on this device, of records as they lie at a place on a network: sealed, written once, never changed, so each is
 * fetched once and not on every run. A copy counts only while the place lists the record with the same size, and proves
 * itself when it is opened. Lost or torn, it is fetched again.
 */
export class RecordCopies {
  readonly #folder: string

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'records')
  }

  /** The copy, or null when there is none of that size. */
  async read(path: string, size: number): Promise<Uint8Array | null> {
    const bytes = await fs.readFile(this.#file(path)).catch(() => null)
    return bytes?.length === size ? new Uint8Array(bytes) : null
  }

  /** Failing to write is no failure of the run. */
  async keep(path: string, bytes: Uint8Array): Promise<void> {
    const draft = join(this.#folder, `${randomBytes(4).toString('hex')}.tmp`)
    try {
      await fs.mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await fs.writeFile(draft, bytes, { mode: 0o600, flag: 'wx' })
      await fs.rename(draft, this.#file(path)) // not synced: what a power cut tears does not open, and is fetched again
    } catch {
      await fs.rm(draft, { force: true }).catch(() => undefined)
    }
  }

  /** Forgets what the place lists no more. */
  async keepOnly(paths: readonly string[]): Promise<void> {
    const names = await fs.readdir(this.#folder).catch(() => [])
    if (names.length === 0) return
    const wanted = new Set(paths.map(nameOf))
    const gone = names.filter((name) => !wanted.has(name))
    await Promise.all(gone.map((name) => fs.rm(join(this.#folder, name), { force: true }).catch(() => undefined)))
  }

  #file(path: string): string {
    return join(this.#folder, nameOf(path))
  }
}

/** Says nothing of devices and times to who looks into the folder. */
const nameOf = (path: string): string => createHash('sha256').update(path).digest('hex')
