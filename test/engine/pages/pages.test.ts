import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PageTable, rebuildPageTable } from '#engine/pages/page-table.ts'
import { restorePages } from '#engine/pages/restore-pages.ts'
import { pageSizeOf } from '#engine/pages/sqlite-header.ts'
import { type StoredPages, storePages } from '#engine/pages/store-pages.ts'
import { PART_TYPE } from '#engine/repository/part.ts'
import { MemoryParts } from './memory-parts.ts'

const PAGE_KEY = new Uint8Array(32).fill(7)
const UNIT = 4096

/** Bytes that look like nothing, the same for the same seed. */
function noise(bytes: number, seed: number): Uint8Array {
  const out = new Uint8Array(bytes)
  let state = (seed * 2654435761) >>> 0 || 1
  for (let i = 0; i < bytes; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state
  }
  return out
}

const sourceOf = (bytes: Uint8Array) => ({
  readAt(buffer: Uint8Array, offset: number): number {
    const part = bytes.subarray(offset, offset + buffer.length)
    buffer.set(part)
    return part.length
  },
})

async function store(
  parts: MemoryParts,
  bytes: Uint8Array,
  before: PageTable | null = null,
  pageSize = UNIT,
): Promise<StoredPages> {
  const stored = await storePages({
    source: sourceOf(bytes),
    fileBytes: bytes.length,
    pageSize,
    before,
    pageKey: PAGE_KEY,
    store: parts.store,
    isStored: parts.isStored,
    onBytes: () => undefined,
  })
  if (!stored) throw new Error('the file did not hold still')
  return stored
}

async function restore(parts: MemoryParts, id: Uint8Array, fileBytes: number): Promise<Uint8Array> {
  const out = new Uint8Array(fileBytes)
  const target = { writeAt: (bytes: Uint8Array, offset: number) => out.set(bytes, offset) }
  await restorePages({
    pageFileId: id,
    fileBytes,
    pageKey: PAGE_KEY,
    fetch: parts.fetch,
    target,
    onBytes: () => undefined,
  })
  return out
}

describe('what an SQLite file says of itself', () => {
  const header = (high: number, low: number): Uint8Array => {
    const bytes = new Uint8Array(100)
    bytes.set(new TextEncoder().encode('SQLite format 3\0'))
    bytes[16] = high
    bytes[17] = low
    return bytes
  }

  it('is believed for every page size that SQLite knows', () => {
    for (let size = 512; size <= 32_768; size *= 2) expect(pageSizeOf(header(size >> 8, size & 255))).toBe(size)
    expect(pageSizeOf(header(0, 1))).toBe(65_536)
  })

  it('is not believed when it is no power of two, too small, cut off, or of another file', () => {
    expect(pageSizeOf(header(0x10, 0x01))).toBeNull()
    expect(pageSizeOf(header(0x01, 0x00))).toBeNull()
    expect(pageSizeOf(header(0x10, 0x00).subarray(0, 17))).toBeNull()
    expect(pageSizeOf(new Uint8Array(100))).toBeNull()
  })
})

