import { hmac512 } from './hash.ts'
import { lp } from './lp.ts'
import { aeadOpen, aeadSeal, equal, memzero, randomInto } from './sodium.ts'

/**
 * The sealed box, the one form in which anything secret is stored (docs/format.md, Keys, box, padding):
 *
 *     X   = HMAC-SHA-512(key, lp("keepsake1/box", label, aad, nonce))
 *     box = nonce (24) ‖ X[32..63] (32) ‖ XChaCha20-Poly1305(X[0..31], nonce, aad, plain)
 *
 * The middle commits to key, label, associated data and nonce: no box opens under two keys (partitioning oracles:
 * Len, Grubbs, Ristenpart, USENIX Security 2021). The first half is a key of its own for each box, so nonces are
 * random and need no counter that a copied or restored state could repeat.
 */

/** Bytes that a box adds to its plaintext: nonce, commitment, tag. */
export const BOX_OVERHEAD = 72

const NONCE_BYTES = 24
const CIPHER_START = 56
const KEY_BYTES = 32

/**
 * Seals `plain` into a new box.
 *
 * @param key - 32 bytes.
 * @param label - ASCII; what the box holds.
 * @param aad - what the box is bound to; must be given again to open it.
 * @param nonce - 24 bytes, only ever given to make test vectors.
 * @throws RangeError for a wrong length.
 */
export function sealBox(
  key: Uint8Array,
  label: string,
  aad: Uint8Array,
  plain: Uint8Array,
  nonce?: Uint8Array,
): Uint8Array {
  const box = new Uint8Array(plain.length + BOX_OVERHEAD)
  if (nonce) sealWith(box, key, label, aad, plain, nonce)
  else sealBoxInto(box, key, label, aad, plain)
  return box
}

/**
 * Seals `plain` into the start of `out` and answers how many bytes the box takes: 72 more than `plain`. Allocates
 * nothing that grows with it.
 *
 * @param out - with room for the box; must not overlap `plain`.
 * @throws RangeError if `out` is too small or the key has a wrong length.
 */
export function sealBoxInto(
  out: Uint8Array,
  key: Uint8Array,
  label: string,
  aad: Uint8Array,
  plain: Uint8Array,
): number {
  if (out.length < plain.length + BOX_OVERHEAD) throw new RangeError('sealBoxInto: no room for the box')
  const nonce = out.subarray(0, NONCE_BYTES)
  randomInto(nonce)
  return sealWith(out, key, label, aad, plain, nonce)
}

/** Opens a box. Null when it does not open; there is one answer for every reason. */
export function openBox(key: Uint8Array, label: string, aad: Uint8Array, box: Uint8Array): Uint8Array | null {
  if (box.length < BOX_OVERHEAD) return null
  const plain = new Uint8Array(box.length - BOX_OVERHEAD)
  return openBoxInto(plain, key, label, aad, box) === null ? null : plain
}

/**
 * Opens a box into the start of `out` and answers the length of the plaintext. Null when it does not open or `out`
 * has no room for it; what `out` holds is then of no meaning.
 *
 * @param out - must not overlap `box`.
 * @throws RangeError if the key has a wrong length.
 */
export function openBoxInto(
  out: Uint8Array,
  key: Uint8Array,
  label: string,
  aad: Uint8Array,
  box: Uint8Array,
): number | null {
  const plainBytes = box.length - BOX_OVERHEAD
  if (plainBytes < 0 || out.length < plainBytes) return null
  const nonce = box.subarray(0, NONCE_BYTES)
  const derived = derive(key, label, aad, nonce)
  try {
    const isCommitted = equal(derived.subarray(KEY_BYTES), box.subarray(NONCE_BYTES, CIPHER_START))
    const isOpen =
      isCommitted &&
      aeadOpen(out.subarray(0, plainBytes), box.subarray(CIPHER_START), aad, nonce, derived.subarray(0, KEY_BYTES))
    return isOpen ? plainBytes : null
  } finally {
    memzero(derived)
  }
}

function sealWith(
  out: Uint8Array,
  key: Uint8Array,
  label: string,
  aad: Uint8Array,
  plain: Uint8Array,
  nonce: Uint8Array,
): number {
  const boxBytes = plain.length + BOX_OVERHEAD
  const derived = derive(key, label, aad, nonce)
  try {
    out.set(nonce)
    out.set(derived.subarray(KEY_BYTES), NONCE_BYTES)
    aeadSeal(out.subarray(CIPHER_START, boxBytes), plain, aad, nonce, derived.subarray(0, KEY_BYTES))
  } finally {
    memzero(derived)
  }
  return boxBytes
}

function derive(key: Uint8Array, label: string, aad: Uint8Array, nonce: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES || nonce.length !== NONCE_BYTES) {
    throw new RangeError('a box needs a key of 32 and a nonce of 24 bytes')
  }
  return hmac512(key, lp('keepsake1/box', label, aad, nonce))
}
