import { createHash } from 'node:crypto'

/** The system's clipboard, as far as this app uses it. */
export interface Clipboard {
  /** Writes text so that, where the system knows how to say it, clipboard histories and other devices do not keep it. */
  writeConcealed(text: string): Promise<void>
  read(): Promise<string>
  clear(): Promise<void>
}

const KEPT_SECONDS = 60

/** Copies the 64-digit key and takes it back after a minute, unless something else was copied since. */
export class KeyClipboard {
  readonly #clipboard: Clipboard
  #copied: string | null = null // a hash; the key itself is not kept here
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(clipboard: Clipboard) {
    this.#clipboard = clipboard
  }

  async copy(key: string): Promise<{ clearsInSeconds: number }> {
    await this.#clipboard.writeConcealed(key)
    this.#copied = hash(key)
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.clear().catch(() => undefined), KEPT_SECONDS * 1000)
    this.#timer.unref()
    return { clearsInSeconds: KEPT_SECONDS }
  }

  /**
   * Clears the clipboard if it still holds what was copied here. When another program holds the clipboard this fails,
   * and the key is remembered as still there: the app tries once more when it ends.
   */
  async clear(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#copied === null) return
    if (hash(await this.#clipboard.read()) === this.#copied) await this.#clipboard.clear()
    this.#copied = null
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
