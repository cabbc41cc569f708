import { type BytePath, fromFileBytes, toFileBytes } from '#engine/source/byte-path.ts'

/** Device names; their superscript digits are two bytes each. */
const RESERVED = /^(con|prn|aux|nul|(com|lpt)([0-9]|\xc2[\xb2\xb3\xb9]))(\.|$)/i

/** Longest name in bytes: what ext4 and most others hold, and never more than the 255 units of Windows and macOS. */
const MAX_NAME_BYTES = 255

/**
 * A name as the target system can hold it. Linux holds all of them; macOS needs UTF-8; Windows neither certain
 * characters, device names nor a dot or space at the end
 * (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). What cannot stand is written as %xx; a name that is
 * too long loses the end of its stem.
 */
export function targetName(name: BytePath, platform: NodeJS.Platform): BytePath {
  if (platform === 'linux') return shortened(name, '')
  const held = isUtf8(name) ? name : escape(name, /[\x80-\xff]/g)
  if (platform !== 'win32') return shortened(held, '')
  let safe = escape(held, /[\0-\x1f<>:"/\\|?*\x7f]/g)
  safe = safe.replace(/[. ]$/, (last) => percent(last))
  return shortened(RESERVED.test(safe) ? percent(safe.slice(0, 1)) + safe.slice(1) : safe, '')
}

const isUtf8 = (name: BytePath): boolean => fromFileBytes(Buffer.from(toFileBytes(name).toString('utf8'))) === name

const escape = (name: BytePath, what: RegExp): BytePath => name.replace(what, percent)

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`

/** `photo.jpg` becomes `photo (2).jpg`. */
export const withNumber = (name: BytePath, n: number): BytePath => shortened(name, ` (${n})`)

/** Puts `mark` before the ending and cuts what is too long before it, never inside a character. */
function shortened(name: BytePath, mark: string): BytePath {
  const dot = name.lastIndexOf('.')
  const hasEnding = dot > 0 && name.length - dot <= 32
  const [stem, ending] = hasEnding ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const room = MAX_NAME_BYTES - mark.length - ending.length
  return (stem.length <= room ? stem : cut(stem, room)) + mark + ending
}

/** At most `length` bytes; ends before a character that would be cut in two, and never in a dot or space. */
function cut(name: BytePath, length: number): BytePath {
  let end = length
  while (end > length - 3 && (name.charCodeAt(end) & 0xc0) === 0x80) end--
  return name.slice(0, end).replace(/[. ]+$/, '_')
}
