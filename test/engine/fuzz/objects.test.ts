import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import { lp } from '#engine/crypto/lp.ts'
import { pad, unpad } from '#engine/crypto/padding.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex } from '#engine/encoding/hex.ts'
import type { OpenRepository } from '#engine/index.ts'
import { decodeBatch, decodePageFile, decodeSegment } from '#engine/pages/page-parts.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import { openConfig } from '#engine/repository/config.ts'
import { openIndex } from '#engine/repository/index-object.ts'
import { baseName, parseObjectName } from '#engine/repository/names.ts'
import { objectAad, openObject, sealObject } from '#engine/repository/object.ts'
import { readFooter, TRAILER_BYTES } from '#engine/repository/pack-format.ts'
import { idOfPart, openPart, PART_TYPE, type PartType, partAad } from '#engine/repository/part.ts'
import { openRecord } from '#engine/repository/record.ts'
import { isNewerSlot, openSlot, parseSlotHead } from '#engine/repository/slot.ts'
import { decodeLeaf, decodeNode } from '#engine/repository/tree-reader.ts'
import { mutated } from '../../helpers/mutations.ts'
import { database, noise, Scene } from '../../helpers/scene.ts'
import { mustBeHardened, orRefused } from './hardened.ts'

// R47. Every parser gets real objects with a few changes: as whoever stores them can change them, and, sealed again under
// the true keys, as whoever wrote the repository could have made them.

type Named = Readonly<{ name: string; bytes: Uint8Array }>

/** A repository with every kind of record, page parts and several packs. */
async function makeRepository(scene: Scene): Promise<OpenRepository> {
  const device = await scene.addDevice('laptop')
  const pages = Array.from({ length: 120 }, (_, page) => page + 1)
  for (let day = 0; day < 6; day++) {
    scene.passDays(1)
    device.write('chats.db', database(pages.with(day, 900 + day)))
    device.write(`day-${day}/photo.jpg`, noise(20_000, day))
    device.write(`day-${day}/chat.txt`, 'hello '.repeat(300 + day))
    await device.backUp()
  }
  const second = await scene.addDevice('phone')
  second.write('note.txt', 'note')
  await second.backUp()
  await device.prune({ policy: { daily: 1, weekly: 0, monthly: 0 } })
  return device.open()
}

let scene: Scene
let repository: OpenRepository
let zstd: Zstd
beforeAll(async () => {
  scene = new Scene()
  repository = await makeRepository(scene)
  zstd = await loadZstd()
  return () => scene[Symbol.dispose]()
})

const named = (what: RegExp): readonly Named[] =>
  scene.objects(what).map((path) => {
    const bytes = scene.memory.objects.get(path)
    if (!bytes) throw new Error(`no object ${path}`)
    return { name: path.slice(path.indexOf('/') + 1), bytes }
  })

/** One of several with its bytes changed; the name stays. */
const changed = (all: readonly Named[]): fc.Arbitrary<Named> =>
  fc.constantFrom(...all).chain(({ name, bytes }) => mutated(bytes).map((other) => ({ name, bytes: other })))

describe('as whoever stores them can change them', () => {
  it('slots', async () => {
    const slots = named(/slot-/)
    await mustBeHardened(
      async ({ bytes }) => {
        isNewerSlot(bytes)
        const head = parseSlotHead(bytes)
        return head?.secret === 'key' ? openSlot(bytes, head, scene.secret) : null
      },
      slots,
      changed(slots),
    )
  })

  it('settings, indexes, records and packs: nothing that was changed is taken for right', async () => {
    const { keyring } = repository
    const { repoId, current } = keyring
    const open = async ({ name, bytes }: Named): Promise<unknown> => {
      const parsed = parseObjectName(name)
      switch (parsed?.kind) {
        case 'config':
          return openConfig(current, repoId, parsed.stem, bytes)
        case 'index':
          return openIndex(keyring, name, bytes)
        case 'record':
          return openRecord(keyring, { ...parsed, path: name }, bytes)
        case 'pack':
          return (await checkPack(keyring, zstd, parsed.id, bytes)) || null
        default:
          throw new Error(`nothing opens ${name}`)
      }
    }
    const all = named(/config-|index-|record-|pack-/)
    for (const object of all) expect(await open(object)).not.toBeNull()
    const isOriginal = ({ name, bytes }: Named): boolean =>
      all.some((object) => object.name === name && Buffer.compare(object.bytes, bytes) === 0)
    await mustBeHardened(
      async (object) => {
        if ((await open(object)) !== null && !isOriginal(object)) throw new Error(`${object.name} opens, changed`)
      },
      all,
      changed(all),
    )
  })
})

