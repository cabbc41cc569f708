import { beforeAll, describe, expect, it } from 'vitest'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { partId } from '#engine/crypto/keys.ts'
import { preparePassword } from '#engine/crypto/password.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import { isConfigOf, isHandoverFrom, openConfig } from '#engine/repository/config.ts'
import { openIndex } from '#engine/repository/index-object.ts'
import { epochKeys, makeKeyring } from '#engine/repository/keyring.ts'
import { parseObjectName } from '#engine/repository/names.ts'
import { readFooter } from '#engine/repository/pack-format.ts'
import { openRecord } from '#engine/repository/record.ts'
import { joinConfigs } from '#engine/repository/settings.ts'
import { openSlot, parseSlotHead, type SlotSecret } from '#engine/repository/slot.ts'
import { decodeLeaf } from '#engine/repository/tree-reader.ts'
import { TreeWriter } from '#engine/repository/tree-writer.ts'
import { fromFileBytes } from '#engine/source/byte-path.ts'
import * as second from '../../helpers/second-implementation.ts'
import { readVectors } from '../../helpers/vectors.ts'

type File = Readonly<{ name: string; file: string }>
type Slots = Readonly<{
  root: string
  repoId: string
  password: Readonly<{ slotId: string; spellings: readonly string[]; file: string }>
  key: Readonly<{ slotId: string; key: string; file: string }>
}>
type ChainEnd = Readonly<{ deviceId: string; seq: number; hash: string }>
type Configs = Readonly<{
  root: string
  newRoot: string
  repoId: string
  idKey: string
  configs: readonly Readonly<{ stem: string; file: string }>[]
  heads: readonly string[]
  validSlots: readonly string[]
  revoked: readonly string[]
  rotated: Readonly<{ stem: string; file: string; handover: string; closed: ChainEnd }>
}>
type Objects = Readonly<{
  root: string
  repoId: string
  idKey: string
  pack: File & Readonly<{ commitment: string; parts: readonly Readonly<{ type: number; plain: string }>[] }>
  index: File & Readonly<{ packId: string }>
  deviceId: string
  records: readonly (File & Readonly<{ hash: string }>)[]
}>
type Tree = Readonly<{
  idKey: string
  leaf: Readonly<{ entries: readonly Readonly<{ path: string; mtimeUs: number }>[]; hex: string }>
  thousand: Readonly<{
    root: string
    height: number
    parts: readonly Readonly<{ type: number; id: string; bytes: number; hex?: string }>[]
  }>
}>

const slots = readVectors('slots') as Slots
const configs = readVectors('configs') as Configs
const objects = readVectors('objects') as Objects
const tree = readVectors('tree') as Tree

const root = fromHex(objects.root)
const repoId = fromHex(objects.repoId)
const idKey = fromHex(objects.idKey)
const keys = epochKeys(root, 0)
const keyring = makeKeyring(repoId, keys, idKey)

let zstd: Zstd
beforeAll(async () => {
  zstd = await loadZstd()
})

describe('a slot', () => {
  const open = async (file: Uint8Array, secret: SlotSecret) => {
    const head = parseSlotHead(file)
    return head && openSlot(file, head, secret)
  }

  it('opens with its 64-digit key', async () => {
    const file = fromHex(slots.key.file)
    const content = await open(file, { kind: 'key', bytes: fromHex(slots.key.key) })
    expect(content).toEqual({ keyId: second.keyIdOf(root), root, epoch: 0 })
    const again = second.openSlot(file, { key: fromHex(slots.key.key) })
    expect(again).toMatchObject({ epoch: 0 })
    expect([again.repoId, again.slotId, again.root].map(second.hex)).toEqual([
      slots.repoId,
      slots.key.slotId,
      slots.root,
    ])
  })

  it('T23: opens with its password in every spelling', async () => {
    const file = fromHex(slots.password.file)
    for (const spelling of slots.password.spellings) {
      const content = await open(file, { kind: 'password', bytes: preparePassword(spelling) ?? new Uint8Array() })
      expect(content?.root).toEqual(root)
    }
    const [, decomposed = ''] = slots.password.spellings
    expect(second.hex(second.openSlot(file, { password: decomposed }).root)).toBe(slots.root)
  })
})

