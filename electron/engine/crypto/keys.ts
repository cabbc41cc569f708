import { hmac256 } from './hash.ts'
import { lp } from './lp.ts'

/** What a key of an epoch is for. One key has one purpose; there is no other way to make one. */
export type KeyLabel = 'part' | 'pack' | 'index' | 'record' | 'config' | 'state' | 'handover'

/** The keys of content ids; they outlive rotations (docs/format.md, Keys, box, padding). */
export type IdKeys = Readonly<{ id: Uint8Array; cut: Uint8Array; page: Uint8Array }>

const ID_BYTES = 16
const KEY_BYTES = 32

/** The public name of a root: 16 bytes that tell nothing about it. */
export function keyIdOf(root: Uint8Array): Uint8Array {
  return hmac256(wholeKey(root), lp('keepsake1/keyid')).slice(0, ID_BYTES)
}

/**
 * The 32-byte key that an epoch's root gives for one purpose.
 *
 * @throws RangeError if `root` is not 32 bytes.
 */
export function deriveKey(root: Uint8Array, label: KeyLabel): Uint8Array {
  return hmac256(wholeKey(root), lp('keepsake1/key', label))
}

/** The keys for part ids, for cutting the manifest and for page ids, all from a repository's idKey (32 bytes). */
export function idKeys(idKey: Uint8Array): IdKeys {
  wholeKey(idKey)
  return {
    id: hmac256(idKey, lp('keepsake1/id')),
    cut: hmac256(idKey, lp('keepsake1/cut')),
    page: hmac256(idKey, lp('keepsake1/page')),
  }
}

/**
 * The content id of a part: 16 bytes. The type is hashed too, so that a file can never pass for a piece of manifest.
 *
 * @param idKeyId - the `id` key of `idKeys`.
 * @param type - the part's type, 0 to 255.
 */
export function partId(idKeyId: Uint8Array, type: number, plaintext: Uint8Array): Uint8Array {
  return hmac256(idKeyId, Uint8Array.of(type), plaintext).slice(0, ID_BYTES)
}

function wholeKey(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) throw new RangeError('a key must have 32 bytes')
  return key
}
