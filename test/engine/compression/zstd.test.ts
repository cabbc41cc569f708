import * as zlib from 'node:zlib'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromWasm, loadZstd, type Zstd } from '#engine/compression/zstd.ts'

let both: readonly (readonly [name: string, zstd: Zstd])[] = []

beforeAll(async () => {
  both = [
    ['built in', await loadZstd()],
    ['WebAssembly', await fromWasm()],
  ]
})

const text = new Uint8Array(Buffer.from('hello chat, '.repeat(100)))
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

describe('each implementation reads what the other wrote', () => {
  it('any bytes', () => {
    const piece = fc.tuple(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 3000 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const plain = join(...pieces.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)))
        for (const [, writer] of both) {
          const frame = writer.compress(plain)
          for (const [, reader] of both)
            expect(Buffer.compare(reader.decompress(frame, plain.length) ?? text, plain)).toBe(0)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('nothing, little, zeros of every size class, and a whole part', () => {
    for (const length of [0, 1, 65, 255, 256, 257, 300, 65_791, 65_792, 300_000, 4 * 2 ** 20]) {
      const zeros = new Uint8Array(length)
      for (const [, writer] of both) {
        const frame = writer.compress(zeros)
        expect(frame.constructor).toBe(Uint8Array)
        for (const [, reader] of both) {
          const plain = reader.decompress(frame, length)
          expect(plain?.constructor).toBe(Uint8Array)
          expect(plain && Buffer.compare(plain, zeros)).toBe(0)
        }
      }
    }
  })
})

describe('what is no whole frame of that length', () => {
  it('cut, followed by anything, or flipped into another length is refused by both', () => {
    for (const [, writer] of both) {
      const frame = writer.compress(text)
      const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7)
      for (const [, reader] of both) {
        for (let length = 0; length < frame.length; length++) {
          expect(reader.decompress(frame.subarray(0, length), text.length)).toBeNull()
        }
        for (const more of [Uint8Array.of(0), skippable, writer.compress(new Uint8Array(0)), frame]) {
          expect(reader.decompress(join(frame, more), text.length)).toBeNull()
        }
        expect(reader.decompress(join(skippable, frame), text.length)).toBeNull()
        expect(reader.decompress(frame, text.length + 1)).toBeNull()
        expect(reader.decompress(frame, text.length - 1)).toBeNull()
      }
    }
  })

  it('any bytes are read or refused, and nothing is thrown', () => {
    const start = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(300), (bytes, length) => {
        for (const [, reader] of both) {
          const plain = reader.decompress(join(start, bytes), length)
          if (plain) expect(plain).toHaveLength(length)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('a frame without a content size, with a dictionary, or with a window above 8 MiB is refused', () => {
    const streamed = zlib.zstdCompressSync(text, { params: { [zlib.constants.ZSTD_c_contentSizeFlag]: 0 } })
    const large = Buffer.alloc(64 * 2 ** 20)
    const wide = zlib.zstdCompressSync(large, { params: { [zlib.constants.ZSTD_c_windowLog]: 25 } })
    const [, builtIn] = both[0] ?? []
    const withDictionary = builtIn?.compress(text) ?? text
    withDictionary[4] = (withDictionary[4] ?? 0) | 1
    for (const [, reader] of both) {
      expect(reader.decompress(streamed, text.length)).toBeNull()
      expect(reader.decompress(wide, large.length)).toBeNull()
      expect(reader.decompress(withDictionary, text.length)).toBeNull()
    }
  })
})

describe('T35: a bomb', () => {
  /** A frame that says it holds 1 KiB and goes on for 10 GiB, in blocks of 128 KiB that repeat one byte. */
  function bomb(): Uint8Array {
    const blocks = Buffer.alloc(81_920 * 4)
    for (let at = 0; at < blocks.length; at += 4) {
      const isLast = at + 4 === blocks.length ? 1 : 0
      blocks.writeUIntLE(isLast | (1 << 1) | (131_072 << 3), at, 3)
    }
    return join(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x38, 0, 4, 0, 0), blocks)
  }

  it('stops at the length that was declared', () => {
    const frame = bomb()
    const before = process.memoryUsage().rss
    for (const [, reader] of both) {
      expect(reader.decompress(frame, 1024)).toBeNull()
      expect(reader.decompress(frame, 10 * 2 ** 30)).toBeNull()
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20)
  })
})
