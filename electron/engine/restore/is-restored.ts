import { createHash } from 'node:crypto'
import { sameBytes } from '#engine/encoding/hex.ts'
import { unitsIn } from '#engine/pages/page-parts.ts'
import { readPageFile } from '#engine/pages/page-table.ts'
import { UnitTagger } from '#engine/pages/unit-tagger.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { idOfPart, MAX_PART_BYTES, PART_TYPE } from '#engine/repository/part.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import { partsOf } from './write-content.ts'

/** Reads from an offset; answers how many bytes there were. */
export type ReadAt = (buffer: Uint8Array, offset: number) => number

/**
 * Whether a file that lies in the target already holds exactly what belongs there. Only the file is read, and what says
 * which parts it has; a power cut can leave a file with the right size and time and nothing in it.
 *
 * @throws BackupError `damaged` when the place cannot tell what the file consists of.
 */
export async function isRestored(
  content: Content,
  size: number,
  readAt: ReadAt,
  { keyring, reader }: Readonly<{ keyring: Keyring; reader: PartReader }>,
): Promise<boolean> {
  if (content.kind === 'pages') return havePages(content.id, size, readAt, keyring, reader)
  const buffer = new Uint8Array(Math.min(size, MAX_PART_BYTES))
  let offset = 0
  for (const id of await partsOf(content, reader)) {
    const plain = buffer.subarray(0, readAt(buffer, offset))
    if (!sameBytes(idOfPart(keyring, PART_TYPE.data, plain), id)) return false
    offset += plain.length
  }
  return offset === size
}

async function havePages(
  id: Uint8Array,
  size: number,
  readAt: ReadAt,
  keyring: Keyring,
  reader: PartReader,
): Promise<boolean> {
  const { fileBytes, unitBytes, digest } = await readPageFile(id, (type, part) => reader.read(type, part))
  if (fileBytes !== size) return false
  const tagger = new UnitTagger(keyring.ids.page, unitBytes)
  const tags = createHash('sha256')
  const unit = new Uint8Array(unitBytes)
  for (let n = 0; n < unitsIn(fileBytes, unitBytes); n++) {
    unit.fill(0, readAt(unit, n * unitBytes))
    tags.update(tagger.tag(unit))
  }
  return sameBytes(tags.digest(), digest)
}