describe('a file kept by page', () => {
  it('comes back byte for byte, whatever its length', async () => {
    const lengths = fc.integer({ min: 1, max: 3 * 2 ** 20 })
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom(512, 4096, 16_384, 65_536), async (length, pageSize) => {
        const parts = new MemoryParts()
        const bytes = noise(length, length)
        const { id } = await store(parts, bytes, null, pageSize)
        expect(Buffer.compare(await restore(parts, id, length), bytes)).toBe(0)
      }),
      { numRuns: 25 },
    )
  })

  it('adds only what changed, and both versions come back', async () => {
    const parts = new MemoryParts()
    const first = noise(2000 * UNIT, 1)
    const one = await store(parts, first)
    const second = first.slice()
    for (const unit of [3, 500, 501, 1999]) second.set(noise(UNIT, unit + 9), unit * UNIT)
    parts.newBytes = 0
    const two = await store(parts, second, one.table)
    expect(parts.newBytes).toBeLessThan(4 * UNIT + 5000)
    expect(Buffer.compare(await restore(parts, one.id, first.length), first)).toBe(0)
    expect(Buffer.compare(await restore(parts, two.id, second.length), second)).toBe(0)
  })

  it('finds pages that only moved, as after a page was put in front', async () => {
    const parts = new MemoryParts()
    const first = noise(1000 * UNIT, 2)
    const { table } = await store(parts, first)
    const moved = Buffer.concat([noise(UNIT, 77), first])
    parts.newBytes = 0
    const two = await store(parts, moved, table)
    expect(parts.newBytes).toBeLessThan(UNIT + 3000)
    expect(Buffer.compare(await restore(parts, two.id, moved.length), moved)).toBe(0)
  })

  it('stores nothing at all when nothing changed', async () => {
    const parts = new MemoryParts()
    const bytes = noise(1500 * UNIT + 100, 3)
    const one = await store(parts, bytes)
    parts.newBytes = 0
    const two = await store(parts, bytes, one.table)
    expect(parts.newBytes).toBe(0)
    expect(two.id).toEqual(one.id)
  })

  it('grows, shrinks and changes its page size', async () => {
    const parts = new MemoryParts()
    let bytes: Uint8Array = noise(300 * UNIT, 4)
    let stored = await store(parts, bytes)
    for (const [length, pageSize] of [
      [700 * UNIT, UNIT],
      [90 * UNIT + 5, UNIT],
      [120 * UNIT, 8192],
      [120 * UNIT, 1024],
    ] as const) {
      bytes = Buffer.concat([bytes, noise(length, length)]).subarray(0, length)
      stored = await store(parts, bytes, stored.table, pageSize)
      expect(Buffer.compare(await restore(parts, stored.id, length), bytes)).toBe(0)
    }
  })

  it('is learnt again from what is stored, and then nothing is stored twice', async () => {
    const parts = new MemoryParts()
    const first = noise(1200 * UNIT, 5)
    const one = await store(parts, first)
    const second = first.slice()
    second.set(noise(UNIT, 50), 7 * UNIT)
    const two = await store(parts, second, one.table)
    const table = await rebuildPageTable(two.id, parts.fetch)
    parts.newBytes = 0
    const three = await store(parts, second, table)
    expect(parts.newBytes).toBe(0)
    expect(three.id).toEqual(two.id)
  })

  it('stores again what is gone from the place, under the same names', async () => {
    const parts = new MemoryParts()
    const bytes = noise(1100 * UNIT, 6)
    const one = await store(parts, bytes)
    const whole = new Map(parts.parts)
    for (const key of [...whole.keys()].filter((_, i) => i % 3 === 0)) parts.parts.delete(key)
    const two = await store(parts, bytes, one.table)
    expect(two.id).toEqual(one.id)
    expect([...parts.parts.keys()].sort()).toEqual([...whole.keys()].sort())
    expect(Buffer.compare(await restore(parts, one.id, bytes.length), bytes)).toBe(0)
  })

  it('does not end in pieces: after many scattered days a restore fetches at most four times the file', async () => {
    const parts = new MemoryParts()
    const units = 2048
    const bytes = noise(units * UNIT, 8)
    let stored = await store(parts, bytes)
    for (let day = 1; day <= 60; day++) {
      for (let i = 0; i < units * 0.06; i++) {
        const unit = (day * 7919 + i * 104_729) % units
        bytes.set(noise(UNIT, day * 100_000 + unit), unit * UNIT)
      }
      stored = await store(parts, bytes, stored.table)
    }
    let fetched = 0
    const fetch: MemoryParts['fetch'] = async (type, id) => {
      const plain = await parts.fetch(type, id)
      if (type === PART_TYPE.pageRun) fetched += plain.length
      return plain
    }
    const out = new Uint8Array(bytes.length)
    await restorePages({
      pageFileId: stored.id,
      fileBytes: bytes.length,
      pageKey: PAGE_KEY,
      fetch,
      target: { writeAt: (part, offset) => out.set(part, offset) },
      onBytes: () => undefined,
    })
    expect(Buffer.compare(out, bytes)).toBe(0)
    expect(fetched).toBeLessThanOrEqual(4 * bytes.length)
  })

  it('is told to be moving when it gets shorter while it is read', async () => {
    const parts = new MemoryParts()
    const bytes = noise(100 * UNIT, 9)
    const stored = await storePages({
      source: sourceOf(bytes),
      fileBytes: bytes.length + 1,
      pageSize: UNIT,
      before: null,
      pageKey: PAGE_KEY,
      store: parts.store,
      isStored: parts.isStored,
      onBytes: () => undefined,
    })
    expect(stored).toBeNull()
  })

  it('is damaged when any of its parts is missing or another one', async () => {
    const parts = new MemoryParts()
    const bytes = noise(200 * UNIT, 10)
    const { id } = await store(parts, bytes)
    const keys = Array.from(parts.parts.keys())
    for (const key of keys) {
      const plain = parts.parts.get(key) ?? new Uint8Array(0)
      parts.parts.delete(key)
      await expect(restore(parts, id, bytes.length)).rejects.toMatchObject({ code: 'damaged' })
      const other = plain.slice()
      other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1
      parts.parts.set(key, other)
      await expect(restore(parts, id, bytes.length)).rejects.toMatchObject({ code: 'damaged' })
      parts.parts.set(key, plain)
    }
    await expect(restore(parts, id, bytes.length + 1)).rejects.toMatchObject({ code: 'damaged' })
  })
})
