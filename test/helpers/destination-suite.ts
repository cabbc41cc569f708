import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { below, type Destination, type Entry, upTo } from '#engine/destination/destination.ts'

/** What a destination's own test must be able to do with it. */
export type DestinationUnderTest = Readonly<{
  /** A new, empty one. */
  open: () => Promise<Destination>
  /** The same place opened once more, as a later run does. */
  reopen: (destination: Destination) => Destination
}>

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255)

/** Every destination passes these. To add a kind of place, call this from its test file. */
export function destinationSuite({ open, reopen }: DestinationUnderTest): void {
  const list = async (destination: Destination, folder = '', recursive = false): Promise<Entry[]> =>
    (await Array.fromAsync(destination.list(folder, { recursive }))).sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = async (...args: Parameters<typeof list>): Promise<string[]> =>
    (await list(...args)).map(({ name, isFolder }) => (isFolder ? `${name}/` : name))

  it('gives back the bytes that were put, also to a later run', async () => {
    const destination = await open()
    for (const [name, content] of [
      ['a.kps', bytes(1, 2, 3)],
      ['empty.kps', bytes()],
      ['folder/deeper/b.kps', noise(300_000)],
    ] as const) {
      await destination.put(name, content)
      expect(await destination.get(name)).toEqual(content)
      expect(await reopen(destination).get(name)).toEqual(content)
    }
  })

  it('lets the caller use the bytes again once they are put', async () => {
    const destination = await open()
    const reused = noise(1000)
    await destination.put('a.kps', reused)
    reused.fill(0)
    expect(await destination.get('a.kps')).toEqual(noise(1000))
  })

  it('stores part of a file like bytes, and the file may go afterwards', async () => {
    const destination = await open()
    const folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-content-'))
    try {
      const path = join(folder, 'pack')
      await fs.writeFile(path, noise(3_000_000))
      await destination.put('a.kps', { path, offset: 1000, length: 2_900_000 })
      await destination.put('empty.kps', { path, offset: 5, length: 0 })
      const short = destination.put('b.kps', { path, offset: 2_000_000, length: 2_000_000 })
      await expect(short).rejects.toMatchObject({ code: 'unexpected' })
    } finally {
      await fs.rm(folder, { recursive: true })
    }
    expect(
      Buffer.compare((await destination.get('a.kps')) ?? bytes(), noise(3_000_000).subarray(1000, 2_901_000)),
    ).toBe(0)
    expect(await destination.get('empty.kps')).toEqual(bytes())
    expect(await destination.get('b.kps')).toBeNull()
  })

  it('stores bytes in memory that threads share', async () => {
    const destination = await open()
    const shared = new Uint8Array(new SharedArrayBuffer(200_000))
    shared.set(noise(200_000))
    await destination.put('a.kps', shared)
    expect(await destination.get('a.kps')).toEqual(noise(200_000))
  })

  it('does nothing more once it was told to stop', async () => {
    const destination = await open()
    await destination.put('a.kps', bytes(1))
    const stopped = AbortSignal.abort()
    const calls = [
      () => destination.put('b.kps', bytes(2), stopped),
      () => destination.get('a.kps', undefined, stopped),
      () => destination.remove('a.kps', { signal: stopped }),
    ]
    for (const call of calls) {
      expect(BackupError.from(await call().catch((error: unknown) => error)).code).toBe('cancelled')
    }
    expect(await names(destination)).toEqual(['a.kps'])
  })

  it('says how much room there is, if it knows', async () => {
    const destination = await open()
    const { freeBytes, usedBytes, totalBytes } = await destination.room()
    for (const count of [freeBytes, usedBytes, totalBytes]) expect(count ?? 1).toBeGreaterThanOrEqual(0)
    if (!destination.capabilities.quota) expect(freeBytes).toBeNull()
  })

  it('says null for what is not there, and nothing of folders as objects', async () => {
    const destination = await open()
    await destination.put('folder/a.kps', bytes(1))
    expect(await destination.get('none.kps')).toBeNull()
    expect(await destination.get('none/none.kps')).toBeNull()
    expect(await destination.get('folder')).toBeNull()
    expect(await destination.get('folder/a.kps/below.kps')).toBeNull()
  })

  it('gives ranges, shorter at the end and empty behind it', async () => {
    const destination = await open()
    await destination.put('a.kps', noise(1000))
    const range = (offset: number, length: number) => destination.get('a.kps', { offset, length })
    expect(await range(0, 16)).toEqual(noise(1000).subarray(0, 16))
    expect(await range(500, 300)).toEqual(noise(1000).subarray(500, 800))
    expect(await range(990, 50)).toEqual(noise(1000).subarray(990))
    expect(await range(1000, 5)).toEqual(bytes())
    expect(await range(5000, 5)).toEqual(bytes())
    expect(await range(3, 0)).toEqual(bytes())
    expect(await destination.get('a.kps', upTo(999))).toHaveLength(1000)
    expect(await destination.get('a.kps', upTo(500))).toHaveLength(501)
    expect(await destination.get('none.kps', { offset: 0, length: 1 })).toBeNull()
  })

  it('writes a name once and never in place of another', async () => {
    const destination = await open()
    await destination.put('folder/a.kps', bytes(1))
    for (const content of [bytes(2), bytes(1)]) {
      await expect(reopen(destination).put('folder/a.kps', content)).rejects.toThrow()
    }
    expect(await destination.get('folder/a.kps')).toEqual(bytes(1))
    expect(await names(destination, 'folder')).toEqual(['folder/a.kps'])
  })

  it('lets one of many win that write the same name at once, whole', async () => {
    const destination = await open()
    const tries = [1, 2, 3, 4, 5].map((value) => reopen(destination).put('a.kps', new Uint8Array(50_000).fill(value)))
    const outcomes = await Promise.allSettled(tries)
    const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i + 1] : []))
    if (destination.capabilities.conditionalCreate) expect(winners).toHaveLength(1)
    const stored = await destination.get('a.kps')
    const [value = 0] = stored ?? []
    expect(winners).toContain(value)
    expect(stored).toEqual(new Uint8Array(50_000).fill(value))
    expect(await names(destination)).toEqual(['a.kps'])
  })

  it('lists one level with sizes and times, or everything below', async () => {
    const destination = await open()
    const startMs = Date.now()
    for (const name of ['a.kps', 'x/b.kps', 'x/y/c.kps', 'x/y/d.kps']) await destination.put(name, noise(name.length))
    expect(await names(destination)).toEqual(['a.kps', 'x/'])
    expect(await names(destination, 'x')).toEqual(['x/b.kps', 'x/y/'])
    expect(await names(destination, 'x/y')).toEqual(['x/y/c.kps', 'x/y/d.kps'])
    expect(await names(destination, '', true)).toEqual(['a.kps', 'x/', 'x/b.kps', 'x/y/', 'x/y/c.kps', 'x/y/d.kps'])
    const found = (await list(destination, '', true)).filter(({ isFolder }) => !isFolder)
    for (const { name, size, modifiedMs } of found) {
      expect(size).toBe(name.length)
      expect(Math.abs(modifiedMs - startMs)).toBeLessThan(24 * 3_600_000)
    }
    expect(await names(destination, 'none', true)).toEqual([])
    expect(await names(destination, 'a.kps', true)).toEqual([])
  })

  it('stops listing when it is told to', async () => {
    const destination = await open()
    for (let i = 0; i < 5; i++) await destination.put(`folder/${i}.kps`, bytes(i))
    const stop = new AbortController()
    const listing = (async () => {
      for await (const entry of destination.list('', { recursive: true, signal: stop.signal })) {
        if (!entry.isFolder) stop.abort()
      }
    })()
    await expect(listing).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('removes for good, and twice without complaint', async () => {
    const destination = await open()
    await destination.put('x/a.kps', bytes(1))
    await destination.remove('x/a.kps')
    await destination.remove('x/a.kps')
    await destination.remove('none/none.kps')
    expect(await destination.get('x/a.kps')).toBeNull()
    await destination.put('x/a.kps', bytes(2)) // the name is free again
    await destination.remove('x/a.kps', { mayKeepInTrash: true })
    expect(await destination.get('x/a.kps')).toBeNull()
    expect(await names(destination, 'x')).toEqual([])
    await destination.put('x/a.kps', bytes(2))
    expect(await destination.get('x/a.kps')).toEqual(bytes(2))
  })

  it('removes folders that are empty, leaves others, and never its own top', async () => {
    const destination = await open()
    await destination.put('x/y/a.kps', bytes(1))
    await destination.removeFolder('x/y')
    await destination.removeFolder('none')
    expect(await destination.get('x/y/a.kps')).toEqual(bytes(1))
    await destination.remove('x/y/a.kps')
    await destination.removeFolder('x/y')
    await destination.removeFolder('x')
    await destination.removeFolder('')
    expect(await names(destination)).toEqual([])
    await destination.put('x/y/b.kps', bytes(2)) // and they come again when they are needed
    expect(await destination.get('x/y/b.kps')).toEqual(bytes(2))
  })

  it('makes its top again without complaint', async () => {
    const destination = await open()
    await destination.put('a.kps', bytes(1))
    await destination.makeTop()
    expect(await destination.get('a.kps')).toEqual(bytes(1))
  })

  it('is known by its identity, and a part of it is a destination too', async () => {
    const destination = await open()
    expect(reopen(destination).identity).toBe(destination.identity)
    const part = below(destination, 'part')
    expect(part.identity).not.toBe(destination.identity)
    await part.put('x/a.kps', bytes(1))
    expect(await names(part, '', true)).toEqual(['x/', 'x/a.kps'])
    expect(await destination.get('part/x/a.kps')).toEqual(bytes(1))
    expect(await part.get('x/a.kps', { offset: 0, length: 9 })).toEqual(bytes(1))
    await part.remove('x/a.kps')
    await part.removeFolder('x')
    expect(await names(part)).toEqual([])
  })
}
