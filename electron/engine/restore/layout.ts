import type { SnapSource } from '#engine/repository/record.ts'
import { type BytePath, fromText } from '#engine/source/byte-path.ts'

/**
 * Where an entry of a source lies under the restore folder. One source goes straight into it; of several, each goes
 * into a folder named by its label, and one that is a single file becomes a file of that name.
 *
 * @param sources - all sources of the snapshot.
 */
export function placeOf(sources: readonly SnapSource[], source: SnapSource, path: BytePath): BytePath {
  if (sources.length === 1) return path
  const label = fromText(source.label)
  return source.kind === 'file' || path === '' ? label : `${label}/${path}`
}
