/** The few functions of sodium-native 5.1 that ./sodium.ts uses; the package has no types of its own. */
declare module 'sodium-native' {
  const sodium: Readonly<{
    crypto_pwhash_ALG_ARGON2ID13: number

    randombytes_buf(out: Uint8Array): void

    /** Throws an Error when it cannot; `nsec` is always null. */
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      cipher: Uint8Array,
      plain: Uint8Array,
      aad: Uint8Array,
      nsec: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number

    /** Throws an Error for bytes that do not authenticate. */
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      plain: Uint8Array,
      nsec: null,
      cipher: Uint8Array,
      aad: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number

    crypto_pwhash_async(
      out: Uint8Array,
      password: Uint8Array,
      salt: Uint8Array,
      ops: number,
      memBytes: number,
      alg: number,
    ): Promise<void>

    sodium_memzero(bytes: Uint8Array): void
    sodium_mlock(bytes: Uint8Array): void
    sodium_munlock(bytes: Uint8Array): void
  }>
  export default sodium
}
