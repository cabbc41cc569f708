import { join } from 'node:path'
import type { Content } from './content.ts'

/** One thing in a destination. `name` is its path below the destination's top, with `/`. */
export type Entry = Readonly<{ name: string; isFolder: boolean; size: number; modifiedMs: number }>

/** Part of an object: `length` bytes from `offset`. */
export type ByteRange = Readonly<{ offset: number; length: number }>

export type ListOptions = Readonly<{ recursive?: boolean; signal?: AbortSignal }>

export type RemoveOptions = Readonly<{
  /** A place that has a bin may keep it there for a while. */
  mayKeepInTrash?: boolean
  signal?: AbortSignal
}>

/** What a place can do, as its kind is known for or as it was found out. Callers need not care: all methods always work. */
export type Capabilities = Readonly<{
  /** Gives parts of objects; otherwise the whole travels and is cut here. */
  ranges: boolean
  /** Refuses in one step to write over a name; otherwise `put` looks before it writes. */
  conditionalCreate: boolean
  /** Says in `room` how much is free. */
  quota: boolean
  /** Has a bin for what was removed. */
  trash: boolean
  /** Each request crosses a network: what was read once and never changes is worth keeping on this device. */
  isDistant: boolean
}>

/** How much fits in. Null: the place does not say, or (free, total) has no limit. */
export type Room = Readonly<{ freeBytes: number | null; usedBytes: number | null; totalBytes: number | null }>

/**
 * Asks for an object that may have `bytes` bytes at most: one more is read, so that a longer one shows itself and is
 * refused. The place is not trusted, and what it offers under a small object's name may be of any size.
 */
export const upTo = (bytes: number): ByteRange => ({ offset: 0, length: bytes + 1 })

/**
 * A place that keeps objects for us: a folder, a drive, a server. It is not trusted: it sees only ciphertext and may
 * lose, reorder or return stale objects. Every implementation passes test/helpers/destination-suite.ts.
 *
 * Names are lower-case ASCII paths below the top. Every method may throw BackupError `destination-missing`,
 * `destination-full`, `sign-in-needed` (no permission) or `offline`, and stops with `cancelled` or the signal's own reason when that aborts.
 * Waiting and trying again are the place's own business: what it throws is final for this run.
 */
export interface Destination {
  /** What the user calls it, e.g. "/Volumes/Backup". */
  readonly label: string

  /** Two destinations with the same identity are the same place; stable over time, holds no secret. */
  readonly identity: string

  /** The folder on this computer that it is, when it is one: no part of any source, and on some disk. */
  readonly folder: string | null

  readonly capabilities: Capabilities

  /** Makes the top itself when only its last part is missing. */
  makeTop(signal?: AbortSignal): Promise<void>

  /** What lies in `folder` ('' is the top), in no particular order. A folder that is not there holds nothing. */
  list(folder: string, options?: ListOptions): AsyncIterable<Entry>

  /** The object's bytes, or the part asked for (shorter at its end), or null when there is no such object. */
  get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null>

  /**
   * Stores an object: whole, durable, or not at all, and never in place of another. Where the place tells a checksum, it
   * was compared. The caller may use the bytes again, or remove the file, once the promise is settled.
   */
  put(name: string, content: Content, signal?: AbortSignal): Promise<void>

  /** Removes, for good unless the caller says otherwise. A name that is not there is not an error. */
  remove(name: string, options?: RemoveOptions): Promise<void>

  /** Removes an empty folder; one that is missing or not empty is left alone. */
  removeFolder(name: string, signal?: AbortSignal): Promise<void>

  /** Finds out by trying what the place can do, where servers lie about it. `name` is free and is free again afterwards. */
  learn?(name: string, signal?: AbortSignal): Promise<void>

  /** How much fits in, as the place says just now. */
  room(signal?: AbortSignal): Promise<Room>
}

/** What a place says that says nothing. */
export const UNKNOWN_ROOM: Room = { freeBytes: null, usedBytes: null, totalBytes: null }

/** The part of a destination below `folder`, as a destination. */
export function below(destination: Destination, folder: string): Destination {
  const inside = (name: string): string => (name === '' ? folder : `${folder}/${name}`)
  return {
    label: destination.label,
    identity: `${destination.identity}/${folder}`,
    folder: destination.folder === null ? null : join(destination.folder, folder),
    get capabilities() {
      return destination.capabilities
    },
    makeTop: (signal) => destination.makeTop(signal),
    async *list(name, options) {
      for await (const entry of destination.list(inside(name), options)) {
        yield { ...entry, name: entry.name.slice(folder.length + 1) }
      }
    },
    get: (name, range, signal) => destination.get(inside(name), range, signal),
    put: (name, content, signal) => destination.put(inside(name), content, signal),
    remove: (name, options) => destination.remove(inside(name), options),
    removeFolder: (name, signal) => destination.removeFolder(inside(name), signal),
    room: (signal) => destination.room(signal),
  }
}
