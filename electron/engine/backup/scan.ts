import { BackupError } from '#common/errors.ts'
import type { Content, TreeEntry } from '#engine/repository/tree-entry.ts'
import { comparePaths } from '#engine/source/byte-path.ts'
import type { ScannedEntry, Skipped, Source } from '#engine/source/source.ts'
import type { WalkedEntry } from '#engine/state/walk-cache.ts'

/**
 * A scanned entry and, for a file that need not be read again, where its bytes are already. For one that must be read,
 * `before` is what its last version was made of.
 */
export type PlannedEntry = { scanned: ScannedEntry; content: Content | null; readonly before: Content | null }

/** A file written this shortly before it was scanned may be written again without its times showing it. */
export const RACY_US = 2_000_000

/** Stands for "look at the content again": no file has this change time. */
export const RACY_CTIME = -1

/** What a scan asks and tells while it walks. */
export type ScanHooks = Readonly<{
  isStored: (content: Content) => Promise<boolean>
  onSkip: (skipped: Skipped) => void
  onFile: (entry: ScannedEntry, isKnown: boolean) => void
  signal: AbortSignal | undefined
}>

/**
 * Walks a source beside its last snapshot. A file counts as unchanged when size, modification time and, where this
 * device kept them, change time and inode are the same, and all its parts are still stored.
 */
export async function scanSource(
  source: Source,
  previous: readonly (WalkedEntry | TreeEntry)[],
  { isStored, onSkip, onFile, signal }: ScanHooks,
): Promise<PlannedEntry[]> {
  const planned: PlannedEntry[] = []
  let at = 0
  for await (const batch of source.scan(onSkip, signal)) {
    for (const scanned of batch) {
      let before = previous[at]
      while (before && comparePaths(entryOf(before).path, scanned.path) < 0) before = previous[++at]
      const last = before && entryOf(before).path === scanned.path ? before : null
      const known = last && knownContent(scanned, last)
      const content = known && (await isStored(known)) ? known : null
      planned.push({ scanned, content, before: last && contentOf(entryOf(last)) })
      if (scanned.kind === 'file') onFile(scanned, content !== null)
    }
  }
  return planned
}

const contentOf = (entry: TreeEntry): Content | null => (entry.kind === 'file' ? entry.content : null)

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
