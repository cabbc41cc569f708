/**
 * Format 1 once more, for tests only: written after the description and not after the engine, with other libraries
 * (@noble/ciphers, @noble/hashes, Node's own zstd). It shares no line with electron/engine. What both read alike is
 * what the description says; a mistake would have to be made twice.
 */
import { createHash, createHmac } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { argon2id } from '@noble/hashes/argon2.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'

type Bytes = Uint8Array
export type Cbor = number | string | Bytes | readonly Cbor[] | ReadonlyMap<number, Cbor>

export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')
export const bytesOf = (text: string): Bytes => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))

const ascii = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const join = (...parts: readonly Bytes[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]))
const le32 = (value: number): Bytes => Uint8Array.from([0, 8, 16, 24], (shift) => (value >>> shift) & 255)
const read32 = (bytes: Bytes, at: number): number => Buffer.from(bytes).readUInt32LE(at)
const same = (a: Bytes, b: Bytes): boolean => hex(a) === hex(b)

export const lengthPrefixed = (...items: readonly (string | Bytes)[]): Bytes =>
  join(
    ...items.flatMap((item) => {
      const bytes = typeof item === 'string' ? ascii(item) : item
      return [le32(bytes.length), bytes]
    }),
  )

export const keyIdOf = (root: Bytes): Bytes => hmac(sha256, root, lengthPrefixed('keepsake1/keyid')).slice(0, 16)
export const keyFor = (root: Bytes, label: string): Bytes => hmac(sha256, root, lengthPrefixed('keepsake1/key', label))
export const idKeyFor = (idKey: Bytes, label: string): Bytes =>
  hmac(sha256, idKey, lengthPrefixed(`keepsake1/${label}`))
export const pathHash = (idKey: Bytes, path: string): Bytes => hmac(sha256, idKeyFor(idKey, 'cut'), ascii(path))
export const partId = (idKey: Bytes, type: number, plain: Bytes): Bytes =>
  Uint8Array.from(createHmac('sha256', idKeyFor(idKey, 'id')).update(Uint8Array.of(type)).update(plain).digest()).slice(
    0,
    16,
  )

function boxKeys(key: Bytes, label: string, aad: Bytes, nonce: Bytes): readonly [key: Bytes, commitment: Bytes] {
  const both = hmac(sha512, key, lengthPrefixed('keepsake1/box', label, aad, nonce))
  return [both.slice(0, 32), both.slice(32)]
}

export function seal(key: Bytes, label: string, aad: Bytes, plain: Bytes, nonce: Bytes): Bytes {
  const [boxKey, commitment] = boxKeys(key, label, aad, nonce)
  return join(nonce, commitment, xchacha20poly1305(boxKey, nonce, aad).encrypt(plain))
}

export function open(key: Bytes, label: string, aad: Bytes, box: Bytes): Bytes {
  if (box.length < 72) throw new Error('box: too short')
  const nonce = box.slice(0, 24)
  const [boxKey, commitment] = boxKeys(key, label, aad, nonce)
  if (!same(commitment, box.slice(24, 56))) throw new Error('box: other commitment')
  return xchacha20poly1305(boxKey, nonce, aad).decrypt(box.slice(56))
}

function withoutPadding(padded: Bytes): Bytes {
  const end = padded.findLastIndex((byte) => byte !== 0)
  if (padded[end] !== 0x80) throw new Error('padding')
  return padded.slice(0, end)
}

/** Padmé as its paper writes it, with big integers. */
export function padme(length: number): number {
  if (length < 2) return length
  const exponent = BigInt(length.toString(2).length - 1)
  const mantissa = BigInt(exponent.toString(2).length)
  const lastBits = exponent - mantissa
  const mask = lastBits > 0n ? (1n << lastBits) - 1n : 0n
  return Number((BigInt(length) + mask) & ~mask)
}

function mustStart(bytes: Bytes, kind: number): void {
  if (!same(bytes.slice(0, 8), join(ascii('KPSK'), Uint8Array.of(1, kind, 0, 0)))) throw new Error('header')
}

