import type { Random } from './random.ts'

/** What people send each other. */
export type MediaKind = 'photo' | 'voice' | 'video' | 'sticker' | 'document'

/** Names as WhatsApp gives them: kind, day, number of the day; the ending follows from the kind. */
export const MEDIA: Readonly<
  Record<MediaKind, Readonly<{ prefix: string; iosName: string; ending: string; mime: string }>>
> = {
  photo: { prefix: 'IMG', iosName: 'PHOTO', ending: 'jpg', mime: 'image/jpeg' },
  voice: { prefix: 'PTT', iosName: 'AUDIO', ending: 'opus', mime: 'audio/ogg; codecs=opus' },
  video: { prefix: 'VID', iosName: 'VIDEO', ending: 'mp4', mime: 'video/mp4' },
  sticker: { prefix: 'STK', iosName: 'STICKER', ending: 'webp', mime: 'image/webp' },
  document: { prefix: 'DOC', iosName: 'DOCUMENT', ending: 'pdf', mime: 'application/pdf' },
}

/**
 * A media file of exactly `size` bytes (at least 64): begins and ends as its format does, and in between does not
 * compress. No player will show it; no backup can tell the difference.
 */
export function mediaBytes(random: Random, kind: MediaKind, size: number): Buffer {
  const [head, tail] = frame(kind, size)
  const bytes = random.bytes(size)
  head.copy(bytes)
  tail.copy(bytes, size - tail.length)
  return bytes
}

function frame(kind: MediaKind, size: number): readonly [head: Buffer, tail: Buffer] {
  switch (kind) {
    case 'photo': // JFIF header, end-of-image mark
      return [Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.from('ffd9', 'hex')]
    case 'voice': // first Ogg page with the Opus header
      return [
        Buffer.from('4f676753000200000000000000000000000000000000000001134f7075734865616401', 'hex'),
        Buffer.alloc(0),
      ]
    case 'video': // boxes: file type, then media data to the end
      return [
        Buffer.concat([
          Buffer.from('000000186674797069736f6d0000020069736f6d6d703432', 'hex'),
          u32be(size - 24),
          Buffer.from('mdat'),
        ]),
        Buffer.alloc(0),
      ]
    case 'sticker': // RIFF of a lossless WebP
      return [
        Buffer.concat([Buffer.from('RIFF'), u32le(size - 8), Buffer.from('WEBPVP8L'), u32le(size - 20)]),
        Buffer.alloc(0),
      ]
    case 'document':
      return [
        Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\nstream\n', 'latin1'),
        Buffer.from('\nendstream\nendobj\n%%EOF\n'),
      ]
  }
}

function u32be(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const u32le = (value: number): Buffer => u32be(value).swap32()
