import { BackupError } from '#common/errors.ts'
import { type Content, wholeContent } from '#engine/destination/content.ts'
import {
  type ByteRange,
  type Capabilities,
  type Destination,
  type Entry,
  type ListOptions,
  type RemoveOptions,
  type Room,
  UNKNOWN_ROOM,
} from '#engine/destination/destination.ts'

/** A destination in memory: for tests that look at single objects, change them, or hide them. */
export class MemoryDestination implements Destination {
  readonly label = 'memory'
  readonly identity = 'memory:'
  readonly folder = null
  readonly capabilities: Capabilities = {
    ranges: true,
    conditionalCreate: true,
    quota: false,
    trash: false,
    isDistant: false,
  }
  readonly objects = new Map<string, Uint8Array>()
  readonly #madeMs = Date.now()
  /** Every name that was read, in order. */
  readonly reads: string[] = []

  async makeTop(): Promise<void> {}

  async *list(folder: string, options: ListOptions = {}): AsyncIterable<Entry> {
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

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    signal?.throwIfAborted()
    this.reads.push(name)
    const bytes = this.objects.get(name)
    if (!bytes) return null
    return range ? bytes.slice(range.offset, range.offset + range.length) : bytes.slice()
  }

  async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const bytes = Uint8Array.from(await wholeContent(content))
    if (this.objects.has(name)) throw new BackupError('unexpected', { name })
    this.objects.set(name, bytes)
  }

  async remove(name: string, { signal }: RemoveOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    this.objects.delete(name)
  }

  async removeFolder(): Promise<void> {}

  async room(): Promise<Room> {
    return UNKNOWN_ROOM
  }
}
