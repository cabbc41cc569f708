import { type Content, wholeContent } from '#engine/destination/content.ts'
import type { ByteRange, Destination, Entry, ListOptions, RemoveOptions } from '#engine/destination/destination.ts'
import { ForwardingDestination } from './forwarding-destination.ts'

/** What an evil place does with what passes through it. What is left out it does honestly. */
export type Lies = Readonly<{
  /** What it keeps in place of what it was given; null: nothing, and it says that all went well. */
  keep?: (name: string, bytes: Uint8Array) => Uint8Array | null
  /** What it gives in place of what it keeps; `read` counts how often this name was asked for before. */
  give?: (name: string, bytes: Uint8Array | null, read: number) => Uint8Array | null
  /** What it shows of a folder and all below in place of what it has. */
  show?: (entries: readonly Entry[], folder: string) => readonly Entry[]
}>

/** A place that lies as long as it is told to, and is honest again afterwards. */
export class EvilDestination extends ForwardingDestination {
  readonly #reads = new Map<string, number>()
  #lies: Lies = {}
  /** Names of objects that were put or removed. */
  readonly changes: string[] = []

  get lies(): Lies {
    return this.#lies
  }

  set lies(lies: Lies) {
    this.#lies = lies
    this.#reads.clear()
  }

  override async *list(folder: string, options?: ListOptions): AsyncIterable<Entry> {
    const entries = await Array.fromAsync(super.list(folder, options))
    yield* this.#lies.show?.(entries, folder) ?? entries
  }

  override async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    const { give } = this.#lies
    if (!give) return super.get(name, range, signal)
    const read = this.#reads.get(name) ?? 0
    this.#reads.set(name, read + 1)
    const bytes = give(name, await super.get(name), read)
    return bytes && range ? bytes.slice(range.offset, range.offset + range.length) : bytes
  }

  override async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    this.changes.push(name)
    const kept = this.#lies.keep ? this.#lies.keep(name, await wholeContent(content)) : content
    if (kept) await super.put(name, kept, signal)
  }

  override remove(name: string, options?: RemoveOptions): Promise<void> {
    this.changes.push(name)
    return super.remove(name, options)
  }
}

type Change = (bytes: Uint8Array) => Uint8Array | null

export const flip =
  (share: number): Change =>
  (bytes) => {
    const copy = Uint8Array.from(bytes)
    const at = Math.min(copy.length - 1, Math.floor(copy.length * share))
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }

export const cut =
  (share: number): Change =>
  (bytes) =>
    bytes.slice(0, Math.floor(bytes.length * share))

export const append: Change = (bytes) => Buffer.concat([bytes, Buffer.alloc(100)])

/** Gives what matches changed; everything else, and what is not there, as it is. */
export const giving = (what: RegExp, change: Change): Lies => ({
  give: (name, bytes) => (bytes && what.test(name) ? change(bytes) : bytes),
})

/** Gives one object under another's name, both ways; also in listings, where a wrong size would give it away. */
export function exchanging(a: string, b: string, objects: ReadonlyMap<string, Uint8Array>): Lies {
  const other = (name: string): string => (name === a ? b : name === b ? a : name)
  const sizeOf = (name: string): number => objects.get(other(name))?.length ?? 0
  return {
    give: (name, bytes) => (name === a || name === b ? (objects.get(other(name)) ?? null) : bytes),
    show: (entries) =>
      entries.map((entry) => ([a, b].includes(entry.name) ? { ...entry, size: sizeOf(entry.name) } : entry)),
  }
}

/** Neither shows nor gives what matches. */
export const hiding = (what: RegExp): Lies => ({
  give: (name, bytes) => (what.test(name) ? null : bytes),
  show: (entries) => entries.filter(({ name }) => !what.test(name)),
})

/** Shows and gives everything as it once was. */
export function replaying(copy: ReadonlyMap<string, Uint8Array>): Lies {
  return {
    give: (name) => copy.get(name) ?? null,
    show: (entries) => entries.filter(({ name, isFolder }) => isFolder || copy.has(name)),
  }
}

/** Shows what was there when it began, whatever came or went since: a listing that lags behind. */
export async function lagging(place: Destination): Promise<Lies> {
  const then = await Array.fromAsync(place.list('', { recursive: true }))
  return {
    show: (now, folder) => {
      const isShown = new Set(now.map(({ name }) => name))
      const known = new Set(then.map(({ name }) => name))
      const gone = then.filter(({ name }) => !isShown.has(name) && name.startsWith(folder === '' ? '' : `${folder}/`))
      return [...now.filter(({ name }) => known.has(name)), ...gone.filter(({ isFolder }) => !isFolder)]
    },
  }
}

/** Keeps what matches changed, and says that all went well. */
export const keeping = (what: RegExp, change: Change): Lies => ({
  keep: (name, bytes) => (what.test(name) ? change(bytes) : bytes),
})
