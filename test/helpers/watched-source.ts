import type { BytePath } from '#engine/source/byte-path.ts'
import type { ScannedEntry, Skipped, Source, SourceFile } from '#engine/source/source.ts'

/** A source with an onlooker: it knows which files were opened, and may do something while one is read. */
export class WatchedSource implements Source {
  readonly #inner: Source
  readonly #onRead: (path: string) => void
  readonly opened: string[] = []

  /** @param onRead - called before each read from a file. */
  constructor(inner: Source, onRead: (path: string) => void = () => undefined) {
    this.#inner = inner
    this.#onRead = onRead
  }

  get kind(): 'folder' | 'file' {
    return this.#inner.kind
  }

  scan(skip: (skipped: Skipped) => void, signal?: AbortSignal): AsyncIterable<readonly ScannedEntry[]> {
    return this.#inner.scan(skip, signal)
  }

  open(path: BytePath): SourceFile | null {
    this.opened.push(path)
    const file = this.#inner.open(path)
    if (!file) return null
    return {
      read: (buffer) => {
        this.#onRead(path)
        return file.read(buffer)
      },
      readAt: (buffer, offset) => {
        this.#onRead(path)
        return file.readAt(buffer, offset)
      },
      look: () => file.look(),
      close: () => file.close(),
    }
  }
}
