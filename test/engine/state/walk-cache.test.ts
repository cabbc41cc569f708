import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import { type Walk, WalkCache, type WalkedEntry } from '#engine/state/walk-cache.ts'
import { KEYRING, OTHER_KEYRING } from '../repository/fixture.ts'

let zstd: Zstd
let folder: string
let cache: WalkCache
const file = (number: number): string => join(folder, 'walks', String(number))

beforeAll(async () => {
  zstd = await loadZstd()
})
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-walk-'))
  cache = new WalkCache(folder, KEYRING, zstd)
})
afterEach(() => fs.rm(folder, { recursive: true, force: true }))

const TREE = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(8)]
const walkOf = (count: number): Walk => ({ of: 'tree-1', entries: entriesOf(count), tree: count > 1 ? TREE : [] })

const entriesOf = (count: number): WalkedEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    entry: {
      path: `photos/${String(i).padStart(6, '0')}.jpg`,
      kind: 'file' as const,
      size: i + 1,
      content: { kind: 'parts' as const, ids: [new Uint8Array(16).fill(i & 255)] },
      mtimeUs: 1 - i,
      attributes: 0,
    },
    ctimeUs: i - 1,
    inode: i,
  }))

it('gives back each source by its tree, and nothing of another', async () => {
  for (const counts of [[0], [1], [1023, 1024, 1025, 0], [5000]]) {
    const walks = counts.map(walkOf)
    await cache.write(walks)
    for (const [number, walk] of walks.entries()) expect(await cache.read('tree-1', number)).toEqual(walk)
    expect(await cache.read('tree-2', 0)).toBeNull()
    expect(await cache.read('tree-1', counts.length)).toBeNull()
  }
})

it('torn, lengthened or changed anywhere, it answers nothing and throws nothing', async () => {
  await cache.write([walkOf(3000)])
  const whole = await fs.readFile(file(0))
  for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 150)) {
    await fs.writeFile(file(0), whole.subarray(0, length))
    expect(await cache.read('tree-1', 0)).toBeNull()
  }
  await fs.writeFile(file(0), Buffer.concat([whole, Buffer.of(0)]))
  expect(await cache.read('tree-1', 0)).toBeNull()
  for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 150)) {
    const bad = Buffer.from(whole)
    bad[at] = (bad[at] ?? 0) ^ 0x10
    await fs.writeFile(file(0), bad)
    expect(await cache.read('tree-1', 0)).toBeNull()
  }
  await fs.writeFile(file(0), whole)
  expect((await cache.read('tree-1', 0))?.entries).toHaveLength(3000)
})

it('is bound to its repository and to its place among the sources', async () => {
  await cache.write([walkOf(3), walkOf(4)])
  expect(await new WalkCache(folder, OTHER_KEYRING, zstd).read('tree-1', 0)).toBeNull()
  await fs.rename(file(1), file(0))
  expect(await cache.read('tree-1', 0)).toBeNull()
})

it('T43: holds no name in clear', async () => {
  await cache.write([walkOf(10)])
  expect((await fs.readFile(file(0))).includes('photos')).toBe(false)
})

it('that cannot be written is no failure, and leaves nothing half', async () => {
  await fs.writeFile(join(folder, 'blocked'), '')
  const blocked = new WalkCache(join(folder, 'blocked'), KEYRING, zstd)
  await blocked.write([walkOf(3)])
  expect(await blocked.read('tree-1', 0)).toBeNull()
})
