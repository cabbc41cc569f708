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
import { zstdDecompressSync } from 'node:zlib'

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

/** Decodes the CBOR subset: numbers, byte strings (Buffer), text, arrays, maps with unsigned keys (Map). */
function decodeCbor(bytes) {
  let at = 0
  const take = (length) => {
    if (at + length > bytes.length) throw new Damaged('cbor')
    at += length
    return bytes.subarray(at - length, at)
  }
  const item = (depth) => {
    if (depth > 10) throw new Damaged('cbor')
    const first = take(1)[0]
    const short = first & 31
    if (short > 27) throw new Damaged('cbor')
    const value = short < 24 ? short : take(2 ** (short - 24)).reduce((sum, byte) => sum * 256 + byte, 0)
    if (!Number.isSafeInteger(value)) throw new Damaged('cbor')
    switch (first >> 5) {
      case 0:
        return value
      case 1:
        return -1 - value
      case 2:
        return take(value)
      case 3:
        return take(value).toString('utf8')
      case 4:
        return Array.from({ length: value }, () => item(depth + 1))
      case 5:
        return new Map(Array.from({ length: value }, () => [item(depth + 1), item(depth + 1)]))
      default:
        throw new Damaged('cbor')
    }
  }
  const value = item(0)
  if (at !== bytes.length) throw new Damaged('cbor')
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

/** Opens one slot file: {repoId, slotId, root, epoch, hash}, or null. */
function openSlot(bytes, secret) {
  if (bytes.length !== 512 || !isObject(bytes, 1)) return null
  const [repoId, slotId, salt] = [bytes.subarray(8, 24), bytes.subarray(24, 40), bytes.subarray(52, 68)]
  const [kind, alg, ops, memKiB] = [bytes[40], bytes[41], bytes.readUInt32LE(44), bytes.readUInt32LE(48)]
  let prk
  if (secret.password && kind === 1 && alg === 2) {
    if (ops < 2 || ops > 12 || memKiB < 65_536 || memKiB > 1_048_576) return null
    prk = argon2Sync('argon2id', {
      message: secret.password,
      nonce: salt,
      parallelism: 1,
      tagLength: 32,
      memory: memKiB,
      passes: ops,
    })
  } else if (secret.key && kind === 2 && alg === 0)
    prk = hmac256(secret.key, lp('keepsake1/key64', repoId, slotId, salt))
  else return null
  const plain = openBox(hmac256(prk, lp('keepsake1/key', 'slot')), 'slot', bytes.subarray(0, 80), bytes.subarray(80))
  return (
    plain && {
      repoId,
      slotId: hex(slotId),
      root: plain.subarray(16, 48),
      epoch: plain.readUInt32LE(48),
      hash: sha256(bytes),
    }
  )
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

/** Opens every config of a root and joins them as sets: slots of the heads, less what any of them revokes. */
function readSettings(configs, repoId, keys) {
  const opened = new Map()
  for (const { file, match } of configs) {
    const [stem, bytes] = [match[1], read(file)]
    if (!isObject(bytes, 2) || bytes.length < 80) continue
    if (bytes.subarray(32, 48).equals(keys.keyId)) {
      const proof = hmac256(
        keys.handover,
        lp(stem, bytes.subarray(8, 24), bytes.subarray(24, 28), bytes.subarray(28, 32)),
      )
      if (same(proof, bytes.subarray(48, 80)))
        throw new Refused('This secret was replaced: the backup opens with a newer one.', 12)
    }
    if (opened.has(stem) || !bytes.subarray(8, 24).equals(keys.keyId)) continue
    const plain = openBox(
      keys.config,
      'config',
      lp('keepsake1', 'config', repoId, stem, bytes.subarray(0, 80)),
      bytes.subarray(80),
    )
    if (plain) opened.set(stem, unpad(plain))
  }
  const all = [...opened.values()].map((body) => ({ body: decodeCbor(body), hash: sha256(body) }))
  if (all.length === 0) throw new Damaged('The settings of this backup do not open.')
  const named = new Set(all.flatMap(({ body }) => body.get(6).map(([id, hash]) => hex(id) + hex(hash))))
  const heads = all
    .filter(({ body, hash }) => !named.has(hex(body.get(1)) + hex(hash)))
    .sort((a, b) => b.body.get(3) - a.body.get(3))
  const revoked = new Set(all.flatMap(({ body }) => body.get(8).map(hex)))
  const slots = new Map(heads.flatMap(({ body }) => body.get(7).map(([id, hash]) => [hex(id), hash])))
  for (const id of revoked) slots.delete(id)
  const newest = heads[0].body
  const [readFeatures] = newest.get(9)
  if (newest.get(10) > 1 || readFeatures !== 0)
    throw new Refused('A newer Keepsake made this backup; take a newer version of this file.', 19)
  return { slots, idKey: newest.get(5), olderRoots: newest.get(12) ?? [] }
}

function unlock(objects, secret) {
  let isReplaced = false
  for (const { file } of objects.slot) {
    const slot = openSlot(read(file), secret)
    if (!slot) continue
    const current = keysOf(slot.root)
    const { slots, idKey, olderRoots } = readSettings(objects.config, slot.repoId, current)
    if (!slots.get(slot.slotId)?.equals(slot.hash)) {
      isReplaced = true
      continue
    }
    const older = olderRoots.map(([, root, closed]) => keysOf(root, closed))
    return {
      repoId: slot.repoId,
      epochs: [current, ...older],
      idKey: hmac256(idKey, lp('keepsake1/id')),
      pageKey: hmac256(idKey, lp('keepsake1/page')),
    }
  }
  throw new Refused(
    isReplaced
      ? 'This secret was replaced: the backup opens with a newer one.'
      : 'This secret does not open this backup.',
    12,
  )
}

const epochOf = (ring, bytes) => ring.epochs.find(({ keyId }) => keyId.subarray(0, 8).equals(bytes.subarray(8, 16)))

// ---------------------------------------------------------------------------------------------------------------------
// Snapshots ("Records")

/** Every snapshot that opens and that no record dropped, newest first. */
function readSnapshots(ring, records) {
  const snapshots = []
  const dropped = new Set()
  const damaged = []
  for (const { file, match } of records) {
    const [, deviceId, name, seqText, kind, id] = match
    const bytes = read(file)
    const keys = isObject(bytes, 5) ? epochOf(ring, bytes) : undefined
    const aad = keys && lp('keepsake1', 'record', ring.repoId, keys.keyId, name, Buffer.from(deviceId, 'hex'))
    const plain = keys && openBox(keys.record, 'record', aad, bytes.subarray(16))
    if (!plain) {
      damaged.push(name)
      continue
    }
    const [seq, hash] = [Number(seqText), sha256(bytes)]
    const end = keys.closed?.find(([device]) => hex(device) === deviceId)
    if (keys.closed && !(end && (seq < end[1] || (seq === end[1] && hash.equals(end[2]))))) continue // after a rotation
    const record = decodeCbor(unpad(plain))
    const body = record.get(9)
    if (kind === 'snap')
      snapshots.push({
        id: id.slice(0, 16),
        deviceId,
        seq,
        device: record.get(6),
        timeMs: record.get(5) / 1000,
        sources: body.get(1),
      })
    if (kind === 'drop')
      for (const [device, droppedSeq] of body.get(1) ?? []) dropped.add(`${hex(device)} ${droppedSeq}`)
  }
  const kept = snapshots.filter(({ deviceId, seq }) => !dropped.has(`${deviceId} ${seq}`))
  return { snapshots: newestFirst(kept), damaged }
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
  const keys = isObject(header, 3) && size >= 16 + TRAILER ? epochOf(ring, header) : undefined
  const open = (label, offset, length) =>
    keys && openBox(keys.pack, label, lp('keepsake1', label, ring.repoId, keys.keyId, name), read(file, offset, length))
  const trailer = open('pack-trailer', size - TRAILER, TRAILER)
  if (!trailer) throw new Damaged(name)
  const [footerOffset, footerLength, count] = [
    trailer.readUInt32LE(0),
    trailer.readUInt32LE(4),
    trailer.readUInt32LE(8),
  ]
  if (footerOffset + footerLength + TRAILER !== size) throw new Damaged(name)
  const footer = open('pack-footer', footerOffset, footerLength)
  if (!footer || footer.length !== 4 + count * ENTRY || footer.readUInt32LE(0) !== count) throw new Damaged(name)
  let offset = 16
  for (let at = 4; at < footer.length; at += ENTRY) {
    const id = hex(footer.subarray(at, at + 16))
    const length = footer.readUInt32LE(at + 20)
    if (!parts.has(id)) parts.set(id, [])
    parts.get(id).push({ file, keys, offset, length }) // a part may lie in several packs; any whole one will do
    offset += length
  }
}

/** The plaintext of a part, proven by its id. */
function readPart(ring, parts, type, id) {
  for (const { file, keys, offset, length } of parts.get(hex(id)) ?? []) {
    const body = openBox(
      keys.part,
      'part',
      lp('keepsake1', 'part', ring.repoId, keys.keyId, id),
      read(file, offset, length),
    )
    if (!body || body[1] !== type) continue
    const plainLength = body.readUInt32LE(4)
    if (plainLength > 4 * 2 ** 20) continue
    const plain = body[0] === 0 ? body.subarray(8) : inflate(body.subarray(8), plainLength)
    if (plain?.length !== plainLength) continue
    if (
      hmac256(ring.idKey, Buffer.from([type]), plain)
        .subarray(0, 16)
        .equals(id)
    )
      return plain
  }
  throw new Damaged(`part ${hex(id)}`)
}

function inflate(frame, length) {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: Math.max(length, 1) })
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
    items = decodeCbor(fetch(height === 0 ? TYPE.leaf : TYPE.node, id))
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return lost(id)
  }
  if (height > 0) {
    for (const [, child] of items) yield* readTree(fetch, child, height - 1, lost)
    return
  }
  let previous = Buffer.alloc(0)
  for (const [kind, shared, suffix, size, mtimeUs, attributes, content] of items) {
    const name = Buffer.concat([previous.subarray(0, shared), suffix])
    previous = name
    yield { kind, path: name, size, mtimeUs, attributes, content }
  }
}

