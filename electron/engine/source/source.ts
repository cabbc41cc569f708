import type { BytePath } from './byte-path.ts'

/** Bits of `attributes` (docs/format.md): 0 to 8 are rwxrwxrwx. setuid, setgid and sticky are never kept. */
export const ATTRIBUTE = { modeMask: 0o777, modeIsReal: 1 << 9, readOnly: 1 << 10 } as const

/** One file, folder or link as a walk met it. Times are whole microseconds since 1970 and may be negative. */
export type ScannedEntry = Readonly<{
  path: BytePath
  kind: 'file' | 'folder' | 'link'
  size: number // bytes; 0 for folders and links
  mtimeUs: number
  ctimeUs: number // this device only: never stored in the repository
  inode: number // likewise; 0 where the system has none
  attributes: number
  target: BytePath | null // of a link
}>

/** Why something was left out of a backup. */
export type SkipCode = 'unreadable' | 'vanished' | 'not-a-file' | 'changing' | 'too-long'

export type Skipped = Readonly<{ path: BytePath; code: SkipCode }>

/** A file being read, from its start to its end. */
export interface SourceFile {
  /** Fills from the start of `buffer`; answers how many bytes were read, fewer than asked only at the end. */
  read(buffer: Uint8Array): number
  /** Like `read`, from an offset; does not move where `read` goes on. */
  readAt(buffer: Uint8Array, offset: number): number
  /** What the file looks like now; compared with the look before reading. */
  look(): Readonly<{ size: number; mtimeUs: number }>
  close(): void
}

/** Opens files for reading; null when one is gone or is no file any more, an error when it may not be read. */
export type OpensFiles = Readonly<{ open(path: BytePath): SourceFile | null }>

/** What another thread needs to open the same files: where the folder or the single file lies. */
export type SourceAddress = Readonly<{ top: Uint8Array; only: BytePath | null }>

/** A place that chats come from. Reading it never changes it. */
export interface Source {
  /** A folder is restored as a folder's content, a single file under its own name. */
  readonly kind: 'folder' | 'file'

  /**
   * Everything in it, parents before children, each folder's names in byte order: the order of `comparePaths`.
   * What cannot be listed or kept is told to `skip` and left out.
   *
   * @throws BackupError `source-unreadable` when the source itself cannot be read.
   */
  scan(skip: (skipped: Skipped) => void, signal?: AbortSignal): AsyncIterable<readonly ScannedEntry[]>

  open(path: BytePath): SourceFile | null // see OpensFiles

  /** Where other threads find the same files; without one, they are read in the thread of the run. */
  readonly address?: SourceAddress
}