/** The root in a slot, by the 32 bytes of a 64-digit key or by a password as typed. */
export function openSlot(file: Bytes, secret: Readonly<{ key: Bytes } | { password: string }>) {
  if (file.length !== 512) throw new Error('slot: size')
  mustStart(file, 1)
  const [repoId, slotId, salt] = [file.slice(8, 24), file.slice(24, 40), file.slice(52, 68)]
  const [kind, algorithm, passes, memory] = [file[40], file[41], read32(file, 44), read32(file, 48)]
  let prk: Bytes
  if ('key' in secret) {
    if (kind !== 2 || algorithm !== 0) throw new Error('slot: not for a key')
    prk = hmac(sha256, secret.key, lengthPrefixed('keepsake1/key64', repoId, slotId, salt))
  } else {
    if (kind !== 1 || algorithm !== 2) throw new Error('slot: not for a password')
    const prepared = new TextEncoder().encode(secret.password.replace(/\p{Zs}/gu, ' ').normalize('NFC'))
    prk = argon2id(prepared, salt, { t: passes, m: memory, p: 1, dkLen: 32 })
  }
  const plain = open(keyFor(prk, 'slot'), 'slot', file.slice(0, 80), file.slice(80))
  if (plain.length !== 360 || plain.slice(52).some((byte) => byte !== 0)) throw new Error('slot: content')
  const root = plain.slice(16, 48)
  if (!same(plain.slice(0, 16), keyIdOf(root))) throw new Error('slot: key id')
  return { repoId, slotId, root, epoch: read32(plain, 48) }
}

/** A config's body, bound to its name without "-a.kps". */
export function openConfig(root: Bytes, repoId: Bytes, stem: string, file: Bytes) {
  if (![4096, 8192, 16384].includes(file.length)) throw new Error('config: size')
  mustStart(file, 2)
  if (!same(file.slice(8, 24), keyIdOf(root))) throw new Error('config: other root')
  const aad = lengthPrefixed('keepsake1', 'config', repoId, stem, file.slice(0, 80))
  const body = withoutPadding(open(keyFor(root, 'config'), 'config', aad, file.slice(80)))
  const handover = { parentKeyId: file.slice(32, 48), proof: file.slice(48, 80) }
  return { fields: mapOf(readCbor(body)), body, handover }
}

/** What proves to the holder of `parent` that a config with this head replaced it. */
export const handoverProof = (parent: Bytes, stem: string, keyId: Bytes, seq: number, epoch: number): Bytes =>
  hmac(sha256, keyFor(parent, 'handover'), lengthPrefixed(stem, keyId, le32(seq), le32(epoch)))

function openNamed(
  kind: 'index' | 'record',
  number: number,
  root: Bytes,
  repoId: Bytes,
  tail: readonly (string | Bytes)[],
  file: Bytes,
) {
  mustStart(file, number)
  const keyId = keyIdOf(root)
  if (!same(file.slice(8, 16), keyId.slice(0, 8))) throw new Error(`${kind}: other root`)
  const aad = lengthPrefixed('keepsake1', kind, repoId, keyId, ...tail)
  return mapOf(readCbor(withoutPadding(open(keyFor(root, kind), kind, aad, file.slice(16)))))
}

export const openIndex = (root: Bytes, repoId: Bytes, name: string, file: Bytes) =>
  openNamed('index', 4, root, repoId, [name], file)

export const openRecord = (root: Bytes, repoId: Bytes, name: string, deviceId: Bytes, file: Bytes) =>
  openNamed('record', 5, root, repoId, [name, deviceId], file)

export type Part = Readonly<{ id: Bytes; type: number; plain: Bytes }>

