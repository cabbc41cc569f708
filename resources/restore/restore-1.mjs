// Restores a Keepsake repository, format 1, with nothing but Node.js 24 or newer and the password or the 64-digit key.
//
//   node restore-1.mjs REPOSITORY --list                 (--password-file F | --key-file F)
//   node restore-1.mjs REPOSITORY --to DIR [--snapshot ID] (--password-file F | --key-file F)
//
// REPOSITORY is the folder that holds keepsake.kps. DIR must be empty or not there yet; nothing outside it is written.
// Nothing in the repository is changed. Exit: 0 all is back, 13 something is missing or damaged (it is listed), 12 the
// secret does not open this backup, 2 wrong use.
//
// Take this file from the Keepsake release, not from the folder that holds a backup: that folder may be kept by somebody
// else, and this program is given your secret. The bytes it reads are described in docs/format.md; section names in the
// comments are that page's. It does without indexes and without any state: every pack says itself what it holds.
import { argon2Sync, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import * as fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { constants, zstdDecompressSync } from 'node:zlib'

class Damaged extends Error {}
class Refused extends Error {
  constructor(message, exit) {
    super(message)
    this.exit = exit
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Bytes and primitives ("Encoding", "Keys", "Sealed box")

const ascii = (text) => Buffer.from(text, 'latin1')
const hex = (bytes) => Buffer.from(bytes).toString('hex')

/** Items, each as its length (u32, little-endian) and its bytes. */
function lp(...items) {
  return Buffer.concat(
    items.flatMap((item) => {
      const bytes = typeof item === 'string' ? ascii(item) : item
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}

const hmac256 = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest()
const hmac512 = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha512', key)).digest()
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const same = (a, b) => a.length === b.length && timingSafeEqual(a, b)

/** HChaCha20 (draft-irtf-cfrg-xchacha-03, section 2.2): the key for the last 8 bytes of an XChaCha20 nonce. */
function hchacha20(key, nonce16) {
  const x = new Uint32Array(16)
  x.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574])
  for (let i = 0; i < 8; i++) x[4 + i] = key.readUInt32LE(i * 4)
  for (let i = 0; i < 4; i++) x[12 + i] = nonce16.readUInt32LE(i * 4)
  const rotate = (v, n) => (v << n) | (v >>> (32 - n))
  const quarter = (a, b, c, d) => {
    x[a] += x[b]
    x[d] = rotate(x[d] ^ x[a], 16)
    x[c] += x[d]
    x[b] = rotate(x[b] ^ x[c], 12)
    x[a] += x[b]
    x[d] = rotate(x[d] ^ x[a], 8)
    x[c] += x[d]
    x[b] = rotate(x[b] ^ x[c], 7)
  }
  for (let round = 0; round < 10; round++) {
    for (const q of [
      [0, 4, 8, 12],
      [1, 5, 9, 13],
      [2, 6, 10, 14],
      [3, 7, 11, 15],
    ])
      quarter(...q)
    for (const q of [
      [0, 5, 10, 15],
      [1, 6, 11, 12],
      [2, 7, 8, 13],
      [3, 4, 9, 14],
    ])
      quarter(...q)
  }
  const out = Buffer.alloc(32)
  ;[0, 1, 2, 3, 12, 13, 14, 15].forEach((word, i) => out.writeUInt32LE(x[word] >>> 0, i * 4))
  return out
}

/** Opens XChaCha20-Poly1305; null when it does not authenticate. */
function openAead(key, nonce, aad, cipher) {
  const inner = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)])
  const decipher = createDecipheriv('chacha20-poly1305', hchacha20(key, nonce.subarray(0, 16)), inner, {
    authTagLength: 16,
  })
  decipher.setAAD(aad, { plaintextLength: cipher.length - 16 })
  decipher.setAuthTag(cipher.subarray(cipher.length - 16))
  try {
    return Buffer.concat([decipher.update(cipher.subarray(0, cipher.length - 16)), decipher.final()])
  } catch {
    return null
  }
}

/** Opens a sealed box: nonce 24, commitment 32, ciphertext with tag. Null for every reason. */
function openBox(key, label, aad, box) {
  if (box.length < 72) return null
  const nonce = box.subarray(0, 24)
  const derived = hmac512(key, lp('keepsake1/box', label, aad, nonce))
  if (!same(derived.subarray(32), box.subarray(24, 56))) return null
  return openAead(derived.subarray(0, 32), nonce, aad, box.subarray(56))
}

/** Takes 0x80 00… off the end. */
function unpad(padded) {
  let end = padded.length
  while (end > 0 && padded[end - 1] === 0) end--
  if (end === 0 || padded[end - 1] !== 0x80) throw new Damaged('padding')
  return padded.subarray(0, end - 1)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes the CBOR subset, and nothing else: numbers, byte strings (Buffer), text, arrays, maps with unsigned keys (Map). */
function decodeCbor(bytes) {
  let at = 0
  const must = (isSo) => {
    if (!isSo) throw new Damaged('cbor')
  }
  const take = (length) => {
    must(at + length <= bytes.length)
    at += length
    return bytes.subarray(at - length, at)
  }
  const head = () => {
    const first = take(1)[0]
    const short = first & 31
    must(short <= 27)
    if (short < 24) return [first >> 5, short]
    const width = 2 ** (short - 24)
    const value = take(width).reduce((sum, byte) => sum * 256 + byte, 0)
    must(Number.isSafeInteger(value) && value >= (width === 1 ? 24 : 256 ** (width / 2)))
    return [first >> 5, value]
  }
  const text = (raw) => {
    try {
      return utf8.decode(raw)
    } catch {
      throw new Damaged('cbor')
    }
  }
  const map = (pairs, depth) => {
    let last = -1
    return Array.from({ length: pairs }, () => {
      const [major, key] = head()
      must(major === 0 && key > last)
      last = key
      return [key, item(depth)]
    })
  }
  const item = (depth) => {
    const [major, value] = head()
    must(major <= 5 && depth <= 12 && (major < 2 || value <= bytes.length - at))
    if (major === 0) return value
    if (major === 1) return -1 - value
    if (major === 2) return take(value)
    if (major === 3) return text(take(value))
    if (major === 4) return Array.from({ length: value }, () => item(depth + 1))
    return new Map(map(value, depth + 1))
  }
  const value = item(0)
  must(at === bytes.length)
  return value
}

// ---------------------------------------------------------------------------------------------------------------------
// Finding what is there ("Objects")

const NAMES = {
  slot: /^slot-([0-9a-f]{32})-[ab]\.kps$/,
  config: /^(config-[0-9]{8}-[0-9a-f]{32})-[ab]\.kps$/,
  record: /^device-([0-9a-f]{32})\/(record-([0-9]{10})-(join|snap|drop|retire)-([0-9a-f]{32})\.kps)$/,
  pack: /^device-[0-9a-f]{32}\/packs-[0-9]{4}\/(pack-[0-9a-f]{32}\.kps)$/,
}

function listObjects(repository) {
  const found = { slot: [], config: [], record: [], pack: [] }
  const names = fs.readdirSync(repository, { recursive: true }).map((name) => name.split(path.sep).join('/'))
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    for (const [kind, pattern] of Object.entries(NAMES)) {
      const match = pattern.exec(name)
      if (match) found[kind].push({ file: path.join(repository, name), match })
    }
  }
  return found
}

function read(file, offset = 0, length = null) {
  const fd = fs.openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length ?? fs.fstatSync(fd).size - offset)
    let done = 0
    for (let got = 1; got > 0 && done < bytes.length; done += got) {
      got = fs.readSync(fd, bytes, done, bytes.length - done, offset + done)
    }
    return bytes.subarray(0, done)
  } finally {
    fs.closeSync(fd)
  }
}

