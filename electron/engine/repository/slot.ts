import { BackupError } from '#common/errors.ts'
import { hmac256 } from '#engine/crypto/hash.ts'
import { derivePasswordKey, isWithinKdfBounds, type KdfSettings } from '#engine/crypto/kdf.ts'
import { keyIdOf } from '#engine/crypto/keys.ts'
import { lp } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { SecretBuffer, secretCopy } from '#engine/crypto/secret-buffer.ts'
import { random } from '#engine/crypto/sodium.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import { FORMAT_VERSION, OBJECT_KIND, objectStart } from './object.ts'
import { SECRET_CODE, type SecretKind, secretOfCode } from './secret-kind.ts'

/** A key slot: the root wrapped under one secret of the person (docs/format.md, Key slots). 512 bytes. */
export const SLOT_BYTES = 512
const HEAD_BYTES = 80
const PLAIN_BYTES = SLOT_BYTES - HEAD_BYTES - BOX_OVERHEAD
const ALG_NONE = 0
const ALG_ARGON2ID13 = 2

/** A secret made ready for slots: the prepared password's bytes, or the 32 bytes of the 64-digit key. */
export type SlotSecret = Readonly<{ kind: SecretKind; bytes: Uint8Array }>

/** What a password once gave with a salt of its own: wraps roots as the password does, and does not give it away. */
export type DerivedPassword = Readonly<{ kind: 'password'; kdf: KdfSettings; salt: Uint8Array; prk: Uint8Array }>

/** What a new slot can be made with. */
export type NewSecret = SlotSecret | DerivedPassword

const isDerived = (secret: NewSecret): secret is DerivedPassword => 'prk' in secret

/** A slot's public head. */
export type SlotHead = Readonly<{
  repoId: Uint8Array
  slotId: string // 32 hex
  secret: SecretKind
  kdf: KdfSettings
  salt: Uint8Array
}>

/** What a slot gives when it opens. */
export type SlotContent = Readonly<{ keyId: Uint8Array; root: Uint8Array; epoch: number }>

/** Derives what slots for this password can be made with later. Costs one Argon2id run. */
export async function derivePassword({ bytes }: SlotSecret, kdf: KdfSettings): Promise<DerivedPassword> {
  const salt = random(16)
  return { kind: 'password', kdf, salt, prk: await derivePasswordKey(bytes, kdf, salt) }
}

/** Wraps a root under a secret. For a password this costs one Argon2id run with `policy`, unless it was derived before. */
export async function sealSlot(
  secret: NewSecret,
  repoId: Uint8Array,
  slotId: Uint8Array,
  content: SlotContent,
  policy: KdfSettings,
): Promise<Uint8Array> {
  const { salt, kdf } = isDerived(secret) ? secret : { salt: random(16), kdf: policy }
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(objectStart(OBJECT_KIND.slot))
  bytes.set(repoId, 8)
  bytes.set(slotId, 24)
  bytes[40] = SECRET_CODE[secret.kind]
  bytes[41] = secret.kind === 'password' ? ALG_ARGON2ID13 : ALG_NONE
  if (secret.kind === 'password') {
    view.setUint32(44, kdf.ops, true)
    view.setUint32(48, kdf.memKiB, true)
  }
  bytes.set(salt, 52)
  using plain = new SecretBuffer(PLAIN_BYTES)
  plain.bytes.set(content.keyId)
  plain.bytes.set(content.root, 16)
  new DataView(plain.bytes.buffer).setUint32(48, content.epoch, true)
  using key = await slotKey(secret, { repoId, slotId: toHex(slotId), secret: secret.kind, kdf, salt }, slotId)
  bytes.set(sealBox(key.bytes, 'slot', bytes.subarray(0, HEAD_BYTES), plain.bytes), HEAD_BYTES)
  return bytes
}

/**
 * Reads a slot's head. Answers null when it is no well-formed slot of this version.
 *
 * @throws BackupError `key-settings` when its numbers are outside the safe range; nothing was allocated for them.
 */
export function parseSlotHead(bytes: Uint8Array): SlotHead | null {
  if (bytes.length !== SLOT_BYTES || !sameBytes(bytes.subarray(0, 8), objectStart(OBJECT_KIND.slot))) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const alg = view.getUint8(41)
  const kdf: KdfSettings = { ops: view.getUint32(44, true), memKiB: view.getUint32(48, true) }
  const head = { repoId: bytes.slice(8, 24), slotId: toHex(bytes.subarray(24, 40)), kdf, salt: bytes.slice(52, 68) }
  const secret = secretOfCode(view.getUint8(40))
  if (secret === 'key') return alg === ALG_NONE ? { ...head, secret } : null
  if (secret !== 'password') return null
  if (alg !== ALG_ARGON2ID13 || !isWithinKdfBounds(kdf)) throw new BackupError('key-settings')
  return { ...head, secret }
}

/** True when the bytes are a slot of a later version of the format. */
export function isNewerSlot(bytes: Uint8Array): boolean {
  const start = objectStart(OBJECT_KIND.slot)
  return bytes.length >= 8 && sameBytes(bytes.subarray(0, 4), start.subarray(0, 4)) && (bytes[4] ?? 0) > FORMAT_VERSION
}

/** Tries a secret on a slot; null when it does not open, whatever the reason. */
export async function openSlot(bytes: Uint8Array, head: SlotHead, secret: NewSecret): Promise<SlotContent | null> {
  if (head.secret !== secret.kind) return null
  using key = await slotKey(secret, head, bytes.subarray(24, 40))
  const opened = openBox(key.bytes, 'slot', bytes.subarray(0, HEAD_BYTES), bytes.subarray(HEAD_BYTES))
  if (!opened) return null
  using plain = SecretBuffer.from(opened, { wipeSource: true })
  const [keyId, root] = [plain.bytes.slice(0, 16), secretCopy(plain.bytes.subarray(16, 48))]
  if (plain.bytes.length !== PLAIN_BYTES || !sameBytes(keyId, keyIdOf(root))) return null
  return { keyId, root, epoch: new DataView(plain.bytes.buffer).getUint32(48, true) }
}

async function slotKey(secret: NewSecret, head: SlotHead, slotId: Uint8Array): Promise<SecretBuffer> {
  using secretPrk = SecretBuffer.from(await slotPrk(secret, head, slotId), { wipeSource: true })
  return SecretBuffer.from(hmac256(secretPrk.bytes, lp('keepsake1/key', 'slot')), { wipeSource: true })
}

/** A derived password fits the slots that were made with it. */
function slotPrk(secret: NewSecret, head: SlotHead, slotId: Uint8Array): Promise<Uint8Array> | Uint8Array {
  if (isDerived(secret)) return secretCopy(secret.prk)
  if (secret.kind === 'password') return derivePasswordKey(secret.bytes, head.kdf, head.salt)
  return hmac256(secret.bytes, lp('keepsake1/key64', head.repoId, slotId, head.salt))
}
