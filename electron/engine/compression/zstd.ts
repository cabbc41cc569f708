import * as zlib from 'node:zlib'

/** Zstandard (RFC 8878) in memory. Both ways are synchronous; the engine has a process of its own. */
export type Zstd = Readonly<{
  compress(plain: Uint8Array): Uint8Array
  /** Inflates to exactly `lengthBytes`, or answers null when the frame is not whole or declares another length. */
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
    compress: (plain) => zlib.zstdCompressSync(plain, { params }),
    decompress: (frame, lengthBytes) => zlib.zstdDecompressSync(frame, { maxOutputLength: lengthBytes }),
  })
}

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
    compress: (plain) => raw.compress(plain),
    decompress(frame, lengthBytes) {
      if (declaredLength(frame) !== lengthBytes) return null
      try {
        const plain = raw.decompress(frame, lengthBytes)
        return plain.length === lengthBytes ? plain : null
      } catch {
        return null
      }
    },
  }
}

const MAGIC = 0xfd2fb528
const MAX_WINDOW_BYTES = 8 * 2 ** 20

/**
 * The content size in a frame's header (RFC 8878, 3.1.1.1), or null when there is none, the frame wants a dictionary or
 * a window above 8 MiB. Read before anything is allocated for it.
 */
function declaredLength(frame: Uint8Array): number | null {
  if (frame.length < 6) return null
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  if (view.getUint32(0, true) !== MAGIC) return null
  const descriptor = view.getUint8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  if ((descriptor & 3) !== 0) return null // a dictionary: never ours
  if (!isSingleSegment && (sizeFlag === 0 || windowBytes(view.getUint8(5)) > MAX_WINDOW_BYTES)) return null
  const at = isSingleSegment ? 5 : 6
  if (frame.length < at + 2 ** sizeFlag) return null
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