describe('as whoever wrote the repository could have made them', () => {
  it('settings', async () => {
    const { repoId, current } = repository.keyring
    const [config] = named(/config-/)
    const parsed = config && parseObjectName(config.name)
    if (!config || parsed?.kind !== 'config') throw new Error('no settings')
    const head = config.bytes.subarray(0, 80)
    const aad = lp('keepsake1', 'config', repoId, parsed.stem, head)
    const padded = openBox(current.config, 'config', aad, config.bytes.subarray(80))
    const body = padded && unpad(padded)
    if (!body) throw new Error('settings do not open')
    const seal = (plain: Uint8Array): Uint8Array => {
      const box = sealBox(
        current.config,
        'config',
        aad,
        pad(plain, Math.max(plain.length + 1, 4096 - 80 - BOX_OVERHEAD)),
      )
      return Buffer.concat([head, box])
    }
    await mustBeHardened((plain) => openConfig(current, repoId, parsed.stem, seal(plain)), [body], mutated(body))
  })

  it('records of every kind (R47, T36)', async () => {
    const { keyring } = repository
    const records = named(/record-/).map(({ name, bytes }) => {
      const parsed = parseObjectName(name)
      if (parsed?.kind !== 'record') throw new Error('no record')
      const { body } = openObject(keyring, 'record', baseName(name), bytes, fromHex(parsed.deviceId))
      return { name, parsed, bytes: body }
    })
    expect(new Set(records.map(({ parsed }) => parsed.record))).toEqual(new Set(['join', 'snap', 'drop']))
    const inputs = fc
      .constantFrom(...records)
      .chain((record) => mutated(record.bytes).map((bytes) => ({ ...record, bytes })))
    await mustBeHardened(
      ({ name, parsed, bytes }) => {
        const object = sealObject(keyring, 'record', baseName(name), bytes, fromHex(parsed.deviceId))
        return openRecord(keyring, { ...parsed, path: name }, object)
      },
      records,
      inputs,
      3000,
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('indexes', async () => {
    const { keyring } = repository
    const indexes = named(/index-/).map(({ name, bytes }) => ({
      name,
      bytes: openObject(keyring, 'index', baseName(name), bytes).body,
    }))
    await mustBeHardened(
      ({ name, bytes }) => openIndex(keyring, name, sealObject(keyring, 'index', baseName(name), bytes)),
      indexes,
      changed(indexes),
    )
  })

  it('trailers and footers of packs', async () => {
    const { keyring } = repository
    const { repoId, current } = keyring
    const [pack] = named(/pack-/)
    if (!pack) throw new Error('no pack')
    const name = baseName(pack.name)
    const aad = (kind: string): Uint8Array => objectAad(kind, repoId, current.keyId, name)
    const at = pack.bytes.length - TRAILER_BYTES
    const trailer = openBox(current.pack, 'pack-trailer', aad('pack-trailer'), pack.bytes.subarray(at))
    if (!trailer) throw new Error('the trailer does not open')
    const offset = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true)
    const footer = openBox(current.pack, 'pack-footer', aad('pack-footer'), pack.bytes.subarray(offset, at))
    if (!footer) throw new Error('the footer does not open')
    const read = ([one, other]: readonly [Uint8Array, Uint8Array]) => {
      const tail = Buffer.concat([
        sealBox(current.pack, 'pack-footer', aad('pack-footer'), other),
        sealBox(current.pack, 'pack-trailer', aad('pack-trailer'), one),
      ])
      const bytes = Buffer.concat([pack.bytes.subarray(0, offset), tail])
      return readFooter(keyring, name, bytes.length, async (from, length) => bytes.subarray(from, from + length))
    }
    const usual = [trailer, footer] as const
    const inputs = fc.oneof(
      mutated(trailer).map((bytes) => [bytes, footer] as const),
      mutated(footer).map((bytes) => [trailer, bytes] as const),
      fc.tuple(mutated(trailer), mutated(footer)),
    )
    await mustBeHardened(read, [usual], inputs)
  })

  it('parts, with heads and compressed frames that claim anything (T35)', async () => {
    const { keyring } = repository
    const { repoId, current } = keyring
    const body = (codec: number, plainLength: number, payload: Uint8Array): Uint8Array => {
      const head = Uint8Array.of(codec, PART_TYPE.data, 0, 0, 0, 0, 0, 0)
      new DataView(head.buffer).setUint32(4, plainLength, true)
      return Buffer.concat([head, payload])
    }
    const text = Buffer.from('hello, hello, hello '.repeat(500))
    const id = idOfPart(keyring, PART_TYPE.data, text)
    const bodies = [body(0, text.length, text), body(1, text.length, zstd.compress(text))]
    const bomb = zstd.compress(new Uint8Array(2 ** 22))
    const open = (plain: Uint8Array): unknown => {
      const box = sealBox(current.part, 'part', partAad(repoId, current.keyId, id), plain)
      return openPart(keyring, current, zstd, PART_TYPE.data, id, box, 'pack')
    }
    await mustBeHardened(open, bodies, mutated(...bodies, body(1, 2 ** 22, bomb)))
  })

  it('lists of files, and lists of lists', async () => {
    const { leaf } = await partsByType()
    const node = new CborWriter()
    node.array(40)
    for (let i = 0; i < 40; i++)
      node
        .array(4)
        .bytes(Buffer.from(`folder-${i}/file.txt`))
        .bytes(randomBytes(16))
        .int(i)
        .int(i * 1000)
    const nodes = [node.finish()]
    await mustBeHardened((bytes) => decodeLeaf(bytes, new Uint8Array(16)), leaf, mutated(...leaf), 3000)
    await mustBeHardened((bytes) => decodeNode(bytes, new Uint8Array(16)), nodes, mutated(...nodes))
  })

  it('the parts of databases', async () => {
    const { pageFile, pageSegment, pageBatch } = await partsByType()
    await mustBeHardened((bytes) => decodePageFile(bytes, 'part'), pageFile, mutated(...pageFile))
    await mustBeHardened((bytes) => decodeSegment(bytes, 'part'), pageSegment, mutated(...pageSegment))
    await mustBeHardened((bytes) => decodeBatch(bytes, 'part'), pageBatch, mutated(...pageBatch))
  })

  it('CBOR of any kind, with lengths far beyond what is there', async () => {
    const usual = [new CborWriter().array(3).int(1).text('text').bytes(new Uint8Array(30)).finish()]
    const huge = fc
      .tuple(fc.constantFrom(0x5b, 0x7b, 0x9b, 0xbb, 0x5a, 0x7a, 0x9a, 0xba), fc.uint8Array({ maxLength: 24 }))
      .map(([head, rest]) => Buffer.concat([Uint8Array.of(head), rest]))
    const read = (bytes: Uint8Array): void => {
      for (const one of [
        (reader: CborReader) => reader.skip(),
        (reader: CborReader) => reader.bytes(),
        (reader: CborReader) => reader.text(2 ** 50),
        (reader: CborReader) => reader.list(2 ** 50, () => reader.int()),
        (reader: CborReader) => reader.map(() => false),
      ])
        orRefused(() => one(new CborReader(bytes, 'object')))
    }
    await mustBeHardened(read, usual, fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated(...usual), huge), 3000)
  })
})

type Parts = Record<keyof typeof PART_TYPE, Uint8Array[]>

/** What lies in the packs, opened. */
async function partsByType(): Promise<Parts> {
  const { keyring } = repository
  const types = Object.entries(PART_TYPE) as readonly (readonly [keyof typeof PART_TYPE, PartType])[]
  const parts = Object.fromEntries(types.map(([name]) => [name, [] as Uint8Array[]])) as Parts
  for (const { name, bytes } of named(/pack-/)) {
    const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
    const { keys, entries } = await readFooter(keyring, baseName(name), bytes.length, read)
    let at = 16
    for (const { type, id, storedLength } of entries) {
      const known = types.find(([, value]) => value === type)
      if (!known) throw new Error(`a part of type ${type}`)
      parts[known[0]].push(openPart(keyring, keys, zstd, known[1], id, bytes.subarray(at, at + storedLength), name))
      at += storedLength
    }
  }
  return parts
}
