import * as fs from 'node:fs'
import { dirname, join } from 'node:path'

/** Writes files below one folder and gives everything the time it would have on the phone. */
export class FileWriter {
  readonly folder: string
  readonly #folderTimes = new Map<string, number>()
  files = 0
  bytes = 0

  constructor(folder: string) {
    this.folder = folder
    fs.mkdirSync(folder, { recursive: true })
  }

  /** @param path - below the folder, with `/`. */
  write(path: string, content: Uint8Array | string, atMs: number): void {
    const full = join(this.folder, path)
    fs.mkdirSync(dirname(full), { recursive: true })
    fs.writeFileSync(full, content, { mode: 0o644 })
    this.written(path, atMs)
  }

  /** Counts and dates a file that somebody else wrote. */
  written(path: string, atMs: number): void {
    const full = join(this.folder, path)
    fs.utimesSync(full, atMs / 1000, atMs / 1000)
    this.files++
    this.bytes += fs.statSync(full).size
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      this.#folderTimes.set(folder, Math.max(atMs, this.#folderTimes.get(folder) ?? 0))
      if (folder === '.') break
    }
  }

  /** Folders get the time of the newest thing in them; last of all, because every new file changes it. */
  finish(): void {
    for (const [path, atMs] of this.#folderTimes) fs.utimesSync(join(this.folder, path), atMs / 1000, atMs / 1000)
  }
}
