import { open } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { BackupError } from '#common/errors.ts'
import type { SheetFacts } from './sheet-page.ts'

/** The system, as far as a sheet needs it. */
export type SheetParts = Readonly<{
  /** The sheet as a PDF. */
  toPdf: (facts: SheetFacts) => Promise<Uint8Array>
  /** Shows the system's print dialog; false when it was cancelled. */
  print: (facts: SheetFacts) => Promise<boolean>
  /** Where to save it; null when cancelled. */
  chooseFile: () => Promise<string | null>
  nowMs: () => number
  computer: string
}>

/** What a sheet says beside the key, and where it must not lie. */
export type SheetAbout = Readonly<{ mark: string | null; placeSpec: string | null }>

/** The sheet of paper that holds the 64-digit key. The key is on the disk only where the person wants it. */
export class RecoverySheet {
  readonly #parts: SheetParts

  constructor(parts: SheetParts) {
    this.#parts = parts
  }

  /**
   * @returns whether it was saved; false when the person cancelled
   * @throws BackupError `target-unusable` with {reason: in-place} for a file inside of the backup's own place
   */
  async save(key: string, about: SheetAbout): Promise<boolean> {
    const path = await this.#parts.chooseFile()
    if (path === null) return false
    if (isInside(path, about.placeSpec)) throw new BackupError('target-unusable', { reason: 'in-place' })
    const pdf = await this.#parts.toPdf(this.#facts(key, about))
    try {
      await using file = await open(path, 'w', 0o600)
      await file.writeFile(pdf)
      await file.sync()
    } catch (thrown) {
      throw new BackupError('target-unusable', {}, thrown)
    }
    return true
  }

  print(key: string, about: SheetAbout): Promise<boolean> {
    return this.#parts.print(this.#facts(key, about))
  }

  #facts(key: string, { mark }: SheetAbout): SheetFacts {
    const { nowMs, computer } = this.#parts
    return { key, mark, madeAtMs: nowMs(), computer }
  }
}

function isInside(path: string, placeSpec: string | null): boolean {
  if (placeSpec === null || !placeSpec.startsWith('folder:')) return false
  const way = relative(resolve(placeSpec.slice('folder:'.length)), resolve(path))
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way
}