function isSafe(name) {
  const parts = name.toString('latin1').split('/')
  return !name.includes(0) && parts.every((part) => part !== '' && part !== '.' && part !== '..')
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
    fs.writeSync(fd, plain, 0, plain.length, offset)
    offset += plain.length
  }
  if (offset !== entry.size) throw new Damaged('file size')
}

/** Puts a file together from its pages; each unit is compared with its tag, and all tags with the digest. */
function writePages(fetch, pageKey, id, size, fd) {
  const file = decodeCbor(fetch(TYPE.pageFile, id))
  const [unitBytes, segments] = [file.get(3), file.get(4)]
  if (file.get(1) !== size) throw new Damaged('page file')
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
      const [runs, tags] = [batches.get(hex(batchId)).get(2), batches.get(hex(batchId)).get(3)]
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
        fs.writeSync(fd, bytes, 0, Math.min(unitBytes, size - unit * unitBytes), unit * unitBytes)
      }
    }
  }
  if (unit !== Math.ceil(size / unitBytes) || !digest.digest().equals(file.get(5))) throw new Damaged('page file')
}

/** Writes a snapshot into an empty folder: one source straight into it, several into a folder each. */
function restore(ring, parts, snapshot, to) {
  fs.mkdirSync(to, { recursive: true })
  if (fs.readdirSync(to).length > 0) throw new Refused('The folder to restore into must be empty.', 21)
  const fetch = (type, id) => readPart(ring, parts, type, id)
  /** @type {{ files: number, bytes: number, missing: string[], notes: string[] }} */
  const result = { files: 0, bytes: 0, missing: [], notes: [] }
  for (const [label, , root, height] of snapshot.sources) {
    if (root.length === 0) continue
    const top = Buffer.from(snapshot.sources.length > 1 ? path.join(to, label) : to)
    if (/[/\\\0]/.test(label) || label === '..' || label === '.') throw new Damaged('label')
    fs.mkdirSync(top, { recursive: true })
    const folders = []
    const lost = (id) => result.missing.push(`${label}: a part of the list of files (${hex(id)})`)
    for (const entry of readTree(fetch, root, height, lost)) {
      if (!isSafe(entry.path)) throw new Damaged('path')
      const place = Buffer.concat([top, ascii('/'), entry.path])
      if (entry.kind === 1) {
        fs.mkdirSync(place, { recursive: true, mode: 0o700 })
        folders.push({ place, entry })
      } else if (entry.kind === 2) result.notes.push(`${entry.path}: a link, not created`)
      else restoreFile(fetch, ring.pageKey, entry, place, result)
    }
    for (const { place, entry } of folders.toReversed()) setFacts(place, entry)
  }
  return result
}

function restoreFile(fetch, pageKey, entry, place, result) {
  const draft = Buffer.concat([place, ascii('.part')])
  const parent = place.subarray(0, place.lastIndexOf('/'))
  fs.mkdirSync(parent, { recursive: true })
  const fd = fs.openSync(draft, 'wx', 0o600)
  try {
    writeFile(fetch, pageKey, entry, fd)
    fs.closeSync(fd)
  } catch (error) {
    fs.closeSync(fd)
    fs.rmSync(draft)
    if (!(error instanceof Damaged)) throw error
    result.missing.push(entry.path.toString('utf8'))
    return
  }
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
  const snapshot = snapshots.find(({ id }) => id.startsWith(values.snapshot ?? ''))
  if (!snapshot) throw new Refused('There is no such snapshot.', 25)
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
