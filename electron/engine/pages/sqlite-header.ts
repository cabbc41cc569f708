/** What a file must hold to be cut by page. Smaller ones are kept whole: a map would cost more than it saves. */
export const MIN_PAGED_BYTES = 64 * 1024

/** Bytes of a file's start that `pageSizeOf` looks at. */
export const SQLITE_HEADER_BYTES = 18

const MAGIC = 'SQLite format 3\0'

/**
 * The page size that an SQLite file states (https://www.sqlite.org/fileformat.html, section 1.3), or null for any other
 * file. Nothing else is believed: what follows is cut in fixed units and put back byte for byte, so a file that only
 * looks like a database loses nothing.
 *
 * @returns a power of two from 512 to 65,536.
 */
export function pageSizeOf(start: Uint8Array): number | null {
  if (start.length < SQLITE_HEADER_BYTES) return null
  for (let i = 0; i < MAGIC.length; i++) if (start[i] !== MAGIC.charCodeAt(i)) return null
  const stated = ((start[16] ?? 0) << 8) | (start[17] ?? 0)
  const pageSize = stated === 1 ? 65_536 : stated
  return pageSize >= 512 && (pageSize & (pageSize - 1)) === 0 ? pageSize : null
}
