import { timingSafeEqual } from 'node:crypto'
import sodium from 'sodium-native'

/**
 * The one door to sodium-native. The locked allocator of libsodium stays unused on purpose: Electron forbids memory
 * that V8 did not allocate, in each of its processes.
 */

/** Bytes that an authentication tag adds to a plaintext. */
export const TAG_BYTES = 16

/** Fresh bytes from the system's generator, the only source of randomness in the engine. */
export function random(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes)
  randomInto(bytes)
  return bytes
}

/** Fills `bytes` with fresh random bytes. */
export function randomInto(bytes: Uint8Array): void {
  if (bytes.length > 0) sodium.randombytes_buf(bytes)
}

/**
 * A whole number from 0 to `bound` - 1, each as likely as the others: draws that would favour small ones are thrown
 * away and drawn again.
 *
 * @param bound - 1 to 2^32.
 */
export function randomBelow(bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) throw new RangeError(`randomBelow: ${bound}`)
  const fairBelow = 2 ** 32 - (2 ** 32 % bound)
  const draw = new Uint32Array(1)
  do randomInto(new Uint8Array(draw.buffer))
  while ((draw[0] ?? 0) >= fairBelow)
  return (draw[0] ?? 0) % bound
}

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): fills `out` with the ciphertext and its 16-byte tag.
 *
 * @param out - exactly 16 bytes longer than `plain`; must not overlap it.
 * @param nonce - 24 bytes, never used twice with one key.
 * @param key - 32 bytes.
 * @throws Error for a wrong length.
 */
export function aeadSeal(
  out: Uint8Array,
  plain: Uint8Array,
  aad: Uint8Array,
  nonce: Uint8Array,
  key: Uint8Array,
): void {
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(out, plain, aad, null, nonce, key)
}

/**
 * Undoes `aeadSeal`. False for bytes that do not authenticate, whatever the reason; `out` then holds nothing of them.
 *
 * @param out - exactly 16 bytes shorter than `cipher`; must not overlap it.
 * @throws RangeError for a wrong length of `out`, `nonce` or `key`, which is a mistake of the caller.
 */
export function aeadOpen(
  out: Uint8Array,
  cipher: Uint8Array,
  aad: Uint8Array,
  nonce: Uint8Array,
  key: Uint8Array,
): boolean {
  if (nonce.length !== 24 || key.length !== 32) throw new RangeError('aeadOpen: nonce or key has a wrong length')
  if (cipher.length < TAG_BYTES) return false
  if (out.length !== cipher.length - TAG_BYTES) throw new RangeError('aeadOpen: out has a wrong length')
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(out, null, cipher, aad, nonce, key)
    return true
  } catch {
    out.fill(0)
    return false
  }
}

/**
 * Argon2id version 1.3 with one lane (RFC 9106), off the main thread. The caller has bounded `ops` and `memBytes`.
 *
 * @param salt - 16 bytes.
 * @returns 32 bytes.
 * @throws Error when the memory cannot be had; that says nothing about the password.
 */
export async function argon2id(
  password: Uint8Array,
  salt: Uint8Array,
  ops: number,
  memBytes: number,
): Promise<Uint8Array> {
  const out = new Uint8Array(32)
  await sodium.crypto_pwhash_async(out, password, salt, ops, memBytes, sodium.crypto_pwhash_ALG_ARGON2ID13)
  return out
}

/** Overwrites bytes with zeros in a way that no compiler removes. */
export function memzero(bytes: Uint8Array): void {
  if (bytes.length > 0) sodium.sodium_memzero(bytes)
}

/** Asks the system not to swap these bytes out. False where it refuses, which is no failure (limits differ). */
export function mlock(bytes: Uint8Array): boolean {
  try {
    sodium.sodium_mlock(bytes)
    return true
  } catch {
    return false
  }
}

/** Undoes `mlock`, for the whole pages that the bytes lie on. Overwrites the bytes. */
export function munlock(bytes: Uint8Array): void {
  try {
    sodium.sodium_munlock(bytes)
  } catch {
    // it was not locked
  }
}

/** Compares secrets in a time that depends on their lengths only. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