const isObject = (bytes, kind) =>
  bytes.length >= 16 && bytes.subarray(0, 8).equals(Buffer.from([75, 80, 83, 75, 1, kind, 0, 0]))

// ---------------------------------------------------------------------------------------------------------------------
// From the secret to the keys ("Key slots", "Settings")

const preparePassword = (text) => Buffer.from(text.replace(/\p{Zs}/gu, ' ').normalize('NFC'), 'utf8')

function parseKey(text) {
  const digits = text
    .normalize('NFKC')
    .replace(/[\s\p{Dash}\p{Cf}:]/gu, '')
    .toLowerCase()
    .replaceAll('o', '0')
    .replace(/[li]/g, '1')
  if (!/^[0-9a-f]{64}$/.test(digits))
    throw new Refused('This is no 64-digit key: it must be 64 digits from 0 to 9 and a to f.', 2)
  return Buffer.from(digits, 'hex')
}

const isSlotOf = (secret, bytes, slotId) =>
  bytes.length === 512 &&
  isObject(bytes, 1) &&
  hex(bytes.subarray(24, 40)) === slotId &&
  bytes[40] === (secret.password ? 1 : 2) &&
  bytes[41] === (secret.password ? 2 : 0)

/** What a secret makes of a slot: the key that its box is sealed under. Null when its numbers are out of bounds. */
function slotKey(bytes, secret) {
  const salt = bytes.subarray(52, 68)
  if (secret.key) return hmac256(secret.key, lp('keepsake1/key64', bytes.subarray(8, 24), bytes.subarray(24, 40), salt))
  const [passes, memory] = [bytes.readUInt32LE(44), bytes.readUInt32LE(48)]
  if (passes < 2 || passes > 12 || memory < 65_536 || memory > 1_048_576) return null
  return argon2Sync('argon2id', {
    message: secret.password,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory,
    passes,
  })
}