describe('configs', () => {
  const opened = configs.configs.map(({ stem, file }) => {
    const config = openConfig(keys, repoId, stem, fromHex(file))
    if (!config) throw new Error(`${stem} does not open`)
    return { stem, ...config }
  })

  it('each opens, and says the same to the second implementation', () => {
    for (const [i, { stem, file }] of configs.configs.entries()) {
      const { fields, body } = second.openConfig(root, repoId, stem, fromHex(file))
      const { config, body: ours } = opened[i] ?? { config: null, body: null }
      expect(body).toEqual(ours)
      expect(fields.get(3)).toBe(config?.seq)
      expect(fields.get(4)).toBe(config?.epoch)
      expect(second.hex(fields.get(5) as Uint8Array)).toBe(configs.idKey)
      expect(fields.get(6)).toEqual(config?.prevs.map(({ configId, bodyHash }) => [configId, bodyHash]))
      expect(fields.get(7)).toEqual(
        config?.slots.map(({ slotId, fileHash, secret }) => [slotId, fileHash, secret === 'password' ? 1 : 2]),
      )
      expect(fields.get(8)).toEqual(config?.revoked)
      expect(fields.get(11)).toBe(config?.createdAtUs)
    }
  })

  it('two changes that crossed make two heads; both new slots are valid, the old one is not', () => {
    const settings = joinConfigs(opened)
    expect(settings?.heads.map(({ stem }) => stem).sort()).toEqual(configs.heads)
    expect([...(settings?.slots.keys() ?? [])].sort()).toEqual(configs.validSlots)
    expect([...(settings?.revoked ?? [])]).toEqual(configs.revoked)
    // Hiding the config that was replaced, or one of the two, never brings the old slot back.
    for (const hidden of opened) {
      const rest = joinConfigs(opened.filter((config) => config !== hidden))
      if (hidden.stem !== opened[0]?.stem) expect(rest?.revoked).toContain(configs.revoked[0])
      expect(rest?.slots.has(configs.revoked[0] ?? '')).toBe(false)
    }
  })

  it('a rotated one proves to the holder of the older root that it replaced it, and keeps that root', () => {
    const { stem, file, handover, closed } = configs.rotated
    const bytes = fromHex(file)
    const newRoot = fromHex(configs.newRoot)
    expect(isConfigOf(keys, bytes)).toBe(false)
    expect(isHandoverFrom(keys, stem, bytes)).toBe(true)
    expect(isHandoverFrom(epochKeys(newRoot, 1), stem, bytes)).toBe(false)
    for (const byte of [20, 24, 28, 32, 47, 48, 79]) {
      const forged = bytes.slice()
      forged[byte] = (forged[byte] ?? 0) ^ 1
      expect(isHandoverFrom(keys, stem, forged)).toBe(false)
    }
    const config = openConfig(epochKeys(newRoot, 1), repoId, stem, bytes)?.config
    expect(config?.olderRoots).toEqual([{ epoch: 0, root, closed: [closed] }])
    const { fields, handover: head } = second.openConfig(newRoot, repoId, stem, bytes)
    expect(second.hex(head.proof)).toBe(handover)
    expect(second.handoverProof(root, stem, second.keyIdOf(newRoot), 3, 1)).toEqual(head.proof)
    expect(fields.get(12)).toEqual([[0, root, [[fromHex(closed.deviceId), closed.seq, fromHex(closed.hash)]]]])
  })
})

