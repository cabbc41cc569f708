import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import { u32 } from '#engine/crypto/lp.ts'
import { sealBox } from '#engine/crypto/sealed-box.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import { openConfig, sealConfig } from '#engine/repository/config.ts'
import { type IndexedPack, openIndex, sealIndexes } from '#engine/repository/index-object.ts'
import { configStem, indexName, packName, recordName } from '#engine/repository/names.ts'
import { openObject, sealObject } from '#engine/repository/object.ts'
import { PackEntries, type PackEntry } from '#engine/repository/pack-entries.ts'
import { finishPack, packLength, readFooter, TRAILER_BYTES } from '#engine/repository/pack-format.ts'
import { idOfPart, MAX_PART_BYTES, openPart, PART_TYPE, PartSealer, partAad } from '#engine/repository/part.ts'
import { type ChainRecord, openRecord, sealRecord } from '#engine/repository/record.ts'
import { sealPart } from '../../helpers/seal-part.ts'
import {
  bytes16,
  CONFIG,
  flipped,
  hex16,
  hex32,
  KEYRING,
  KEYS,
  OTHER_KEYRING,
  OTHER_REPO_ID,
  REPO_ID,
} from './fixture.ts'

const damaged = expect.objectContaining({ code: 'damaged' })
const RECORD: ChainRecord = {
  deviceId: hex16(0xd1),
  seq: 1,
  prev: null,
  timeUs: 1,
  deviceName: 'here',
  seen: [],
  renamedFrom: null,
  body: { kind: 'join' },
}
const NAME = recordName(1, 'join', hex16(0xf1))
const LISTED = {
  path: `device-${RECORD.deviceId}/${NAME}`,
  deviceId: RECORD.deviceId,
  seq: 1,
  id: hex16(0xf1),
} as const
const listedAs = (record: 'join' | 'snap', more: object = {}) => ({ ...LISTED, record, ...more })

let zstd: Zstd
let sealer: PartSealer
beforeAll(async () => {
  zstd = await loadZstd()
  sealer = new PartSealer(KEYRING, zstd)
})

function packOf(id: string, texts: readonly string[]): Readonly<{ bytes: Uint8Array; pack: IndexedPack }> {
  const room = new Uint8Array(1 << 18)
  const entries: PackEntry[] = []
  let used = 16
  for (const text of texts) {
    const plain = new Uint8Array(Buffer.from(text))
    const partId = idOfPart(KEYRING, PART_TYPE.data, plain)
    const box = sealPart(sealer, PART_TYPE.data, partId, plain, true)
    room.set(box, used)
    used += box.length
    entries.push({ id: partId, type: PART_TYPE.data, storedLength: box.length, plainLength: plain.length })
  }
  const packed = PackEntries.from(entries)
  const { length, commitment } = finishPack(KEYRING, packName(id), room, used, packed)
  return { bytes: room.slice(0, length), pack: { id, size: length, commitment, entries: packed } }
}

const footerOf = (bytes: Uint8Array, name: string) =>
  readFooter(KEYRING, name, bytes.length, async (offset, length) => bytes.subarray(offset, offset + length))