/** Every part of a pack, in order, each proven; every byte of the pack is accounted for. */
export function openPack(root: Bytes, repoId: Bytes, idKey: Bytes, name: string, file: Bytes) {
  mustStart(file, 3)
  const keyId = keyIdOf(root)
  if (!same(file.slice(8, 16), keyId.slice(0, 8))) throw new Error('pack: other root')
  const aad = (label: string) => lengthPrefixed('keepsake1', label, repoId, keyId, name)
  const trailer = open(keyFor(root, 'pack'), 'pack-trailer', aad('pack-trailer'), file.slice(-88))
  const [at, length, count] = [read32(trailer, 0), read32(trailer, 4), read32(trailer, 8)]
  if (read32(trailer, 12) !== 0 || at + length + 88 !== file.length) throw new Error('pack: trailer')
  const footerBox = file.slice(at, at + length)
  const footer = open(keyFor(root, 'pack'), 'pack-footer', aad('pack-footer'), footerBox)
  if (read32(footer, 0) !== count || footer.length !== 4 + 28 * count) throw new Error('pack: footer')
  const parts: Part[] = []
  let offset = 16
  for (let i = 0; i < count; i++) {
    const entry = footer.slice(4 + 28 * i, 32 + 28 * i)
    const [id, type, stored, plainLength] = [entry.slice(0, 16), entry[16] ?? 0, read32(entry, 20), read32(entry, 24)]
    const plain = openPart(root, repoId, idKey, id, type, file.slice(offset, offset + stored))
    if (plain.length !== plainLength) throw new Error('pack: part length')
    parts.push({ id, type, plain })
    offset += stored
  }
  const filler = file.slice(offset, at)
  if (filler.length > 0) {
    const zeros = open(keyFor(root, 'part'), 'filler', partAad(repoId, keyId, new Uint8Array(16)), filler)
    if (zeros.some((byte) => byte !== 0)) throw new Error('pack: filler')
  }
  return { parts, fillerBytes: filler.length, commitment: footerBox.slice(24, 56), entries: footer.slice(4) }
}

const partAad = (repoId: Bytes, keyId: Bytes, id: Bytes): Bytes =>
  lengthPrefixed('keepsake1', 'part', repoId, keyId, id)

export function openPart(root: Bytes, repoId: Bytes, idKey: Bytes, id: Bytes, type: number, box: Bytes): Bytes {
  const body = open(keyFor(root, 'part'), 'part', partAad(repoId, keyIdOf(root), id), box)
  if (body[1] !== type || body[2] !== 0 || body[3] !== 0) throw new Error('part: head')
  const payload = body.slice(8)
  const plain = body[0] === 0 ? payload : Uint8Array.from(zstdDecompressSync(payload))
  if (plain.length !== read32(body, 4) || !same(partId(idKey, type, plain), id)) throw new Error('part: content')
  return plain
}

export const sha256Of = (bytes: Bytes): Bytes => Uint8Array.from(createHash('sha256').update(bytes).digest())

export function mapOf(value: Cbor): ReadonlyMap<number, Cbor> {
  if (!(value instanceof Map)) throw new Error('cbor: no map')
  return value
}

/** One CBOR value (RFC 8949) that fills its bytes; lenient on purpose, strictness is the engine's own. */
export function readCbor(bytes: Bytes): Cbor {
  let at = 0
  const head = (): readonly [major: number, value: number] => {
    const first = bytes[at++] ?? NaN
    const extra = (first & 31) < 24 ? 0 : 2 ** ((first & 31) - 24)
    if (extra === 0) return [first >> 5, first & 31]
    const value = Number(`0x${hex(bytes.slice(at, at + extra))}`)
    at += extra
    return [first >> 5, value]
  }
  const value = (): Cbor => {
    const [major, number] = head()
    if (major === 0) return number
    if (major === 1) return -1 - number
    if (major === 2 || major === 3) {
      const raw = bytes.slice(at, (at += number))
      return major === 2 ? raw : new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw)
    }
    if (major === 4) return Array.from({ length: number }, value)
    if (major !== 5) throw new Error('cbor: type')
    return new Map(Array.from({ length: number }, () => [Number(value()), value()] as const))
  }
  const whole = value()
  if (at !== bytes.length) throw new Error('cbor: bytes left over')
  return whole
}