describe('a pack of two parts and filler, and the index that names it', () => {
  const bytes = fromHex(objects.pack.file)
  const name = objects.pack.name

  it('opens in both implementations to the same parts', async () => {
    const again = second.openPack(root, repoId, idKey, name, bytes)
    expect(again.parts.map(({ type, plain }) => ({ type, plain: second.hex(plain) }))).toEqual(objects.pack.parts)
    expect(again.fillerBytes).toBeGreaterThanOrEqual(72)
    const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
    const footer = await readFooter(keyring, name, bytes.length, read)
    expect([...footer.entries].map(({ id }) => toHex(id))).toEqual(again.parts.map(({ id }) => second.hex(id)))
    expect(toHex(footer.commitment)).toBe(objects.pack.commitment)
    expect(second.hex(again.commitment)).toBe(objects.pack.commitment)
    expect(await checkPack(keyring, zstd, objects.index.packId, bytes)).toBe(true)
  })

  it('is named by its index with size, commitment and entries', () => {
    const file = fromHex(objects.index.file)
    const { packs } = openIndex(keyring, `device-x/${objects.index.name}`, file)
    expect(packs).toHaveLength(1)
    expect(packs[0]).toMatchObject({ id: objects.index.packId, size: bytes.length })
    const fields = second.openIndex(root, repoId, objects.index.name, file)
    const { entries } = second.openPack(root, repoId, idKey, name, bytes)
    expect(fields.get(1)).toEqual([
      [fromHex(objects.index.packId), bytes.length, fromHex(objects.pack.commitment), entries],
    ])
    expect(fields.get(2)).toEqual([])
  })
})

describe('records', () => {
  it('of each kind open in both implementations, and each names the one before', () => {
    let previous: string | null = null
    for (const { name, file, hash } of objects.records) {
      const path = `device-${objects.deviceId}/${name}`
      const listed = parseObjectName(path)
      if (listed?.kind !== 'record') throw new Error(`${path} is no record`)
      const stored = openRecord(keyring, { path, ...listed }, fromHex(file))
      if (stored === 'void') throw new Error('a record under the present root counts')
      const { record } = stored
      expect(stored.hash).toBe(hash)
      expect(toHex(sha256(fromHex(file)))).toBe(hash)
      expect(record.prev && toHex(record.prev)).toBe(previous)
      const fields = second.openRecord(root, repoId, name, fromHex(objects.deviceId), fromHex(file))
      expect(fields.get(1)).toBe({ join: 1, snap: 2, drop: 3, retire: 4 }[record.body.kind])
      expect(fields.get(3)).toBe(record.seq)
      expect(fields.get(4)).toEqual(record.prev ?? new Uint8Array())
      expect(fields.get(5)).toBe(record.timeUs)
      expect(fields.get(6)).toBe('Anna’s Mac')
      expect(fields.get(7)).toEqual(
        record.seen.map(({ deviceId, seq, hash: seen }) => [fromHex(deviceId), seq, fromHex(seen)]),
      )
      if (record.body.kind === 'snap') {
        const body = second.mapOf(fields.get(9) ?? 0)
        expect(body.get(1)).toEqual([
          ['Chats', 0, new Uint8Array(16).fill(0xe1), 1, 3, 4_500_000_000, 0],
          ['letter.txt', 1, new Uint8Array(), 0, 0, 0, 1],
        ])
        expect(record.body.sources.map(({ label, isStale }) => [label, isStale])).toEqual([
          ['Chats', false],
          ['letter.txt', true],
        ])
        expect(body.get(4)).toBe(record.body.configSeq)
        expect(body.get(5)).toEqual([fromHex('d2'.repeat(16)), 6, 1_699_000_000_000_000])
        expect(body.get(6)).toEqual([1, 4])
        expect(record.body).toMatchObject({ lastVerified: { seq: 6 }, accepted: ['files-gone', 'rewritten'] })
      }
      previous = hash
    }
    expect(objects.records.map(({ name }) => name.split('-')[2])).toEqual(['join', 'snap', 'drop', 'retire'])
  })

  it('that say what has ended, or is not missed, say the same to both implementations', () => {
    const bytes = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte)
    const other = (seq: number) => [bytes(0xd2, 16), seq, bytes(0xaa, 32)]
    const bodies = objects.records.map(({ name, file }) => {
      const fields = second.openRecord(root, repoId, name, fromHex(objects.deviceId), fromHex(file))
      return second.mapOf(fields.get(9) ?? 0)
    })
    const ours = objects.records.map(({ name, file }) => {
      const path = `device-${objects.deviceId}/${name}`
      const listed = parseObjectName(path)
      const stored = listed?.kind === 'record' ? openRecord(keyring, { path, ...listed }, fromHex(file)) : 'void'
      return stored === 'void' ? null : stored.record.body
    })
    const snapshot = [fromHex(objects.deviceId), 2, fromHex(objects.records[1]?.hash ?? '')]
    const [join, , drop, retire] = bodies
    expect([...(join ?? [])]).toEqual([
      [1, [other(9)]],
      [2, 3],
    ])
    expect([...(drop ?? [])]).toEqual([
      [1, [snapshot, other(7)]],
      [
        2,
        [
          [bytes(0xb1, 16), 2],
          [bytes(0xb3, 16), 1],
          [bytes(0xb4, 16), 3],
        ],
      ],
      [3, [bytes(0xb2, 16)]],
      [4, [other(5)]],
    ])
    expect([...(retire ?? [])]).toEqual([[1, snapshot]])
    expect(ours).toMatchObject([
      { kind: 'join', lost: { records: [{ seq: 9 }], configSeq: 3 } },
      { kind: 'snap' },
      {
        kind: 'drop',
        snapshots: [{ deviceId: objects.deviceId, seq: 2, hash: objects.records[1]?.hash }, { seq: 7 }],
        packs: [{ reason: 'repacked' }, { reason: 'unreferenced' }, { reason: 'orphan' }],
        indexes: ['b2'.repeat(16)],
        undone: [{ seq: 5 }],
      },
      { kind: 'retire', device: { seq: 2 } },
    ])
  })
})

