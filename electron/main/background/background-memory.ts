import type { StoredProtection } from '../settings.ts'
import { type BackgroundFile, type KeptBackground, NO_MEMORY } from './background-file.ts'

/** What is remembered of what happens by itself. It is ahead of the disk when that cannot be written. */
export class BackgroundMemory {
  readonly #kept: KeptBackground
  #current: BackgroundFile

  constructor(kept: KeptBackground) {
    this.#kept = kept
    this.#current = kept.current
  }

  get current(): BackgroundFile {
    return this.#current
  }

  /** Takes over a part; it reaches the disk with the next `save`. */
  set(part: Partial<BackgroundFile>): void {
    this.#current = { ...this.#current, ...part }
  }

  /** What was about another backup is forgotten. */
  beAbout(protection: StoredProtection | null): void {
    const repository = protection?.repository ?? null
    if (this.#current.repository !== repository) this.set({ ...NO_MEMORY, repository })
  }

  /** Best effort: with a full disk everything goes on from memory. */
  save(): Promise<void> {
    const next = this.#current
    return this.#kept.update((kept) => (same(kept, next) ? kept : next)).catch(() => undefined)
  }

  /** What a person decides must be safe on disk. @throws BackupError `disk-full` */
  async keep(part: Partial<BackgroundFile>): Promise<void> {
    await this.#kept.update(() => ({ ...this.#current, ...part }))
    this.set(part)
  }
}

const same = (a: BackgroundFile, b: BackgroundFile): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
