import { expect, it } from 'vitest'
import { fileKind, isCompressed } from '#engine/source/file-kind.ts'

it.each([
  ['Databases/msgstore.db.crypt15', 'messages', true],
  ['msgstore.db-wal', 'messages', false],
  ['chat with Anna.TXT', 'messages', false],
  ['Media/IMG.0001.JPG', 'photos', true],
  ['Media/clip.mp4', 'videos', true],
  ['Media/PTT-0001.opus', 'voice', true],
  ['letter.pdf', 'voice', false],
  ['no-ending', 'voice', false],
  ['folder.jpg/no-ending', 'voice', false],
] as const)('%s is sorted with %s', (path, kind, compressed) => {
  expect(fileKind(path)).toBe(kind)
  expect(isCompressed(path)).toBe(compressed)
})
