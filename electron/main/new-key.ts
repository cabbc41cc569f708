import { BackupError } from '#common/errors.ts'
import { ask, type Engine } from './ask-engine.ts'
import { sameGroup } from './key-groups.ts'
import type { RecoverySheet, SheetAbout } from './sheet/recovery-sheet.ts'

export type NewKeyParts = Readonly<{
  engine: Engine
  clipboard: Readonly<{ copy(key: string): Promise<{ clearsInSeconds: number }> }>
  sheet: Pick<RecoverySheet, 'save' | 'print'>
  /** Keeps the window out of screenshots while the key is shown. */
  protectScreen: (isOn: boolean) => void
}>

/** A new 64-digit key on its way to a person: made when first shown, the same one until it is forgotten. */
export class NewKey {
  readonly #parts: NewKeyParts
  #key: string | null = null

  constructor(parts: NewKeyParts) {
    this.#parts = parts
  }

  /** @param stillWanted - throws when the step that shows the key was left meanwhile. */
  async show(stillWanted: () => void): Promise<string> {
    const key = this.#key ?? (await ask(this.#parts.engine.secret.generateKey()))
    stillWanted()
    this.#key ??= key
    this.#parts.protectScreen(true)
    return this.#key
  }

  hide(): void {
    this.#parts.protectScreen(false)
  }

  copy(): Promise<{ clearsInSeconds: number }> {
    return this.#parts.clipboard.copy(this.shown())
  }

  /** @returns false when the person cancelled */
  saveSheet(about: SheetAbout): Promise<boolean> {
    return this.#parts.sheet.save(this.shown(), about)
  }

  /** @returns false when the person cancelled */
  printSheet(about: SheetAbout): Promise<boolean> {
    return this.#parts.sheet.print(this.shown(), about)
  }

  /** @throws BackupError `usage` when no key was shown. */
  shown(): string {
    if (this.#key === null) throw new BackupError('usage', { missing: 'key' })
    return this.#key
  }

  /** The key, when both groups that were asked back are right. @throws BackupError `key-malformed` with {group} */
  confirmed(groups: readonly [number, number], typed: readonly [string, string]): string {
    const key = this.shown()
    for (const at of [0, 1] as const) {
      if (!sameGroup(key, groups[at], typed[at])) throw new BackupError('key-malformed', { group: groups[at] })
    }
    return key
  }

  forget(): void {
    this.#key = null
    this.hide()
  }
}
