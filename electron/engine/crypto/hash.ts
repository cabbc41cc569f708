import { createHash, hash } from 'node:crypto'

/** HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the parts, back to back: 32 bytes. */
export function hmac256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac(SHA256, key, parts)
}

/** HMAC-SHA-512 (RFC 2104, FIPS 180-4) of the parts, back to back: 64 bytes. */
export function hmac512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac(SHA512, key, parts)
}

/** SHA-256 (FIPS 180-4) of the parts, back to back: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...rest] = parts
  if (first && rest.length === 0) return plainBytes(hash('sha256', first, 'buffer'))
  const state = createHash('sha256')
  for (const part of parts) state.update(part)
  return plainBytes(state.digest())
}

/** Messages up to this long are hashed in one call. */
const SHORT_BYTES = 1024

/** A hash, and memory for one block of key with a short message behind it: the engine makes some HMACs for each file. */
type HmacHash = Readonly<{ name: string; blockBytes: number; inner: Uint8Array; outer: Uint8Array }>

const hmacHash = (name: string, blockBytes: number, hashBytes: number): HmacHash => ({
  name,
  blockBytes,
  inner: new Uint8Array(blockBytes + SHORT_BYTES),
  outer: new Uint8Array(blockBytes + hashBytes),
})

const SHA256 = hmacHash('sha256', 64, 32)
const SHA512 = hmacHash('sha512', 128, 64)

/**
 * RFC 2104 over Node's hashes. Node's own `createHmac` makes a key object of a raw key each time, which costs four times
 * as much as the two hashes of a short message.
 */
function hmac({ name, blockBytes, inner, outer }: HmacHash, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const block = key.length <= blockBytes ? key : hash(name, key, 'buffer')
  for (let i = 0; i < blockBytes; i++) {
    const byte = block[i] ?? 0
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  try {
    outer.set(innerHash(name, inner, blockBytes, parts), blockBytes)
    return plainBytes(hash(name, outer, 'buffer'))
  } finally {
    inner.fill(0) // the key is in it, and what it was used on may be one
    outer.fill(0)
  }
}

function innerHash(name: string, inner: Uint8Array, blockBytes: number, parts: readonly Uint8Array[]): Uint8Array {
  let end = blockBytes
  for (const part of parts) end += part.length
  if (end > inner.length) {
    const state = createHash(name).update(inner.subarray(0, blockBytes))
    for (const part of parts) state.update(part)
    return state.digest()
  }
  let at = blockBytes
  for (const part of parts) {
    inner.set(part, at)
    at += part.length
  }
  return hash(name, inner.subarray(0, end), 'buffer')
}

/** A view, not a copy: keys are among these bytes, and a copy would be left behind when the caller wipes its own. */
const plainBytes = (digest: Buffer): Uint8Array => new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
