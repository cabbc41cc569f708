/** Longest prepared password, in bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024

/** Nothing longer can shrink below the limit: normalisation puts at most 4 units into 3 bytes. */
const MAX_TEXT_UNITS = 8 * MAX_PASSWORD_BYTES

/**
 * A typed password as the bytes that keys are made of, the same on every keyboard and system: RFC 8265,
 * OpaqueString. Unicode spaces become U+0020, then NFC, then UTF-8. Case, width and spaces at either end stay.
 * Deviation: code points that RFC 8264 would refuse beyond controls are let through, so that emoji work.
 *
 * @returns 1 to 1024 bytes, or null for a password that cannot be: empty, too long, with a control character or a
 * lone surrogate.
 */
export function preparePassword(text: string): Uint8Array | null {
  if (text.length > MAX_TEXT_UNITS || /[\p{Cc}\p{Cs}]/u.test(text)) return null
  const bytes = new TextEncoder().encode(text.replace(/\p{Zs}/gu, ' ').normalize('NFC'))
  return bytes.length >= 1 && bytes.length <= MAX_PASSWORD_BYTES ? bytes : null
}

/**
 * True if the password may be set. Beyond what opening asks it holds no code point that Unicode has not assigned yet:
 * the normal form of such a one could change.
 */
export function isSettable(text: string): boolean {
  return preparePassword(text) !== null && !/\p{Cn}/u.test(text)
}