describe('T01, T02, T03: an object that was changed, cut or lengthened', () => {
  it('record', () => {
    const bytes = sealRecord(KEYRING, NAME, RECORD)
    expect(openRecord(KEYRING, listedAs('join'), bytes)).toMatchObject({ record: RECORD, id: LISTED.id })
    expect(bytes).toHaveLength(2048)
    for (const bad of flipped(bytes, 5)) expect(() => openRecord(KEYRING, listedAs('join'), bad)).toThrow(damaged)
    for (const length of [0, 1, 15, 16, 71, 72, 87, 88, 2047]) {
      expect(() => openRecord(KEYRING, listedAs('join'), bytes.subarray(0, length))).toThrow(damaged)
    }
    expect(() => openRecord(KEYRING, listedAs('join'), Buffer.concat([bytes, bytes16(0)]))).toThrow(damaged)
  })

  it('config', () => {
    const stem = configStem(1, hex16(0xc1))
    const { bytes } = sealConfig(KEYS, stem, CONFIG)
    expect(openConfig(KEYS, REPO_ID, stem, bytes)?.config).toEqual(CONFIG)
    expect(bytes).toHaveLength(4096)
    for (const bad of flipped(bytes, 7)) expect(openConfig(KEYS, REPO_ID, stem, bad)).toBeNull()
    for (const length of [0, 79, 80, 152, 4095]) {
      expect(openConfig(KEYS, REPO_ID, stem, bytes.subarray(0, length))).toBeNull()
    }
  })

  it('index', () => {
    const { pack } = packOf(hex16(0xb1), ['one', 'two'])
    const [index] = sealIndexes(KEYRING, [pack], () => indexName(hex16(0xb2)))
    if (!index) throw new Error('no index')
    expect(openIndex(KEYRING, index.name, index.bytes).packs).toEqual([pack])
    for (const bad of flipped(index.bytes, 7)) expect(() => openIndex(KEYRING, index.name, bad)).toThrow(damaged)
    expect(() => openIndex(KEYRING, index.name, index.bytes.subarray(0, -1))).toThrow(damaged)
  })

  it('pack: no bit of it is without meaning', async () => {
    const { bytes } = packOf(hex16(0xb1), ['one', 'two', 'three '.repeat(400)])
    expect(await checkPack(KEYRING, zstd, hex16(0xb1), bytes)).toBe(true)
    for (const bad of flipped(bytes, 13)) expect(await checkPack(KEYRING, zstd, hex16(0xb1), bad)).toBe(false)
    for (const length of [0, 16, 88, TRAILER_BYTES, bytes.length - 1]) {
      expect(await checkPack(KEYRING, zstd, hex16(0xb1), bytes.subarray(0, length))).toBe(false)
    }
    const longer = Buffer.concat([bytes, bytes16(0)])
    expect(await checkPack(KEYRING, zstd, hex16(0xb1), longer)).toBe(false)
    await expect(footerOf(longer, packName(hex16(0xb1)))).rejects.toEqual(damaged)
  })
})

describe('T04, T05, T06: an object in another place than its own', () => {
  it('under another name', async () => {
    const { bytes } = packOf(hex16(0xb1), ['one'])
    expect(await checkPack(KEYRING, zstd, hex16(0xb3), bytes)).toBe(false)
    const record = sealRecord(KEYRING, NAME, RECORD)
    const renamed = recordName(1, 'join', hex16(0xf2))
    expect(() => openRecord(KEYRING, listedAs('join', { path: `device-x/${renamed}` }), record)).toThrow(damaged)
    const { bytes: config } = sealConfig(KEYS, configStem(1, hex16(0xc1)), CONFIG)
    expect(openConfig(KEYS, REPO_ID, configStem(2, hex16(0xc1)), config)).toBeNull()
  })

  it('in the folder of another device', () => {
    const record = sealRecord(KEYRING, NAME, RECORD)
    expect(() => openRecord(KEYRING, listedAs('join', { deviceId: hex16(0xd2) }), record)).toThrow(damaged)
  })

  it('from another repository', async () => {
    const foreign = sealRecord(OTHER_KEYRING, NAME, RECORD)
    expect(() => openRecord(KEYRING, listedAs('join'), foreign)).toThrow(damaged)
    const stem = configStem(1, hex16(0xc1))
    const { bytes } = sealConfig(KEYS, stem, { ...CONFIG, repoId: OTHER_REPO_ID }) // one root, another repository
    expect(openConfig(KEYS, REPO_ID, stem, bytes)).toBeNull()
    const { bytes: pack } = packOf(hex16(0xb1), ['one'])
    expect(await checkPack(OTHER_KEYRING, zstd, hex16(0xb1), pack)).toBe(false)
  })

  it('taken for another kind', () => {
    const body = new CborWriter().map(1).int(1).array(0).finish()
    const index = sealObject(KEYRING, 'index', NAME, body)
    const asRecord = index.slice()
    asRecord[5] = 5
    expect(() => openObject(KEYRING, 'record', NAME, asRecord)).toThrow(damaged)
    expect(() => openObject(KEYRING, 'record', NAME, index)).toThrow(damaged)
    const snap = recordName(1, 'snap', hex16(0xf1))
    const join = sealRecord(KEYRING, snap, RECORD) // named a snapshot, holds a join
    expect(() => openRecord(KEYRING, listedAs('snap', { path: `device-x/${snap}` }), join)).toThrow(damaged)
  })

  it('a config that says another name or repository than its own', () => {
    const stem = configStem(2, hex16(0xc1))
    const { bytes } = sealConfig(KEYS, stem, CONFIG) // holds seq 1
    expect(() => openConfig(KEYS, REPO_ID, stem, bytes)).toThrow(damaged)
  })
})