/** Opens one slot file: {repoId, slotId, root, hash}, or null. */
function openSlot(bytes, secret) {
  const prk = slotKey(bytes, secret)
  const key = prk && hmac256(prk, lp('keepsake1/key', 'slot'))
  const plain = key && openBox(key, 'slot', bytes.subarray(0, 80), bytes.subarray(80))
  if (plain?.length !== 360) return null
  const root = plain.subarray(16, 48)
  if (!keysOf(root).keyId.equals(plain.subarray(0, 16))) return null
  return { repoId: bytes.subarray(8, 24), slotId: hex(bytes.subarray(24, 40)), root, hash: sha256(bytes) }
}

/**
 * Every slot that the secret opens, one after another: of at most eight, the newest first, each different file once, with
 * at most four runs of Argon2id.
 */
function* openSlots(slots, secret) {
  const inOrder = slots
    .map(({ file, match }) => ({ file, slotId: match[1], writtenMs: fs.statSync(file).mtimeMs }))
    .sort((a, b) => b.writtenMs - a.writtenMs || (a.file < b.file ? -1 : 1))
  const ids = [...new Set(inOrder.map(({ slotId }) => slotId))].slice(0, 8)
  const tried = new Set()
  let runs = 0
  for (const { file, slotId } of ids.flatMap((id) => inOrder.filter((slot) => slot.slotId === id))) {
    const bytes = read(file, 0, 513)
    if (tried.has(hex(bytes)) || !isSlotOf(secret, bytes, slotId)) continue
    tried.add(hex(bytes))
    if (secret.password && ++runs > 4) return
    const slot = openSlot(bytes, secret)
    if (slot) yield slot
  }
}

/** All that a root opens; `closed` says where each device's chain ended when the root was rotated away. */
function keysOf(root, closed = null) {
  const derive = (label) => hmac256(root, lp('keepsake1/key', label))
  const keyId = hmac256(root, lp('keepsake1/keyid')).subarray(0, 16)
  return {
    keyId,
    part: derive('part'),
    pack: derive('pack'),
    record: derive('record'),
    config: derive('config'),
    handover: derive('handover'),
    closed,
  }
}

const REPLACED = 'This secret was replaced: the backup opens with a newer one.'

/** All configs, each copy, as they are: {stem, bytes}. */
const readConfigs = (configs) =>
  configs
    .map(({ file, match }) => ({ stem: match[1], bytes: read(file, 0, 16_385) }))
    .filter(({ bytes }) => [4096, 8192, 16_384].includes(bytes.length) && isObject(bytes, 2))

const keyIdOf = ({ bytes }) => bytes.subarray(8, 24)

/** Whether a config takes over from a root, provably. */
function isHeirOf({ keyId, handover }, { stem, bytes }) {
  if (!bytes.subarray(32, 48).equals(keyId)) return false
  const proof = hmac256(handover, lp(stem, bytes.subarray(8, 24), bytes.subarray(24, 28), bytes.subarray(28, 32)))
  return same(proof, bytes.subarray(48, 80))
}

