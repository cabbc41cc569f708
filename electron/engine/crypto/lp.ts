/**
 * Joins items so that no two different lists give the same bytes: each as its length (u32, little-endian) and its
 * bytes. Every input of a hash and every associated data of a box is built with it (docs/format.md, Keys, box, padding).
 *
 * @param items - bytes, or ASCII text.
 * @throws RangeError for text that is not ASCII.
 */
export function lp(...items: readonly (string | Uint8Array)[]): Uint8Array {
  let total = 0
  for (const item of items) total += 4 + item.length
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const item of items) {
    view.setUint32(at, item.length, true)
    at += 4
    if (typeof item === 'string') writeAscii(bytes, at, item)
    else bytes.set(item, at)
    at += item.length
  }
  return bytes
}

/**
 * A number as 4 bytes, little-endian.
 *
 * @throws RangeError if it is no integer from 0 to 2^32 - 1.
 */
export function u32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new RangeError(`u32: ${value}`)
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) throw new RangeError('lp: text must be ASCII')
    bytes[at + i] = code
  }
}
