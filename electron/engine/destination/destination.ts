/** One thing in a destination. `name` is its path below the destination's top, with `/`. */
export type Entry = Readonly<{ name: string; isFolder: boolean; size: number; modifiedMs: number }>

/** Part of an object: `length` bytes from `offset`. */
export type ByteRange = Readonly<{ offset: number; length: number }>

/**
 * Asks for an object that may have `bytes` bytes at most: one more is read, so that a longer one shows itself and is
 * refused. The place is not trusted, and what it offers under a small object's name may be of any size.
 */
export const upTo = (bytes: number): ByteRange => ({ offset: 0, length: bytes + 1 })

/**
 * A place that keeps objects for us: a folder, a drive, later a server. It is not trusted: it sees only ciphertext and
 * may lose, reorder or return stale objects. Every implementation passes test/helpers/destination-suite.ts.
 *
 * Names are lower-case ASCII paths below the top. Every method may throw BackupError `destination-missing`,
 * `destination-full`, `sign-in-needed` (no permission) or `offline`.
 */
export interface Destination {
  /** What the user calls it, e.g. "/Volumes/Backup". */
  readonly label: string

  /** Two destinations with the same identity are the same place; stable over time, holds no secret. */
  readonly identity: string

  /** Makes the top itself when only its last part is missing. */
  makeTop(): Promise<void>

  /** What lies in `folder` ('' is the top), in no particular order. A folder that is not there holds nothing. */
  list(folder: string, options?: { recursive?: boolean; signal?: AbortSignal }): AsyncIterable<Entry>

  /** The object's bytes, or the part asked for (shorter at its end), or null when there is no such object. */
  get(name: string, range?: ByteRange): Promise<Uint8Array | null>

  /**
   * Stores an object: whole, durable, or not at all, and never in place of another. The caller may use the bytes again
   * once the promise is settled.
   */
  put(name: string, bytes: Uint8Array): Promise<void>

  /** Removes for good. A name that is not there is not an error. */
  remove(name: string): Promise<void>

  /** Removes an empty folder; one that is missing or not empty is left alone. */
  removeFolder(name: string): Promise<void>
}

/** The part of a destination below `folder`, as a destination. */
export function below(destination: Destination, folder: string): Destination {
  const inside = (name: string): string => (name === '' ? folder : `${folder}/${name}`)
  return {
    label: destination.label,
    identity: `${destination.identity}/${folder}`,
    makeTop: () => destination.makeTop(),
    async *list(name, options) {
      for await (const entry of destination.list(inside(name), options)) {
        yield { ...entry, name: entry.name.slice(folder.length + 1) }
      }
    },
    get: (name, range) => destination.get(inside(name), range),
    put: (name, bytes) => destination.put(inside(name), bytes),
    remove: (name) => destination.remove(inside(name)),
    removeFolder: (name) => destination.removeFolder(inside(name)),
  }
}