describe('a tree', () => {
  it('a leaf with every kind of entry is read alike', () => {
    const plain = fromHex(tree.leaf.hex)
    const entries = decodeLeaf(plain, new Uint8Array(16))
    const shown = entries.map(({ path, ...rest }) => ({ path: toHex(Buffer.from(path, 'latin1')), ...rest }))
    expect(
      JSON.parse(JSON.stringify(shown, (_, value) => (value instanceof Uint8Array ? toHex(value) : value))),
    ).toEqual(tree.leaf.entries)
    let previous = ''
    const again = (second.readCbor(plain) as readonly (readonly [number, number, Uint8Array, number, number])[]).map(
      ([kind, shared, suffix, size, mtimeUs]) => {
        previous = previous.slice(0, shared) + fromFileBytes(suffix)
        return { kind, path: previous, size, mtimeUs }
      },
    )
    expect(again.map(({ path, mtimeUs }) => [path, mtimeUs])).toEqual(
      entries.map(({ path, mtimeUs }) => [path, mtimeUs]),
    )
  })

  it('of a thousand files is cut where the vectors say', async () => {
    const parts: { type: number; id: string; bytes: number }[] = []
    const writer = new TreeWriter(keyring, async (type, plain) => {
      const id = partId(keyring.ids.id, type, plain)
      parts.push({ type, id: toHex(id), bytes: plain.length })
      return id
    })
    for (let i = 0; i < 1000; i++) {
      await writer.add({
        path: `chat-${String(i).padStart(4, '0')}.txt`,
        kind: 'file',
        size: 1,
        content: { kind: 'parts', ids: [new Uint8Array(16).fill(9)] },
        mtimeUs: i,
        attributes: 0,
      })
    }
    const done = await writer.finish()
    expect(done).toMatchObject({ height: tree.thousand.height, files: 1000, bytes: 1000 })
    expect(done.root && toHex(done.root)).toBe(tree.thousand.root)
    expect(parts).toEqual(tree.thousand.parts.map(({ type, id, bytes }) => ({ type, id, bytes })))
    // The second implementation finds the same cuts: after a path whose keyed hash begins with a zero byte, from the 64th on.
    const { leaves } = Array.from({ length: 1000 }, (_, i) => `chat-${String(i).padStart(4, '0')}.txt`).reduce(
      ({ leaves: done_, open }, path) => {
        const isCut = open + 1 >= 64 && second.pathHash(idKey, path)[0] === 0
        return isCut ? { leaves: [...done_, open + 1], open: 0 } : { leaves: done_, open: open + 1 }
      },
      { leaves: [] as number[], open: 0 },
    )
    expect(parts.filter(({ type }) => type === 6)).toHaveLength(leaves.length + 1)
    const node = tree.thousand.parts.find(({ type }) => type === 7)?.hex ?? ''
    const items = second.readCbor(fromHex(node)) as readonly (readonly [Uint8Array, Uint8Array, number, number])[]
    expect(items.map(([, , files]) => files).slice(0, -1)).toEqual(leaves)
  })
})
