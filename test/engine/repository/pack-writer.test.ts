import { beforeAll, describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import type { IndexedPack } from '#engine/repository/index-object.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { readPack } from '#engine/repository/load-parts.ts'
import { PackKeeper } from '#engine/repository/pack-keeper.ts'
import { PackWriter } from '#engine/repository/pack-writer.ts'
import { idOfPart, MAX_PART_BYTES, PART_TYPE, PartSealer } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import { PartTable } from '#engine/repository/part-table.ts'
import { MemoryDestination } from '../../helpers/memory-destination.ts'
import { sealPart } from '../../helpers/seal-part.ts'
import { hex16, KEYRING } from './fixture.ts'

const MIB = 2 ** 20
let zstd: Zstd
beforeAll(async () => {
  zstd = await loadZstd()
})

/** A writer, what it was told to write, and where it went. */
class Run {
  readonly destination: MemoryDestination
  readonly table = new PartTable()
  readonly written: IndexedPack[] = []
  readonly keeper: PackKeeper
  readonly writer: PackWriter
  readonly #sealer = new PartSealer(KEYRING, zstd)
  readonly parts = new Map<string, Uint8Array>()

  constructor(destination = new MemoryDestination(), packsInDevice = 0) {
    this.destination = destination
    this.keeper = new PackKeeper({
      destination,
      deviceId: hex16(0xd1),
      table: this.table,
      packsInDevice,
      onWritten: (pack) => this.written.push(pack),
    })
    this.writer = new PackWriter({ keyring: KEYRING, keep: (pack) => this.keeper.keep(pack) })
  }

  async add(plain: Uint8Array): Promise<void> {
    const id = idOfPart(KEYRING, PART_TYPE.data, plain)
    this.parts.set(toHex(id), plain)
    const box = sealPart(this.#sealer, PART_TYPE.data, id, plain, false)
    const part = { type: PART_TYPE.data, id, plainLength: plain.length, boxLength: box.length }
    await this.writer.add(part, (room) => room.set(box))
  }

  async readAll(): Promise<void> {
    const reader = new PartReader(KEYRING, this.destination, this.table, zstd)
    for (const [id, plain] of this.parts) {
      expect(Buffer.compare(await reader.read(PART_TYPE.data, Buffer.from(id, 'hex')), plain)).toBe(0)
    }
  }
}

const numbered = (length: number, number: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

describe('packs', () => {
  it('of a large run stay within 16 MiB, hold every part, and are known by table, footer and what was told', async () => {
    const run = new Run()
    for (let i = 0; i < 60; i++) await run.add(numbered(i % 3 === 0 ? MIB : 300_000, i))
    await run.writer.finish()
    const { packs } = await listRepository(run.destination)
    expect(packs.size).toBe(run.written.length)
    expect(packs.size).toBeGreaterThanOrEqual(2)
    let bytes = 0
    for (const listed of packs.values()) {
      expect(listed.size).toBeLessThanOrEqual(16 * MIB)
      bytes += listed.size
      const told = run.written.find(({ id }) => id === listed.id)
      expect(await readPack(run.destination, KEYRING, listed)).toMatchObject({ ...told })
      const whole = run.destination.objects.get(listed.path) ?? new Uint8Array()
      expect(await checkPack(KEYRING, zstd, listed.id, whole)).toBe(true)
    }
    expect(run.keeper.writtenBytes).toBe(bytes)
    expect(run.written.flatMap(({ entries }) => [...entries])).toHaveLength(60)
    await run.readAll()
  })

  it('of an ordinary day are one, and parts are found in it', async () => {
    const run = new Run()
    for (let i = 0; i < 50; i++) await run.add(numbered(1000, i))
    await run.writer.finish()
    expect(run.written).toHaveLength(1)
    expect(run.destination.objects.size).toBe(1)
    await run.readAll()
  })

  it('of a run that wrote nothing are none', async () => {
    const run = new Run()
    await run.writer.finish()
    expect(run.destination.objects.size).toBe(0)
  })

  it('hold neighbours apart: which pack a part goes to is chosen by chance', async () => {
    const run = new Run()
    for (let i = 0; i < 40; i++) await run.add(numbered(500_000, i))
    await run.writer.finish()
    const order = [...run.parts.keys()]
    const [first] = run.written
    const inFirst = new Set([...(first?.entries ?? [])].map(({ id }) => toHex(id)))
    const changes = order.filter((id, i) => i > 0 && inFirst.has(id) !== inFirst.has(order[i - 1] ?? '')).length
    expect(run.written.length).toBeGreaterThan(1)
    expect(changes).toBeGreaterThan(3)
  })

  it('the largest parts fit, three to a pack', async () => {
    const run = new Run()
    for (let i = 0; i < 9; i++) await run.add(numbered(MAX_PART_BYTES, i))
    await run.writer.finish()
    for (const { entries, size } of run.written) {
      expect(entries.length).toBeLessThanOrEqual(3)
      expect(size).toBeLessThanOrEqual(16 * MIB)
    }
    await run.readAll()
  })

  it('go to folders of a thousand', async () => {
    const run = new Run(new MemoryDestination(), 999)
    for (let i = 0; i < 10; i++) await run.add(numbered(4_000_000, i))
    await run.writer.finish()
    const folders = new Set([...run.destination.objects.keys()].map((path) => path.split('/')[1]))
    expect(folders).toEqual(new Set(['packs-0000', 'packs-0001']))
  })
})

describe('a destination that refuses', () => {
  it('stops the writer with its own error, and no pack is told', async () => {
    const destination = new MemoryDestination()
    destination.put = async () => {
      throw new BackupError('destination-full')
    }
    const run = new Run(destination)
    const adding = async (): Promise<void> => {
      for (let i = 0; i < 30; i++) await run.add(numbered(MIB, i))
      await run.writer.finish()
    }
    await expect(adding()).rejects.toMatchObject({ code: 'destination-full' })
    await run.writer.abandon()
    expect(run.written).toEqual([])
  })

  it('what a failed run had not finished is forgotten', async () => {
    const run = new Run()
    await run.add(numbered(100, 1))
    await run.writer.abandon()
    expect(run.destination.objects.size).toBe(0)
  })
})

describe('reading a part', () => {
  it('T12: whose pack has gone, was cut or changed is damage', async () => {
    const run = new Run()
    await run.add(numbered(1000, 1))
    await run.writer.finish()
    const [path = ''] = run.destination.objects.keys()
    const whole = run.destination.objects.get(path) ?? new Uint8Array()
    const [id = ''] = run.parts.keys()
    const read = () =>
      new PartReader(KEYRING, run.destination, run.table, zstd).read(PART_TYPE.data, Buffer.from(id, 'hex'))
    for (const bad of [whole.slice(0, 500), whole.map((byte, i) => (i === 100 ? byte ^ 1 : byte)), new Uint8Array()]) {
      run.destination.objects.set(path, bad)
      await expect(read()).rejects.toMatchObject({ code: 'damaged' })
    }
    run.destination.objects.delete(path)
    await expect(read()).rejects.toMatchObject({ code: 'damaged' })
    await expect(
      new PartReader(KEYRING, run.destination, new PartTable(), zstd).read(PART_TYPE.data, new Uint8Array(16)),
    ).rejects.toMatchObject({ code: 'damaged' })
  })
})