/** Opens every config of a root and joins them as sets: slots of the heads, less what any of them revokes. */
function readSettings(configs, repoId, keys) {
  const isOver = configs.some((config) => isHeirOf(keys, config))
  const isKnown = configs.length === 0 || configs.some((config) => keyIdOf(config).equals(keys.keyId))
  if (isOver || !isKnown) throw new Refused(REPLACED, 12)
  const opened = new Map()
  for (const { stem, bytes } of configs) {
    if (opened.has(stem) || !bytes.subarray(8, 24).equals(keys.keyId)) continue
    const aad = lp('keepsake1', 'config', repoId, stem, bytes.subarray(0, 80))
    const plain = openBox(keys.config, 'config', aad, bytes.subarray(80))
    if (plain) opened.set(stem, unpad(plain))
  }
  const all = [...opened.values()].map((body) => ({ body: decodeCbor(body), hash: sha256(body) }))
  if (all.length === 0) throw new Damaged('The settings of this backup do not open.')
  const named = new Set(all.flatMap(({ body }) => body.get(6).map(([id, hash]) => hex(id) + hex(hash))))
  const heads = all
    .filter(({ body, hash }) => !named.has(hex(body.get(1)) + hex(hash)))
    .map(({ body }) => body)
    .sort((a, b) => b.get(3) - a.get(3))
  if (heads.some((body) => body.get(10) > 1 || body.get(9)[0] !== 0))
    throw new Refused('A newer Keepsake made this backup; take a newer version of this file.', 19)
  const slots = new Map(heads.flatMap((body) => body.get(7).map(([id, hash]) => [hex(id), hash])))
  for (const id of all.flatMap(({ body }) => body.get(8))) slots.delete(hex(id))
  const older = heads.flatMap((body) => body.get(12) ?? []).map(([, root, closed]) => keysOf(root, closed))
  return { repoId, keys, slots, idKey: heads[0].get(5), older }
}

/** Configs that take over from an older root of these and belong to none of them: a rotation that crossed, or a thief. */
function hasStrangers(lines, configs) {
  const known = lines.flatMap(({ keys, older }) => [keys, ...older])
  const isKnown = (config) => known.some(({ keyId }) => keyId.equals(keyIdOf(config)))
  const older = lines.flatMap((line) => line.older)
  return configs.some((config) => !isKnown(config) && older.some((keys) => isHeirOf(keys, config)))
}

/**
 * From the secret to all keys. A slot may open and count for nothing: left over from a change or a rotation. Where two
 * rotations crossed and were not joined yet, the same secret opens both roots, and all is read with both.
 */
function unlock(objects, secret) {
  const configs = readConfigs(objects.config)
  const lines = []
  let refusal = new Refused('This secret does not open this backup.', 12)
  let isRefused = false
  for (const slot of openSlots(objects.slot, secret)) {
    try {
      const line = readSettings(configs, slot.repoId, keysOf(slot.root))
      if (!line.slots.get(slot.slotId)?.equals(slot.hash)) throw new Refused(REPLACED, 12)
      if (lines.every(({ keys }) => !keys.keyId.equals(line.keys.keyId))) lines.push(line)
    } catch (error) {
      if (!(error instanceof Damaged) && error.exit !== 12) throw error
      if (!isRefused) refusal = error
      isRefused = true
    }
    if (lines.length > 0 && !hasStrangers(lines, configs)) break
  }
  const [first] = lines
  if (!first) throw refusal
  return {
    repoId: first.repoId,
    epochs: [...lines.map(({ keys }) => keys), ...lines.flatMap(({ older }) => older)],
    idKey: hmac256(first.idKey, lp('keepsake1/id')),
    pageKey: hmac256(first.idKey, lp('keepsake1/page')),
  }
}

const epochOf = (ring, bytes) => ring.epochs.find(({ keyId }) => keyId.subarray(0, 8).equals(bytes.subarray(8, 16)))

/** After a rotation, records under the root before count up to where each device's chain ended, in any of the settings. */
function counts(ring, keys, deviceId, seq, hash) {
  const lists = ring.epochs
    .filter(({ keyId, closed }) => closed && keyId.equals(keys.keyId))
    .map(({ closed }) => closed)
  const ends = lists.flat().filter(([device]) => hex(device) === deviceId)
  return lists.length === 0 || ends.some(([, end, its]) => seq < end || (seq === end && hash.equals(its)))
}

// ---------------------------------------------------------------------------------------------------------------------
// Snapshots ("Records")