describe('a part', () => {
  const open = (type: keyof typeof PART_TYPE, id: Uint8Array, box: Uint8Array): Uint8Array =>
    openPart(KEYRING, KEYS, zstd, PART_TYPE[type], id, box, 'pack')
  const forged = (type: number, id: Uint8Array, head: readonly number[], payload: Uint8Array): Uint8Array =>
    sealBox(
      KEYS.part,
      'part',
      partAad(REPO_ID, KEYS.keyId, id),
      Buffer.concat([Uint8Array.of(head[0] ?? 0, type, head[1] ?? 0, 0), u32(head[2] ?? 0), payload]),
    )

  it('comes back, compressed or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(20), fc.boolean(), (piece, times, compress) => {
        const plain = new Uint8Array(Buffer.concat(Array.from({ length: times }, () => piece)))
        const id = idOfPart(KEYRING, PART_TYPE.data, plain)
        expect(open('data', id, sealPart(sealer, PART_TYPE.data, id, plain, compress))).toEqual(plain)
      }),
    )
  })

  it('T40: whose content is not what its id says is refused, although its box is authentic', () => {
    const plain = new Uint8Array(Buffer.from('good'))
    const id = idOfPart(KEYRING, PART_TYPE.data, plain)
    const other = new Uint8Array(Buffer.from('evil'))
    expect(() => open('data', id, sealPart(sealer, PART_TYPE.data, id, other, false))).toThrow(damaged)
  })

  it('of one type is never taken for another', () => {
    const plain = new Uint8Array(Buffer.from('a file that looks like a piece of manifest'))
    const id = idOfPart(KEYRING, PART_TYPE.data, plain)
    expect(() => open('leaf', id, sealPart(sealer, PART_TYPE.data, id, plain, false))).toThrow(damaged)
  })

  it('T35: that declares more than 4 MiB, another length or an unknown codec is refused', () => {
    const plain = new Uint8Array(Buffer.from('12345678'))
    const id = idOfPart(KEYRING, PART_TYPE.data, plain)
    const box = (...head: number[]) => forged(PART_TYPE.data, id, head, plain)
    for (const bad of [box(0, 0, 7), box(0, 0, 9), box(2, 0, 8), box(0, 1, 8), box(1, 0, MAX_PART_BYTES + 1)]) {
      expect(() => open('data', id, bad)).toThrow(damaged)
    }
    expect(() => open('data', id, new Uint8Array(71))).toThrow(damaged)
  })
})

