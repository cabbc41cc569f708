import { BackupError } from '#common/errors.ts'
import { restorePages } from '#engine/pages/restore-pages.ts'
import { PART_TYPE } from '#engine/repository/part.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import type { Content } from '#engine/repository/tree-entry.ts'

/** What takes a file's bytes: in order through `write`, or, for a file kept by page, anywhere through `writeAt`. */
export type ContentSink = Readonly<{
  write(bytes: Uint8Array): void
  writeAt(bytes: Uint8Array, offset: number): void
}>

export type WriteContentOptions = Readonly<{
  reader: PartReader
  pageKey: Uint8Array
  onBytes: (bytes: number) => void
  signal?: AbortSignal | undefined
}>

/**
 * Fetches the bytes of one file, each part proven by its id.
 *
 * @param size - what the file's entry says; anything else is damage.
 * @throws BackupError `damaged`
 */
export async function writeContent(
  content: Content,
  size: number,
  sink: ContentSink,
  { reader, pageKey, onBytes, signal }: WriteContentOptions,
): Promise<void> {
  if (content.kind === 'pages') {
    await restorePages({
      pageFileId: content.id,
      fileBytes: size,
      pageKey,
      fetch: (type, part) => reader.read(type, part),
      target: sink,
      onBytes,
      ...(signal && { signal }),
    })
    return
  }
  let written = 0
  for (const id of await partsOf(content, reader)) {
    signal?.throwIfAborted()
    const plain = await reader.read(PART_TYPE.data, id)
    sink.write(plain)
    written += plain.length
    onBytes(plain.length)
  }
  if (written !== size) throw new BackupError('damaged', { name: 'file size' })
}

/** Ids of the parts that hold a file's bytes, in order. */
export async function partsOf(
  content: Exclude<Content, { kind: 'pages' }>,
  reader: PartReader,
): Promise<readonly Uint8Array[]> {
  if (content.kind === 'empty') return []
  if (content.kind === 'parts') return content.ids
  const lists: (readonly Uint8Array[])[] = []
  for (const id of content.ids) lists.push(await reader.readIds(id))
  return lists.flat()
}
