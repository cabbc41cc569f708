import { BackupError } from '#common/errors.ts'
import type { ByteRange } from '#engine/destination/destination.ts'
import type { HttpReply } from './request.ts'

/** Nothing of ours is longer by far. */
const MAX_OBJECT_BYTES = 256 * 2 ** 20

/** The header that asks for part of an object (RFC 9110 14.2), and how much may come: all of it, where ranges are ignored. */
export function rangeRequest(range: ByteRange | undefined): { headers: Record<string, string>; maxReplyBytes: number } {
  if (!range) return { headers: {}, maxReplyBytes: MAX_OBJECT_BYTES }
  const { offset, length } = range
  return { headers: { range: `bytes=${offset}-${offset + length - 1}` }, maxReplyBytes: offset + length }
}

/**
 * The part that was asked for out of a successful reply (200, 206 or 416).
 *
 * @throws BackupError `offline` when another part came
 */
export function rangeOf({ status, headers, body, isCut }: HttpReply, range: ByteRange | undefined): Uint8Array {
  if (!range) {
    if (isCut) throw new BackupError('damaged', { name: 'object' })
    return body
  }
  if (status === 416) return new Uint8Array(0)
  if (status === 200) return body.slice(range.offset, range.offset + range.length)
  const start = /^bytes (\d+)-/i.exec(headers.get('content-range') ?? '')?.[1]
  if (start === undefined || Number(start) !== range.offset) throw new BackupError('offline', { reason: 'server' })
  return body.slice(0, range.length)
}
