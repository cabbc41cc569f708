import { createHash, createHmac, hash } from 'node:crypto'

/** HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the parts, back to back: 32 bytes. */
export function hmac256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac('sha256', key, parts)
}

/** HMAC-SHA-512 (RFC 2104, FIPS 180-4) of the parts, back to back: 64 bytes. */
export function hmac512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac('sha512', key, parts)
}

/** SHA-256 (FIPS 180-4) of the parts, back to back: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...rest] = parts
  if (first && rest.length === 0) return plainBytes(hash('sha256', first, 'buffer'))
  const state = createHash('sha256')
  for (const part of parts) state.update(part)
  return plainBytes(state.digest())
}

function hmac(name: 'sha256' | 'sha512', key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const state = createHmac(name, key)
  for (const part of parts) state.update(part)
  return plainBytes(state.digest())
}

/** A view, not a copy: keys are among these bytes, and a copy would be left behind when the caller wipes its own. */
const plainBytes = (digest: Buffer): Uint8Array => new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
