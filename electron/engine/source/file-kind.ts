import type { FileKind } from '#common/engine-contract.ts'
import type { BytePath } from './byte-path.ts'

const KIND_OF_ENDING: ReadonlyMap<string, FileKind> = new Map([
  ...endings('messages', 'txt json html htm csv xml vcf db sqlite db-wal db-journal crypt12 crypt14 crypt15 enc'),
  ...endings('photos', 'jpg jpeg png gif webp heic heif bmp tif tiff avif'),
  ...endings('videos', 'mp4 mov m4v 3gp mkv avi webm mpg mpeg'),
])

/** Content that is compressed by its own format; trying again costs time and gains nothing. */
const COMPRESSED = new Set(
  'jpg jpeg png gif webp heic heif avif mp4 mov m4v 3gp mkv avi webm mpg mpeg opus ogg mp3 m4a aac amr flac zip gz xz bz2 zst 7z rar docx xlsx pptx odt epub apk crypt12 crypt14 crypt15 enc'.split(
    ' ',
  ),
)

/** How people sort a file of their chats. What is nothing else is a voice message or a document. */
export function fileKind(path: BytePath): FileKind {
  return KIND_OF_ENDING.get(ending(path)) ?? 'voice'
}

/** Whether the name says that the content is compressed already. */
export function isCompressed(path: BytePath): boolean {
  return COMPRESSED.has(ending(path))
}

function ending(path: BytePath): string {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1).toLowerCase() : ''
}

function endings(kind: FileKind, list: string): [string, FileKind][] {
  return list.split(' ').map((name) => [name, kind])
}
