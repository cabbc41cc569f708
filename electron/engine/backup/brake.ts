import { BackupError } from '#common/errors.ts'
import { usedRuns } from '#engine/pages/page-table.ts'
import { partKey } from '#engine/repository/part.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import type { BrakeReason } from '#engine/repository/record.ts'
import type { PartLengths } from '#engine/repository/shared-parts.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import { isIncompressible } from './part-store.ts'
import type { FileEntry, PlannedEntry } from './scan.ts'
import type { DatabaseStorer } from './store-database.ts'

/** More than this share of the files gone, and at least so many… */
const GONE = { share: 0.2, atLeast: 100 } as const
/** …or of the files other than they were, at the same size… */
const REWRITTEN = { share: 0.3, atLeast: 100 } as const
/** …or of the bytes that could be compressed… */
const INCOMPRESSIBLE = { share: 0.3, atLeast: 100 * 2 ** 20 } as const
/** …or a database of this size that is half of what it was. */
const MIN_DATABASE_BYTES = 2 ** 20

/** What happened to the files since this device's last snapshot. */
export type Change = Readonly<{
  filesBefore: number
  gone: readonly FileEntry[]
  items: readonly PlannedEntry[] // of all sources
  unsteady: ReadonlySet<PlannedEntry> // changed while they were read, so that what was kept says little
}>

/** How a stored file's parts can be looked up. */
export type StoredParts = Readonly<{
  table: PartTable
  databases: Pick<DatabaseStorer, 'tableOf'>
  readIds: (list: Uint8Array) => Promise<readonly Uint8Array[]>
}>

type Tripped = Readonly<{ reason: BrakeReason; n: number; m: number }>

/** Only what is certain before anything is read: more files are gone than there are new ones that they could have become. */
export function looksWrongAtOnce({ filesBefore, gone, items }: Change): readonly Tripped[] {
  const appeared = items.filter(({ scanned, before }) => scanned.kind === 'file' && before === null).length
  return filesGone(gone.length - appeared, filesBefore)
}

/**
 * What about a change looks like an accident or like somebody encrypting files, when everything has been read.
 *
 * @param incompressibleBytes - of everything that was read and could not be compressed.
 */
export async function looksWrong(
  change: Change,
  stored: StoredParts,
  incompressibleBytes: number,
): Promise<readonly Tripped[]> {
  const { filesBefore, gone } = change
  return [
    ...filesGone(filesGone(gone.length, filesBefore).length > 0 ? lostFiles(change) : 0, filesBefore),
    ...shrunkDatabases(change),
    ...rewrittenFiles(change),
    ...(incompressibleBytes > INCOMPRESSIBLE.atLeast ? await turnedIncompressible(change, stored) : []),
  ]
}

/** The error that waits for a yes: how many of how many, never which. */
export const looksWrongError = ({ reason, n, m }: Tripped): BackupError =>
  new BackupError('looks-wrong', { reason, n, m })

function filesGone(n: number, m: number): readonly Tripped[] {
  return n >= GONE.atLeast && n > m * GONE.share ? [{ reason: 'files-gone', n, m }] : []
}

/** A file whose content stands under a new name was only moved. */
function lostFiles({ gone, items }: Change): number {
  const appeared = new Set(
    items.flatMap(({ content, before }) => (content && before === null ? [contentKey(content)] : [])),
  )
  return gone.filter(({ content }) => !appeared.has(contentKey(content))).length
}

function shrunkDatabases({ items, unsteady }: Change): readonly Tripped[] {
  const databases = items.filter(
    ({ before, beforeBytes }) => before?.kind === 'pages' && beforeBytes >= MIN_DATABASE_BYTES,
  )
  const shrunk = databases.filter((item) => {
    const { content, scanned, beforeBytes } = item
    if (!content) return false // it could not be read, and says so elsewhere
    return scanned.size * 2 <= beforeBytes || (content.kind !== 'pages' && !unsteady.has(item))
  })
  return shrunk.length > 0 ? [{ reason: 'database-shrunk', n: shrunk.length, m: databases.length }] : []
}

function rewrittenFiles({ items, filesBefore }: Change): readonly Tripped[] {
  const n = items.filter((item) => item.scanned.size === item.beforeBytes && isRewritten(item)).length
  const isMuch = n >= REWRITTEN.atLeast && n > filesBefore * REWRITTEN.share
  return isMuch ? [{ reason: 'rewritten', n, m: filesBefore }] : []
}

async function turnedIncompressible({ items, gone }: Change, stored: StoredParts): Promise<readonly Tripped[]> {
  let turned = 0
  let compressible = 0
  for (const item of items) {
    if (!item.before) continue
    const before = await bytesOf(item.before, stored, (place) => !isIncompressible(place))
    compressible += before
    if (item.content && isRewritten(item))
      turned += Math.min(before, await bytesOf(item.content, stored, isIncompressible))
  }
  for (const { content } of gone) compressible += await bytesOf(content, stored, (place) => !isIncompressible(place))
  const isMuch = turned > INCOMPRESSIBLE.atLeast && turned > compressible * INCOMPRESSIBLE.share
  return isMuch ? [{ reason: 'incompressible', n: turned, m: compressible }] : []
}

function isRewritten({ content, before, isAsBefore }: PlannedEntry): boolean {
  return !isAsBefore && content !== null && before !== null && contentKey(content) !== contentKey(before)
}

/** Bytes of a file in parts of which `counts` is true; what cannot be looked up counts for nothing. */
async function bytesOf(content: Content, stored: StoredParts, counts: (part: PartLengths) => boolean): Promise<number> {
  let bytes = 0
  for (const id of await partsOf(content, stored)) {
    const lengths = stored.table.lengthsOf(id)
    if (lengths && counts(lengths)) bytes += lengths.plainLength
  }
  return bytes
}

async function partsOf(content: Content, { databases, readIds }: StoredParts): Promise<readonly Uint8Array[]> {
  switch (content.kind) {
    case 'empty':
      return []
    case 'parts':
      return content.ids
    case 'lists':
      try {
        return (await Promise.all(content.ids.map(readIds))).flat()
      } catch (error) {
        if (BackupError.from(error).code !== 'damaged') throw error
        return []
      }
    case 'pages': {
      const table = await databases.tableOf(content.id)
      return table ? usedRuns(table) : []
    }
  }
}

function contentKey(content: Content): string {
  switch (content.kind) {
    case 'empty':
      return ''
    case 'pages':
      return partKey(content.id)
    case 'parts':
    case 'lists':
      return content.ids.map(partKey).join()
  }
}
