import * as fs from 'node:fs/promises'
import { BackupError } from '#common/errors.ts'

/** Part of a file on this device, which must not change while it is read. */
export type FileSlice = Readonly<{ path: string; offset: number; length: number }>

/** What an object is made of: bytes in memory (also in memory that threads share), or part of a file. */
export type Content = Uint8Array | FileSlice

export const contentLength = (content: Content): number => content.length

/**
 * The content from `offset` on, in pieces of at most `pieceBytes`. A piece out of a file is used again for the next one.
 *
 * @throws BackupError `unexpected` when the file has become shorter
 */
export async function* pieces(content: Content, pieceBytes: number, offset = 0): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) {
    for (let at = offset; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes)
    return
  }
  const file = await fs.open(content.path, 'r').catch((error: unknown) => {
    throw new BackupError('unexpected', { reason: 'file-unreadable' }, error) // not the place's failure
  })
  try {
    const piece = new Uint8Array(Math.min(pieceBytes, content.length))
    for (let at = offset; at < content.length; ) {
      const wanted = Math.min(piece.length, content.length - at)
      const { bytesRead } = await file.read(piece, 0, wanted, content.offset + at)
      if (bytesRead === 0) throw new BackupError('unexpected', { reason: 'file-too-short' })
      yield piece.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await file.close()
  }
}

/** All of it, in memory. Bytes are given as they are, not copied. */
export async function wholeContent(content: Content): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content
  const whole = new Uint8Array(content.length)
  let at = 0
  for await (const piece of pieces(content, 1 << 20)) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
