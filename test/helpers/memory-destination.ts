import { BackupError } from '#common/errors.ts'
import type { ByteRange, Destination, Entry } from '#engine/destination/destination.ts'

/** A destination in memory: for tests that look at single objects, change them, or hide them. */
export class MemoryDestination implements Destination {
  readonly label = 'memory'
  readonly identity = 'memory:'
  readonly objects = new Map<string, Uint8Array>()
  readonly #madeMs = Date.now()
  /** Every name that was read, in order. */
  readonly reads: string[] = []

  async makeTop(): Promise<void> {}

  async *list(folder: string, options: { recursive?: boolean; signal?: AbortSignal } = {}): AsyncIterable<Entry> {
    const start = folder === '' ? '' : `${folder}/`
    const folders = new Set<string>()
    for (const [name, bytes] of this.objects) {
      options.signal?.throwIfAborted()
      if (!name.startsWith(start)) continue
      const rest = name.slice(start.length).split('/')
      const parents = rest.slice(0, -1).map((_, i) => start + rest.slice(0, i + 1).join('/'))
      for (const parent of options.recursive ? parents : parents.slice(0, 1)) {
        if (folders.has(parent)) continue
        folders.add(parent)
        yield { name: parent, isFolder: true, size: 0, modifiedMs: 0 }
      }
      if (options.recursive || parents.length === 0)
        yield { name, isFolder: false, size: bytes.length, modifiedMs: this.#madeMs }
    }
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array | null> {
    this.reads.push(name)
    const bytes = this.objects.get(name)
    if (!bytes) return null
    return range ? bytes.slice(range.offset, range.offset + range.length) : bytes.slice()
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    if (this.objects.has(name)) throw new BackupError('unexpected', { name })
    this.objects.set(name, Uint8Array.from(bytes))
  }

  async remove(name: string): Promise<void> {
    this.objects.delete(name)
  }

  async removeFolder(): Promise<void> {}
}
