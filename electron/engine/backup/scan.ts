import { BackupError } from '#common/errors.ts'
import type { Content, TreeEntry } from '#engine/repository/tree-entry.ts'
import { comparePaths } from '#engine/source/byte-path.ts'
import type { ScannedEntry, Skipped, Source } from '#engine/source/source.ts'
import type { WalkedEntry } from '#engine/state/walk-cache.ts'
import { ContentPool, type PooledContent } from './content-pool.ts'

/**
 * A scanned entry and, for a file that need not be read again, where its bytes are already. For one that must be read,
 * `before` is what its last version was made of.
 */
export class PlannedEntry {
  scanned: ScannedEntry
  readonly beforeBytes: number // size of its last version; 0 without one
  readonly #pool: ContentPool
  readonly #before: PooledContent
  #content: PooledContent

  /** @param isKnown - it need not be read again: its content is that of its last version. */
  constructor(pool: ContentPool, scanned: ScannedEntry, last: TreeEntry | null, isKnown: boolean) {
    this.scanned = scanned
    this.beforeBytes = last?.kind === 'file' ? last.size : 0
    this.#pool = pool
    this.#before = pool.put(last?.kind === 'file' ? last.content : null)
    this.#content = isKnown ? this.#before : null
  }

  get before(): Content | null {
    return this.#pool.get(this.#before)
  }

  get content(): Content | null {
    return this.#pool.get(this.#content)
  }

  set content(content: Content | null) {
    this.#content = this.#pool.put(content)
  }

  /** Its content is that of its last version, and was not even read. */
  get isAsBefore(): boolean {
    return this.#content === this.#before
  }

  /** A file whose content must be read. */
  get isToBeRead(): boolean {
    return this.scanned.kind === 'file' && this.#content === null
  }
}

/** A file written this shortly before it was scanned may be written again without its times showing it. */
export const RACY_US = 2_000_000

/** Stands for "look at the content again": no file has this change time. */
export const RACY_CTIME = -1

export type FileEntry = Extract<TreeEntry, { kind: 'file' }>

/** What a scan asks and tells while it walks. */
export type ScanHooks = Readonly<{
  isStored: (content: Content) => Promise<boolean>
  onSkip: (skipped: Skipped) => void
  onFile: (entry: ScannedEntry, isKnown: boolean) => void
  onGone: (file: FileEntry) => void // one that the last snapshot has and the source has not
  signal: AbortSignal | undefined
}>

/** A source that was walked; `isSame` when not even a time or a mode is other than in the last snapshot. */
export type Walked = Readonly<{ items: PlannedEntry[]; isSame: boolean }>

/**
 * Walks a source beside its last snapshot. A file counts as unchanged when size, modification time and, where this
 * device kept them, change time and inode are the same, and all its parts are still stored.
 */
export async function scanSource(
  source: Source,
  previous: readonly (WalkedEntry | TreeEntry)[],
  { isStored, onSkip, onFile, onGone, signal }: ScanHooks,
): Promise<Walked> {
  const planned: PlannedEntry[] = []
  const pool = new ContentPool()
  let at = 0
  let matched = -1
  let isSame = true
  const passOver = (): void => {
    const passed = previous[at]
    const entry = passed && entryOf(passed)
    if (at !== matched) isSame = false
    if (at !== matched && entry?.kind === 'file') onGone(entry)
    at++
  }
  for await (const batch of source.scan(onSkip, signal)) {
    for (const scanned of batch) {
      for (let before = previous[at]; before; before = previous[at]) {
        if (comparePaths(entryOf(before).path, scanned.path) >= 0) break
        passOver()
      }
      const before = previous[at]
      const last = before && entryOf(before).path === scanned.path ? before : null
      if (last && entryOf(last).kind === scanned.kind) matched = at
      const known = last && knownContent(scanned, last)
      const content = known && (await isStored(known)) ? known : null
      const entry = last && entryOf(last)
      if (!entry || !isSameEntry(scanned, entry, content)) isSame = false
      planned.push(new PlannedEntry(pool, scanned, entry, content !== null))
      if (scanned.kind === 'file') onFile(scanned, content !== null)
    }
  }
  while (at < previous.length) passOver()
  return { items: planned, isSame }
}

function isSameEntry(scanned: ScannedEntry, entry: TreeEntry, content: Content | null): boolean {
  if (scanned.kind !== entry.kind || scanned.mtimeUs !== entry.mtimeUs || scanned.attributes !== entry.attributes)
    return false
  if (entry.kind === 'link') return scanned.target === entry.target
  return entry.kind === 'folder' || content !== null
}

const entryOf = (before: WalkedEntry | TreeEntry): TreeEntry => ('entry' in before ? before.entry : before)

function knownContent(scanned: ScannedEntry, before: WalkedEntry | TreeEntry): Content | null {
  const entry = entryOf(before)
  if (scanned.kind !== 'file' || entry.kind !== 'file') return null
  if (entry.size !== scanned.size || entry.mtimeUs !== scanned.mtimeUs) return null
  if ('entry' in before && (before.ctimeUs !== scanned.ctimeUs || before.inode !== scanned.inode)) return null
  return entry.content
}

/** The entry as the tree keeps it. @throws BackupError `unexpected` when a file's content is not known yet. */
export function toTreeEntry({ scanned, content }: PlannedEntry): TreeEntry {
  const { path, mtimeUs, attributes } = scanned
  switch (scanned.kind) {
    case 'folder':
      return { path, mtimeUs, attributes, kind: 'folder' }
    case 'link':
      return { path, mtimeUs, attributes, kind: 'link', target: scanned.target ?? '' }
    case 'file':
      if (!content) throw new BackupError('unexpected')
      return { path, mtimeUs, attributes, kind: 'file', size: scanned.size, content }
  }
}

/** What the next run on this device compares with; files touched just now will be looked at again. */
export function toWalkedEntry(planned: PlannedEntry, scanStartUs: number): WalkedEntry {
  const { ctimeUs, mtimeUs, inode } = planned.scanned
  const isRacy = Math.max(ctimeUs, mtimeUs) >= scanStartUs - RACY_US
  return { entry: toTreeEntry(planned), ctimeUs: isRacy ? RACY_CTIME : ctimeUs, inode }
}
