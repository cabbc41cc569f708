import { BackupError } from '#common/errors.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import { random } from './sodium.ts'

const DIGITS = 64
const GROUP_DIGITS = 4

/** Far more than a key with any layout around it; what is longer is some other file. */
const MAX_TEXT_UNITS = 4096

/** A new 64-digit key: 256 random bits as lower-case hexadecimal. */
export function generateKey64(): string {
  return toHex(random(DIGITS / 2))
}

/**
 * Reads a 64-digit key however it was copied: in groups, over several lines, with capitals, full-width or invisible
 * characters, dashes or colons, and with O for 0 or l and I for 1.
 *
 * @returns 32 bytes.
 * @throws BackupError `key-malformed` with `reason` "letter" and the first `letter` that no key has, or `reason`
 * "length" and the number of `digits` found. Nothing else of the key is in it.
 */
export function parseKey64(text: string): Uint8Array {
  if (text.length > MAX_TEXT_UNITS) throw new BackupError('key-malformed', { reason: 'length', digits: text.length })
  const typed = tidy(text)
  const letter = /[^0-9a-f]/u.exec(typed)?.[0]
  if (letter !== undefined) throw new BackupError('key-malformed', { reason: 'letter', letter: letter.toWellFormed() })
  if (typed.length !== DIGITS) throw new BackupError('key-malformed', { reason: 'length', digits: typed.length })
  return fromHex(typed)
}

/** A key (64 lower-case hex) as people read it: 16 groups of 4 digits, divided by spaces. */
export function formatKey64(hex: string): string {
  const groups: string[] = []
  for (let at = 0; at < hex.length; at += GROUP_DIGITS) groups.push(hex.slice(at, at + GROUP_DIGITS))
  return groups.join(' ')
}

/** NFKC makes full-width digits plain; \p{Cf} are the invisible ones: byte order mark, zero-width, soft hyphen. */
function tidy(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s\p{Dash}\p{Cf}:]/gu, '')
    .toLowerCase()
    .replaceAll('o', '0')
    .replace(/[li]/g, '1')
}