/** A record: {deviceId, seq, hash, body…}; null when it is damaged, `void` when it counts for nothing since a rotation. */
function readRecord(ring, { file, match }) {
  const [, deviceId, name, seqText, kind, id] = match
  const bytes = read(file, 0, 65_537)
  const keys = isObject(bytes, 5) && bytes.length <= 65_536 ? epochOf(ring, bytes) : undefined
  const aad = keys && lp('keepsake1', 'record', ring.repoId, keys.keyId, name, Buffer.from(deviceId, 'hex'))
  const plain = keys && openBox(keys.record, 'record', aad, bytes.subarray(16))
  if (!plain) return null
  const [seq, hash] = [Number(seqText), sha256(bytes)]
  try {
    const record = decodeCbor(unpad(plain))
    const said = [KINDS.indexOf(kind) + 1, deviceId, seq].join()
    if ([record.get(1), hex(record.get(2)), record.get(3)].join() !== said) return null
    if (!counts(ring, keys, deviceId, seq, hash)) return 'void'
    return {
      deviceId,
      seq,
      hash: hex(hash),
      kind,
      id,
      device: record.get(6),
      timeUs: record.get(5),
      body: record.get(9),
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return null
  }
}

const KINDS = ['join', 'snap', 'drop', 'retire']

/** Every snapshot that opens and that no record dropped, newest first; and names of records that do not open. */
function readSnapshots(ring, objects) {
  const all = objects.map((object) => ({ match: object.match, record: readRecord(ring, object) }))
  const records = all.flatMap(({ record }) => (record && record !== 'void' ? [record] : []))
  const drops = records.filter(({ kind }) => kind === 'drop')
  const nameOf = ([device, seq, hash]) => `${hex(device)} ${seq} ${hex(hash)}`
  const undone = new Set(drops.flatMap(({ body }) => body.get(4).map(nameOf)))
  const counting = drops.filter(({ deviceId, seq, hash }) => !undone.has(`${deviceId} ${seq} ${hash}`))
  const dropped = counting.flatMap(({ body }) => body.get(1).map(nameOf))
  const snapshots = records
    .filter(({ kind, deviceId, seq, hash }) => kind === 'snap' && !dropped.includes(`${deviceId} ${seq} ${hash}`))
    .map(({ id, deviceId, seq, device, timeUs, body }) => {
      return { id: id.slice(0, 16), deviceId, seq, device, timeMs: timeUs / 1000, sources: body.get(1) }
    })
  const isDropped = (deviceId, seq) => dropped.some((name) => name.startsWith(`${deviceId} ${seq} `))
  const damaged = all
    .filter(({ record, match }) => record === null && !isDropped(match[1], Number(match[3])))
    .map(({ match }) => match[2])
  return { snapshots: newestFirst(snapshots), damaged }
}

/** Within a device its chain decides, whatever its clock said; between devices the clocks do. */
function newestFirst(snapshots) {
  const laterMs = new Map()
  for (const snapshot of snapshots.sort((a, b) => b.seq - a.seq)) {
    snapshot.orderMs = Math.min(snapshot.timeMs, laterMs.get(snapshot.deviceId) ?? snapshot.timeMs)
    laterMs.set(snapshot.deviceId, snapshot.orderMs)
  }
  return snapshots.sort((a, b) => b.orderMs - a.orderMs || b.seq - a.seq)
}

// ---------------------------------------------------------------------------------------------------------------------
// Parts ("Packs", "Parts")

const TYPE = { data: 1, run: 2, batch: 3, segment: 4, pageFile: 5, leaf: 6, node: 7, idList: 8 }
const ENTRY = 28
const TRAILER = 88

/** Where every part is, by the packs' own footers. */
function readPacks(ring, packs) {
  const parts = new Map()
  const damaged = []
  for (const { file, match } of packs) {
    try {
      readFooter(ring, file, match[1], parts)
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      damaged.push(match[1])
    }
  }
  return { parts, damaged }
}

function readFooter(ring, file, name, parts) {
  const size = fs.statSync(file).size
  const header = read(file, 0, 16)
  const keys = isObject(header, 3) && size <= 17 * 2 ** 20 ? epochOf(ring, header) : undefined
  const open = (label, offset, length) =>
    keys && openBox(keys.pack, label, lp('keepsake1', label, ring.repoId, keys.keyId, name), read(file, offset, length))
  const trailer = size >= 16 + TRAILER ? open('pack-trailer', size - TRAILER, TRAILER) : null
  if (trailer?.length !== 16 || trailer.readUInt32LE(12) !== 0) throw new Damaged(name)
  const [start, length, count] = [0, 4, 8].map((at) => trailer.readUInt32LE(at))
  if (count > 65_535 || length !== 72 + 4 + count * ENTRY || start + length + TRAILER !== size) throw new Damaged(name)
  const footer = open('pack-footer', start, length)
  if (footer?.readUInt32LE(0) !== count) throw new Damaged(name)
  const found = []
  let offset = 16
  for (let at = 4; at < footer.length; at += ENTRY) {
    const boxLength = footer.readUInt32LE(at + 20)
    if (footer.readUIntLE(at + 17, 3) !== 0 || boxLength < 72) throw new Damaged(name)
    found.push({ id: hex(footer.subarray(at, at + 16)), place: { file, keys, offset, length: boxLength } })
    offset += boxLength
  }
  if (offset > start) throw new Damaged(name)
  for (const { id, place } of found) parts.set(id, [...(parts.get(id) ?? []), place]) // in any pack; any whole one will do
}

/** The plaintext of a part, proven by its id. */
function readPart(ring, parts, type, id) {
  for (const { file, keys, offset, length } of parts.get(hex(id)) ?? []) {
    const aad = lp('keepsake1', 'part', ring.repoId, keys.keyId, id)
    const body = openBox(keys.part, 'part', aad, read(file, offset, length))
    const plain = body && partIn(body, type)
    if (
      plain &&
      hmac256(ring.idKey, Buffer.from([type]), plain)
        .subarray(0, 16)
        .equals(id)
    )
      return plain
  }
  throw new Damaged(`part ${hex(id)}`)
}

function partIn(body, type) {
  if (body.length < 8 || body[1] !== type || body[2] !== 0 || body[3] !== 0 || body[0] > 1) return null
  const length = body.readUInt32LE(4)
  if (length > 4 * 2 ** 20) return null
  const plain = body[0] === 0 ? body.subarray(8) : inflate(body.subarray(8), length)
  return plain?.length === length ? plain : null
}

function inflate(frame, length) {
  try {
    const params = { [constants.ZSTD_d_windowLogMax]: 23 }
    return zstdDecompressSync(frame, { maxOutputLength: Math.max(length, 1), params })
  } catch {
    return null
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Files ("Trees", "Databases by page")

/** Every entry of a source in path order; a branch that is lost is told and passed over. */
function* readTree(fetch, id, height, lost) {
  let items
  try {
    items = height === 0 ? entriesOf(fetch(TYPE.leaf, id)) : itemsOf(fetch(TYPE.node, id))
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return lost(id)
  }
  if (height === 0) yield* items
  else for (const [, child] of items) yield* readTree(fetch, child, height - 1, lost)
}

function itemsOf(plain) {
  const items = decodeCbor(plain)
  if (!Array.isArray(items) || items.length === 0) throw new Damaged('tree')
  return items
}

function entriesOf(leaf) {
  let previous = Buffer.alloc(0)
  return itemsOf(leaf).map(([kind, shared, suffix, size, mtimeUs, attributes, content]) => {
    const name = Buffer.concat([previous.subarray(0, shared), suffix])
    if (shared > previous.length || !isSafe(name)) throw new Damaged('path')
    if (kind === 0 && (content.length === 0) !== (size === 0)) throw new Damaged('content')
    previous = name
    return { kind, path: name, size, mtimeUs, attributes, content }
  })
}

function isSafe(name) {
  const parts = name.toString('latin1').split('/')
  const isName = (part) => part !== '' && part !== '.' && part !== '..' && part.length <= 1020
  return !name.includes(0) && name.length <= 65_535 && parts.length <= 256 && parts.every(isName)
}

/** Whether a path comes after another: byte by byte, a slash counting as the smallest. */
const comesAfter = (name, previous) =>
  Buffer.compare(...[name, previous].map((bytes) => Buffer.from(bytes.map((byte) => (byte === 47 ? 0 : byte))))) > 0

/** To Windows these are no letters of a name: they would lead elsewhere. */
const leadsAstray = (name) => path.sep === '\\' && /[\\:]/.test(name.toString('latin1'))

function writeFully(fd, bytes, offset) {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done, bytes.length - done, offset + done)
}

function writeFile(fetch, pageKey, entry, fd) {
  if (entry.content.length === 0) return
  const [form, what] = entry.content
  if (form === 3) return writePages(fetch, pageKey, what, entry.size, fd)
  const lists = form === 2 ? what.map((id) => fetch(TYPE.idList, id)) : []
  const ids =
    form === 1
      ? what
      : lists.flatMap((list) => Array.from({ length: list.length / 16 }, (_, i) => list.subarray(i * 16, i * 16 + 16)))
  let offset = 0
  for (const id of ids) {
    const plain = fetch(TYPE.data, id)
    writeFully(fd, plain, offset)
    offset += plain.length
  }
  if (offset !== entry.size) throw new Damaged('file size')
}

/** Puts a file together from its pages; each unit is compared with its tag, and all tags with the digest. */
function writePages(fetch, pageKey, id, size, fd) {
  const file = decodeCbor(fetch(TYPE.pageFile, id))
  const [unitBytes, segments] = [file.get(3), file.get(4)]
  if (file.get(1) !== size || unitBytes !== Math.max(file.get(2), 4096)) throw new Damaged('page file')
  const digest = createHash('sha256')
  const batches = new Map()
  let run = { id: '', plain: null }
  let unit = 0
  for (let at = 0; at < segments.length; at += 16) {
    const segment = decodeCbor(fetch(TYPE.segment, segments.subarray(at, at + 16)))
    for (let e = 0; e < segment.get(2).length; e += 3) {
      const [number, start, length] = segment.get(2).slice(e, e + 3)
      const batchId = segment.get(1)[number]
      if (!batchId) throw new Damaged('segment')
      if (!batches.has(hex(batchId))) batches.set(hex(batchId), decodeCbor(fetch(TYPE.batch, batchId)))
      const [itsUnit, runs, tags] = [1, 2, 3].map((key) => batches.get(hex(batchId)).get(key))
      if (itsUnit !== unitBytes || (start + length) * 16 > tags.length) throw new Damaged('batch')
      digest.update(tags.subarray(start * 16, (start + length) * 16))
      for (let position = start; position < start + length; position++, unit++) {
        const perRun = (256 * 1024) / unitBytes
        const runId = runs[Math.floor(position / perRun)]
        if (!runId) throw new Damaged('batch')
        if (run.id !== hex(runId)) run = { id: hex(runId), plain: fetch(TYPE.run, runId) }
        const from = (position % perRun) * unitBytes
        const bytes = run.plain.subarray(from, from + unitBytes)
        const tag = tags.subarray(position * 16, position * 16 + 16)
        if (!sha256(pageKey, bytes).subarray(0, 16).equals(tag)) throw new Damaged('page')
        writeFully(fd, bytes.subarray(0, Math.max(0, size - unit * unitBytes)), unit * unitBytes)
      }
    }
  }
  if (unit !== Math.ceil(size / unitBytes) || !digest.digest().equals(file.get(5))) throw new Damaged('page file')
}

/**
 * Writes a snapshot into an empty folder: one source straight into it, of several each into a folder of its own; one that
 * is a single file becomes a file under its label.
 */
function restore(ring, parts, snapshot, to) {
  fs.mkdirSync(to, { recursive: true })
  if (fs.readdirSync(to).length > 0) throw new Refused('The folder to restore into must be empty.', 21)
  const fetch = (type, id) => readPart(ring, parts, type, id)
  /** @type {{ files: number, bytes: number, missing: string[], notes: string[] }} */
  const result = { files: 0, bytes: 0, missing: [], notes: [] }
  for (const [label, kind, root, height] of snapshot.sources) {
    if (root.length === 0) continue
    if (/[/\\\0]/.test(label) || ['', '.', '..'].includes(label) || height > 4) throw new Damaged('label')
    const isOnly = snapshot.sources.length === 1
    const top = Buffer.from(isOnly || kind === 1 ? to : path.join(to, label))
    fs.mkdirSync(top, { recursive: true })
    const folders = []
    const lost = (id) => result.missing.push(`${label}: a part of the list of files (${hex(id)})`)
    let previous = Buffer.alloc(0)
    for (const entry of readTree(fetch, root, height, lost)) {
      if (!comesAfter(entry.path, previous)) throw new Damaged('The list of files is out of order.')
      previous = entry.path
      const place = Buffer.concat([top, ascii('/'), isOnly || kind === 0 ? entry.path : Buffer.from(label)])
      const problem = leadsAstray(entry.path) ? 'name' : restoreEntry(fetch, ring.pageKey, entry, place, result)
      if (problem) result.missing.push(`${entry.path}${problem === 'damaged' ? '' : ` (${problem})`}`)
      else if (entry.kind === 1) folders.push({ place, entry })
    }
    for (const { place, entry } of folders.toReversed()) setFacts(place, entry)
  }
  return result
}

/** @returns why it could not be restored, or null. One file that fails is not the whole restore. */
function restoreEntry(fetch, pageKey, entry, place, result) {
  try {
    if (entry.kind === 1) fs.mkdirSync(place, { recursive: true, mode: 0o700 })
    else if (entry.kind === 2) result.notes.push(`${entry.path}: a link, not created`)
    else restoreFile(fetch, pageKey, entry, place, result)
    return null
  } catch (error) {
    if (error instanceof Damaged) return 'damaged'
    if (error.code === undefined || ['ENOSPC', 'EDQUOT', 'EIO'].includes(error.code)) throw error
    return error.code
  }
}

function restoreFile(fetch, pageKey, entry, place, result) {
  fs.mkdirSync(place.subarray(0, place.lastIndexOf('/')), { recursive: true })
  const draft = Buffer.concat([place, ascii('.part')])
  const fd = fs.openSync(draft, 'wx', 0o600)
  let isWhole = false
  try {
    writeFile(fetch, pageKey, entry, fd)
    isWhole = !fs.lstatSync(place, { throwIfNoEntry: false }) // another name may be the same to this system
  } finally {
    fs.closeSync(fd)
    if (!isWhole) fs.rmSync(draft)
  }
  if (!isWhole) throw Object.assign(new Error('taken'), { code: 'EEXIST' })
  setFacts(draft, entry)
  fs.renameSync(draft, place)
  result.files++
  result.bytes += entry.size
}

function setFacts(place, { mtimeUs, attributes }) {
  if (attributes & 0x200) fs.chmodSync(place, attributes & 0o777)
  fs.utimesSync(place, (mtimeUs + 0.5) / 1e6, (mtimeUs + 0.5) / 1e6)
}

// ---------------------------------------------------------------------------------------------------------------------

function main() {
  const options = {
    to: { type: 'string' },
    list: { type: 'boolean' },
    snapshot: { type: 'string' },
    'password-file': { type: 'string' },
    'key-file': { type: 'string' },
  }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [repository] = positionals
  const hasOneSecret = (values['password-file'] === undefined) !== (values['key-file'] === undefined)
  if (!repository || !hasOneSecret || (!values.list && !values.to)) throw new Refused(USAGE, 2)
  const text = fs.readFileSync(values['password-file'] ?? values['key-file'], 'utf8')
  const secret = values['key-file'] ? { key: parseKey(text) } : { password: preparePassword(text.split(/\r?\n/, 1)[0]) }
  const objects = listObjects(repository)
  if (objects.slot.length === 0) throw new Refused('There is no Keepsake backup in this folder.', 11)
  const ring = unlock(objects, secret)
  const { snapshots, damaged } = readSnapshots(ring, objects.record)
  for (const name of damaged) console.error(`damaged: ${name}`)
  if (values.list) {
    for (const { id, timeMs, device } of snapshots) console.log(`${id}  ${new Date(timeMs).toISOString()}  ${device}`)
    return damaged.length > 0 ? 13 : 0
  }
  const [snapshot, another] = snapshots.filter(({ id }) => id.startsWith(values.snapshot ?? ''))
  if (!snapshot) throw new Refused('There is no such snapshot.', 25)
  if (another && values.snapshot) throw new Refused('Several snapshots begin like that; give more of its id.', 2)
  const packs = readPacks(ring, objects.pack)
  for (const name of packs.damaged) console.error(`damaged: ${name}`)
  const { files, bytes, missing, notes } = restore(ring, packs.parts, snapshot, path.resolve(values.to))
  for (const note of notes) console.error(`note: ${note}`)
  for (const name of missing) console.error(`missing: ${name}`)
  console.log(
    `snapshot ${snapshot.id} of ${new Date(snapshot.timeMs).toISOString()}: ${files} files, ${bytes} bytes, ${missing.length} missing`,
  )
  return missing.length > 0 ? 13 : 0
}

const USAGE =
  'usage: node restore-1.mjs REPOSITORY (--list | --to DIR [--snapshot ID]) (--password-file F | --key-file F)'

try {
  process.exitCode = main()
} catch (error) {
  console.error(error instanceof Refused || error instanceof Damaged ? error.message : error)
  process.exitCode = error instanceof Refused ? error.exit : error instanceof Damaged ? 13 : 1
}
