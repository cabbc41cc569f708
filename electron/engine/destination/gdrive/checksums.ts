import { createHash } from 'node:crypto'
import { type Content, pieces } from '#engine/destination/content.ts'
import type { DriveFile } from './drive-file.ts'

/** What Drive says of a file's bytes, made here of ours. Hex. */
export type Checksums = Readonly<{ md5: string; sha256: string }>

export async function checksumsOf(content: Content): Promise<Checksums> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')]
  for await (const piece of pieces(content, 1 << 20)) {
    md5.update(piece)
    sha256.update(piece)
  }
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex') }
}

/** Every file with content has an MD5; not every one has a SHA-256. */
export const isSame = (file: DriveFile, size: number, { md5, sha256 }: Checksums): boolean =>
  file.size === size && file.md5 === md5 && (file.sha256 === null || file.sha256 === sha256)

/** Whether bytes are all of a file, as far as Drive told; part of a file cannot be judged. */
export function isWhole(bytes: Uint8Array, file: DriveFile, length: number): boolean {
  if (length !== file.size || file.md5 === null) return true
  return createHash('md5').update(bytes).digest('hex') === file.md5
}
