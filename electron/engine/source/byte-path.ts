/**
 * File names are bytes, not text (POSIX): some are not valid UTF-8. A BytePath holds one byte in each char code
 * (0 to 255), so that names compare, sort and slice as bytes, cost one byte each, and come back exactly.
 * `/` parts the components on every system. On Windows the bytes are generalised UTF-8 (WTF-8), so that lone
 * surrogates survive (https://simonsapin.github.io/wtf-8/).
 */
export type BytePath = string

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

/** What the file system gave as bytes. */
export function fromFileBytes(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

export function toFileBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1')
}

/** Text as the user or the command line wrote it. Lone surrogates become their three WTF-8 bytes. */
export function fromText(text: string): BytePath {
  if (isAscii(text)) return text
  let out = ''
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) {
      out += String.fromCharCode(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    } else out += Buffer.from(char, 'utf8').toString('latin1')
  }
  return out
}

/** Text to show; bytes that are not UTF-8 become U+FFFD. Not for opening files. */
export function toText(path: BytePath): string {
  return isAscii(path) ? path : toFileBytes(path).toString('utf8')
}

/** Orders paths as a depth-first walk with sorted names meets them: `/` counts as the smallest byte. */
export function comparePaths(a: BytePath, b: BytePath): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return (x === 0x2f ? 0 : x) - (y === 0x2f ? 0 : y)
  }
  return a.length - b.length
}