describe('the format of packs', () => {
  it('a padded length leaves room for a filler box or needs none, and is never above 16 MiB for what is packed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 2 ** 24 }), (needed) => {
        const length = packLength(needed)
        expect(length).toBeGreaterThanOrEqual(Math.max(needed, 4096))
        expect(length === needed || length - needed >= 72).toBe(true)
        expect(length).toBeLessThanOrEqual(Math.max(4096, needed * 1.07 + 200))
      }),
    )
  })

  it('any set of parts is described by its own footer', async () => {
    const texts = fc.array(fc.string({ maxLength: 3000 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(texts, async (some) => {
        const { bytes, pack } = packOf(hex16(0xb1), some)
        const footer = await footerOf(bytes, packName(hex16(0xb1)))
        expect(footer.entries).toEqual(pack.entries)
        expect(footer.commitment).toEqual(pack.commitment)
        expect(await checkPack(KEYRING, zstd, hex16(0xb1), bytes)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('a pack that is said to be larger than 17 MiB or too short is not even read', async () => {
    const read = async (): Promise<Uint8Array> => {
      throw new Error('it was read')
    }
    for (const size of [0, 100, 17 * 2 ** 20 + 1]) {
      await expect(readFooter(KEYRING, packName(hex16(1)), size, read)).rejects.toEqual(damaged)
    }
  })

  it('an index is cut when it would grow beyond 8 MiB, and the union of its objects holds every pack', () => {
    const entry = { id: bytes16(7), type: 1, storedLength: 100, plainLength: 20 }
    const entries = PackEntries.from(Array.from({ length: 60_000 }, () => entry))
    const packs = Array.from({ length: 8 }, (_, i) => ({
      id: hex16(i),
      size: 16 * 2 ** 20,
      commitment: new Uint8Array(32),
      entries,
    }))
    let next = 0
    const indexes = sealIndexes(KEYRING, packs, () => indexName(hex16(next++)))
    expect(indexes.length).toBeGreaterThan(1)
    const names = indexes.flatMap(({ name, bytes }) => {
      expect(bytes.length).toBeLessThan(9 * 2 ** 20)
      return openIndex(KEYRING, name, bytes).packs.map(({ id }) => id)
    })
    expect(names).toEqual(packs.map(({ id }) => id))
  })
})

describe('a record', () => {
  it('that no reader would take is never written', () => {
    const writes = (record: Partial<ChainRecord>): void => {
      sealRecord(KEYRING, NAME, { ...RECORD, ...record })
    }
    expect(() => writes({ deviceName: 'x'.repeat(1021) })).toThrow(damaged)
    expect(() => writes({ seq: 2 })).toThrow(damaged) // no hash of the one before
    const source = { label: '..', kind: 'folder', root: null, height: 0, files: 0, bytes: 0, isStale: false } as const
    const snap = { kind: 'snap', skipped: { count: 0, list: null }, indexes: [], configSeq: 1 } as const
    for (const label of ['..', '.', '', 'a/b', 'a\\b', 'a\0', 'x'.repeat(1021)]) {
      expect(() => writes({ body: { ...snap, sources: [{ ...source, label }] } })).toThrow(damaged)
    }
  })

  it('under a root that was rotated away counts only up to where its chain ended', () => {
    const bytes = sealRecord(KEYRING, NAME, RECORD)
    const opened = openRecord(KEYRING, listedAs('join'), bytes)
    if (opened === 'void') throw new Error('it counts')
    const rotated = (end: { deviceId: string; seq: number; hash: string } | null) => ({
      ...OTHER_KEYRING,
      repoId: REPO_ID,
      epochs: [OTHER_KEYRING.current, KEYS],
      closed: new Map([[Buffer.from(KEYS.keyId).toString('hex'), end ? [end] : []]]),
    })
    const { deviceId } = RECORD
    const read = (end: Parameters<typeof rotated>[0]) => openRecord(rotated(end), listedAs('join'), bytes)
    expect(read({ deviceId, seq: 1, hash: opened.hash })).toMatchObject({ hash: opened.hash })
    expect(read({ deviceId, seq: 2, hash: hex32(1) })).toMatchObject({ hash: opened.hash })
    expect(read({ deviceId, seq: 1, hash: hex32(1) })).toBe('void')
    expect(read(null)).toBe('void')
  })
})
