import * as zlib from 'node:zlib'

/** Zstandard (RFC 8878) in memory. Both ways are synchronous; the engine has a process of its own. */
export type Zstd = Readonly<{
  compress(plain: Uint8Array): Uint8Array
  /**
   * Inflates one frame to exactly `lengthBytes`. Null when it is not whole, declares another length, goes on behind its
   * end, or does not hold what it declares; never more than `lengthBytes` are made of it.
   */
  decompress(frame: Uint8Array, lengthBytes: number): Uint8Array | null
}>

/** Fast levels only: level 3 costs 11 % more CPU for 7 % less (docs/decisions/0004). */
const LEVEL = 1

let loaded: Promise<Zstd> | null = null

/**
 * The runtime's own zstd where it has one (Node 22.15 and later), otherwise the WebAssembly build. What one writes the
 * other reads; this is the only file that knows which is in use.
 */
export function loadZstd(): Promise<Zstd> {
  loaded ??= typeof zlib.zstdCompressSync === 'function' ? Promise.resolve(builtIn()) : fromWasm()
  return loaded
}

function builtIn(): Zstd {
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL }
  return guarded({
    compress: (plain) => zlib.zstdCompressSync(plain, { params, chunkSize: chunkFor(plain.length) }),
    decompress: (frame, lengthBytes) => zlib.zstdDecompressSync(frame, { maxOutputLength: Math.max(1, lengthBytes) }),
  })
}

/** One piece of output for a run of pages instead of many that are joined afterwards. Node takes no less than 64. */
const chunkFor = (bytes: number): number => Math.max(64, Math.min(bytes, 2 ** 16))

/** Exported for the test that crosses the two implementations. */
export async function fromWasm(): Promise<Zstd> {
  const wasm = await import('@bokuweb/zstd-wasm')
  await wasm.init()
  return guarded({
    compress: (plain) => wasm.compress(plain, LEVEL),
    decompress: (frame, lengthBytes) => wasm.decompress(frame, { defaultHeapSize: lengthBytes }),
  })
}

type Raw = { compress(plain: Uint8Array): Uint8Array; decompress(frame: Uint8Array, lengthBytes: number): Uint8Array }

function guarded(raw: Raw): Zstd {
  return {
    compress: (plain) => plainBytes(raw.compress(plain)),
    decompress(frame, lengthBytes) {
      const header = readHeader(frame)
      if (header?.contentBytes !== lengthBytes || frameEnd(frame, header) !== frame.length) return null
      try {
        const plain = raw.decompress(frame, lengthBytes)
        return plain.length === lengthBytes ? plainBytes(plain) : null
      } catch {
        return null
      }
    },
  }
}

/** Node answers Buffers; everywhere else in the engine bytes are plain. */
const plainBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

const MAGIC = 0xfd2fb528
const MAX_WINDOW_BYTES = 8 * 2 ** 20

type Header = Readonly<{ bytes: number; contentBytes: number; hasChecksum: boolean }>

/**
 * A frame's header (RFC 8878, 3.1.1.1), or null when it states no content size, or the frame wants a dictionary or a
 * window above 8 MiB. Read before anything is allocated for the frame.
 */
function readHeader(frame: Uint8Array): Header | null {
  if (frame.length < 6) return null
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  if (view.getUint32(0, true) !== MAGIC) return null
  const descriptor = view.getUint8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  if ((descriptor & 3) !== 0) return null // a dictionary: never ours
  if (!isSingleSegment && (sizeFlag === 0 || windowBytes(view.getUint8(5)) > MAX_WINDOW_BYTES)) return null
  const at = isSingleSegment ? 5 : 6
  const bytes = at + 2 ** sizeFlag
  if (frame.length < bytes) return null
  return { bytes, contentBytes: contentBytes(view, at, sizeFlag), hasChecksum: (descriptor & 4) !== 0 }
}

function contentBytes(view: DataView, at: number, sizeFlag: number): number {
  if (sizeFlag === 0) return view.getUint8(at)
  if (sizeFlag === 1) return view.getUint16(at, true) + 256
  if (sizeFlag === 2) return view.getUint32(at, true)
  return Number(view.getBigUint64(at, true))
}

/** The window that a decoder has to keep, by the descriptor's exponent and mantissa (RFC 8878, 3.1.1.1.2). */
function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

/**
 * Where the frame ends, by its blocks' own headers (RFC 8878, 3.1.1.2). Decoders do not agree on what may follow a
 * frame; here nothing may.
 */
function frameEnd(frame: Uint8Array, { bytes, hasChecksum }: Header): number | null {
  for (let at = bytes; at + 3 <= frame.length; ) {
    const head = (frame[at] ?? 0) | ((frame[at + 1] ?? 0) << 8) | ((frame[at + 2] ?? 0) << 16)
    const isRepeated = ((head >> 1) & 3) === 1
    at += 3 + (isRepeated ? 1 : head >> 3)
    if ((head & 1) === 1) return at + (hasChecksum ? 4 : 0)
  }
  return null
}
