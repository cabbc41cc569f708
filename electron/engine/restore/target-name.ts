import { type BytePath, fromFileBytes, toFileBytes } from '#engine/source/byte-path.ts'

const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

/**
 * A name as the target system can hold it. Linux holds all of them; macOS needs UTF-8; Windows neither certain
 * characters, device names nor a dot or space at the end
 * (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). What cannot stand is written as %xx.
 */
export function targetName(name: BytePath, platform: NodeJS.Platform): BytePath {
  if (platform === 'linux') return name
  const held = isUtf8(name) ? name : escape(name, /[\x80-\xff]/g)
  if (platform !== 'win32') return held
  let safe = escape(held, /[\0-\x1f<>:"/\\|?*\x7f]/g)
  safe = safe.replace(/[. ]$/, (last) => percent(last))
  return RESERVED.test(safe) ? percent(safe.slice(0, 1)) + safe.slice(1) : safe
}

const isUtf8 = (name: BytePath): boolean => fromFileBytes(Buffer.from(toFileBytes(name).toString('utf8'))) === name

const escape = (name: BytePath, what: RegExp): BytePath => name.replace(what, percent)

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`
