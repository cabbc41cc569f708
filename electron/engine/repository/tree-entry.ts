import type { CborReader } from '#engine/encoding/cbor-reader.ts'
import type { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { type BytePath, fromFileBytes, toFileBytes } from '#engine/source/byte-path.ts'

/** Where a file's bytes are: ids of data parts, or of lists of such ids, in order; or the id of a page file. */
export type Content =
  | Readonly<{ kind: 'empty' }>
  | Readonly<{ kind: 'parts'; ids: readonly Uint8Array[] }>
  | Readonly<{ kind: 'lists'; ids: readonly Uint8Array[] }>
  | Readonly<{ kind: 'pages'; id: Uint8Array }>

/** One file, folder or link in a snapshot (docs/format.md, Entries). */
export type TreeEntry = Readonly<{
  path: BytePath
  mtimeUs: number
  attributes: number
}> &
  (
    | Readonly<{ kind: 'file'; size: number; content: Content }>
    | Readonly<{ kind: 'folder' }>
    | Readonly<{ kind: 'link'; target: BytePath }>
  )

/** Files of up to this many parts name them directly; longer ones through lists. */
export const MAX_DIRECT_PARTS = 64
export const MAX_IDS_IN_LIST = 65_536

const KIND = { file: 0, folder: 1, link: 2 } as const
const FORM = { parts: 1, lists: 2, pages: 3 } as const
const MAX_PATH_BYTES = 65_535
const MAX_COMPONENT_BYTES = 1_020
const MAX_DEPTH = 256
export const MAX_FILE_BYTES = 2 ** 40
const MAX_ATTRIBUTES = 0x1fff

/** Writes an entry; `previous` is the path before it in the same leaf ('' at its start), of which a prefix is shared. */
export function writeEntry(out: CborWriter, entry: TreeEntry, previous: BytePath): void {
  const shared = sharedPrefix(previous, entry.path)
  out
    .array(7)
    .int(KIND[entry.kind])
    .int(shared)
    .bytes(toFileBytes(entry.path.slice(shared)))
  out
    .int(entry.kind === 'file' ? entry.size : 0)
    .int(entry.mtimeUs)
    .int(entry.attributes)
  if (entry.kind === 'link') out.bytes(toFileBytes(entry.target))
  else writeContent(out, entry.kind === 'folder' ? { kind: 'empty' } : entry.content)
}

function writeContent(out: CborWriter, content: Content): void {
  switch (content.kind) {
    case 'empty':
      out.array(0)
      return
    case 'pages':
      out.array(2).int(FORM.pages).bytes(content.id)
      return
    case 'parts':
    case 'lists':
      out.array(2).int(FORM[content.kind]).array(content.ids.length)
      for (const id of content.ids) out.bytes(id)
  }
}

/** Reads an entry and refuses what could never be a path below a folder: empty or dot components, NUL, a leading slash. */
export function readEntry(reader: CborReader, previous: BytePath): TreeEntry {
  reader.array(7, 7)
  const kind = reader.uint(2)
  const shared = reader.uint(previous.length)
  const path = previous.slice(0, shared) + fromFileBytes(reader.bytes(undefined, MAX_PATH_BYTES))
  if (!isSafePath(path)) reader.fail()
  const size = reader.uint(MAX_FILE_BYTES)
  const mtimeUs = reader.int()
  const attributes = reader.uint(MAX_ATTRIBUTES)
  const common = { path, mtimeUs, attributes }
  if (kind === KIND.link) {
    return { ...common, kind: 'link', target: fromFileBytes(reader.bytes(undefined, MAX_PATH_BYTES)) }
  }
  const content = readContent(reader)
  if (kind === KIND.folder)
    return content.kind === 'empty' && size === 0 ? { ...common, kind: 'folder' } : reader.fail()
  if ((content.kind === 'empty') !== (size === 0)) reader.fail()
  return { ...common, kind: 'file', size, content }
}

function readContent(reader: CborReader): Content {
  const items = reader.array(2)
  if (items === 0) return { kind: 'empty' }
  if (items !== 2) return reader.fail()
  const form = reader.uint(3, 1)
  if (form === FORM.pages) return { kind: 'pages', id: reader.bytes(16).slice() }
  const ids = reader.list(MAX_DIRECT_PARTS, () => reader.bytes(16).slice())
  if (ids.length === 0) reader.fail()
  return { kind: form === FORM.parts ? 'parts' : 'lists', ids }
}

export function isSafePath(path: BytePath): boolean {
  if (path.length === 0 || path.length > MAX_PATH_BYTES || path.includes('\0')) return false
  const components = path.split('/')
  return (
    components.length <= MAX_DEPTH &&
    components.every((name) => name !== '' && name !== '.' && name !== '..' && name.length <= MAX_COMPONENT_BYTES)
  )
}

function sharedPrefix(a: BytePath, b: BytePath): number {
  const length = Math.min(a.length, b.length)
  let shared = 0
  while (shared < length && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++
  return shared
}
