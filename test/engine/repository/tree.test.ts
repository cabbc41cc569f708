import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { idOfPart, PART_TYPE, type PartType, partKey } from '#engine/repository/part.ts'
import type { SnapSource } from '#engine/repository/record.ts'
import { isSafePath, readEntry, type TreeEntry, writeEntry } from '#engine/repository/tree-entry.ts'
import { type LostBranch, readTree } from '#engine/repository/tree-reader.ts'
import { type TreeRoot, TreeWriter } from '#engine/repository/tree-writer.ts'
import { comparePaths } from '#engine/source/byte-path.ts'
import { KEYRING } from './fixture.ts'

const damaged = expect.objectContaining({ code: 'damaged' })

/** Parts in memory, as a tree stores them. */
class Parts {
  readonly stored = new Map<string, { type: PartType; plain: Uint8Array }>()

  readonly store = async (type: PartType, plain: Uint8Array): Promise<Uint8Array> => {
    const id = idOfPart(KEYRING, type, plain)
    this.stored.set(partKey(id), { type, plain })
    return id
  }

  readonly fetch = async (type: PartType, id: Uint8Array): Promise<Uint8Array> => {
    const part = this.stored.get(partKey(id))
    if (part?.type !== type) throw new BackupError('damaged', { name: partKey(id) })
    return part.plain
  }

  async write(entries: readonly TreeEntry[]): Promise<TreeRoot> {
    const writer = new TreeWriter(KEYRING, this.store)
    for (const entry of entries) await writer.add(entry)
    return writer.finish()
  }

  async read(root: TreeRoot, onLost?: (lost: LostBranch) => void): Promise<TreeEntry[]> {
    const source: SnapSource = { label: 'x', kind: 'folder', isStale: false, ...root }
    return (await Array.fromAsync(readTree(source, this.fetch, onLost))).flat()
  }
}

const fileAt = (path: string, size = 1): TreeEntry => ({
  path,
  kind: 'file',
  size,
  content: size === 0 ? { kind: 'empty' } : { kind: 'parts', ids: [new Uint8Array(16).fill(3)] },
  mtimeUs: 7,
  attributes: 0o1644,
})
const numbered = (count: number): TreeEntry[] =>
  Array.from({ length: count }, (_, i) => fileAt(`chat/photo-${String(i).padStart(7, '0')}.jpg`, i % 3))

const component = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[/\0]/g, 'x'))
  .filter((name) => name !== '.' && name !== '..')
const path = fc.array(component, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'))
const partIds = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 64 })
const common = { path, mtimeUs: fc.maxSafeInteger(), attributes: fc.nat(0x1fff) }
const anyEntry: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.record({ ...common, kind: fc.constant('folder' as const) }),
  fc.record({ ...common, kind: fc.constant('link' as const), target: path }),
  fc.record({
    ...common,
    kind: fc.constant('file' as const),
    size: fc.integer({ min: 1, max: 2 ** 40 }),
    content: fc.oneof(
      partIds.map((ids) => ({ kind: 'parts' as const, ids })),
      partIds.map((ids) => ({ kind: 'lists' as const, ids })),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => ({ kind: 'pages' as const, id })),
    ),
  }),
  fc.record({
    ...common,
    kind: fc.constant('file' as const),
    size: fc.constant(0),
    content: fc.constant({ kind: 'empty' as const }),
  }),
)

describe('a tree', () => {
  it('gives back any entries, in order, with their counts', async () => {
    const entries = fc
      .uniqueArray(anyEntry, { selector: (entry) => entry.path, maxLength: 200 })
      .map((some) => some.toSorted((a, b) => comparePaths(a.path, b.path)))
    await fc.assert(
      fc.asyncProperty(entries, async (some) => {
        const parts = new Parts()
        const root = await parts.write(some)
        expect(await parts.read(root)).toEqual(some)
        const files = some.filter((entry) => entry.kind === 'file')
        expect([root.files, root.bytes]).toEqual([files.length, files.reduce((sum, { size }) => sum + size, 0)])
        expect(root.root === null).toBe(some.length === 0)
      }),
      { numRuns: 40 },
    )
  })

  it('of many files stays flat, is the same each time, and has leaves of 64 to 1,024 entries', async () => {
    const parts = new Parts()
    const entries = numbered(20_000)
    const root = await parts.write(entries)
    expect(root.height).toBeLessThanOrEqual(2)
    expect(await new Parts().write(entries)).toEqual(root)
    expect(await parts.read(root)).toEqual(entries)
    const leaves = [...parts.stored.values()].filter(({ type }) => type === PART_TYPE.leaf)
    const counts = leaves.map(({ plain }) => new CborReader(plain, '').array(1024))
    expect(counts.slice(0, -1).every((count) => count >= 64 && count <= 1024)).toBe(true)
    expect(leaves.length).toBeGreaterThan(20_000 / 500)
  })

  it('changes in a few parts only when a file is added, changed or removed, wherever that is', async () => {
    const entries = numbered(20_000)
    const before = new Parts()
    await before.write(entries)
    const newParts = async (changed: readonly TreeEntry[]): Promise<number> => {
      const after = new Parts()
      const root = await after.write(changed)
      expect(await after.read(root)).toEqual(changed)
      return [...after.stored.keys()].filter((id) => !before.stored.has(id)).length
    }
    for (const at of [0, 777, 19_999]) {
      const start = entries.slice(0, at)
      const added = fileAt(`${entries[at]?.path}.added`)
      expect(await newParts([...start, ...entries.slice(at, at + 1), added, ...entries.slice(at + 1)])).toBeLessThan(8)
      expect(await newParts([...start, ...entries.slice(at + 1)])).toBeLessThan(8)
      expect(await newParts([...start, fileAt(entries[at]?.path ?? '', 99), ...entries.slice(at + 1)])).toBeLessThan(5)
    }
  })

  it('is refused by the writer when paths do not ascend', async () => {
    for (const paths of [
      ['a', 'a'],
      ['b', 'a'],
      ['a.txt', 'a/x'],
    ]) {
      await expect(new Parts().write(paths.map((name) => fileAt(name)))).rejects.toThrow(RangeError)
    }
  })

  it('with a part gone: reading stops, or tells what is lost and gives the rest', async () => {
    const parts = new Parts()
    const entries = numbered(5_000)
    const root = await parts.write(entries)
    const [gone] = [...parts.stored].filter(([, { type }]) => type === PART_TYPE.leaf).slice(3)
    parts.stored.delete(gone?.[0] ?? '')
    await expect(parts.read(root)).rejects.toEqual(damaged)
    const lost: LostBranch[] = []
    const rest = await parts.read(root, (branch) => lost.push(branch))
    expect(lost).toHaveLength(1)
    const missing = entries.filter((entry) => !rest.some(({ path: found }) => found === entry.path))
    expect(lost[0]).toMatchObject({ files: missing.length, firstPath: missing[0]?.path })
  })

  it('T13: whose leaves repeat or stand in another order is refused', async () => {
    const parts = new Parts()
    const leaf = async (names: readonly string[]): Promise<Uint8Array> => {
      const root = await parts.write(names.map((name) => fileAt(name)))
      return root.root ?? new Uint8Array(16)
    }
    const [a, b] = [await leaf(['a', 'b']), await leaf(['c', 'd'])]
    const node = async (...children: readonly Uint8Array[]): Promise<TreeRoot> => {
      const out = new CborWriter().array(children.length)
      for (const child of children) out.array(4).bytes(Buffer.from('a')).bytes(child).int(2).int(2)
      return { root: await parts.store(PART_TYPE.node, out.finish()), height: 1, files: 4, bytes: 4 }
    }
    expect(await parts.read(await node(a, b))).toHaveLength(4)
    await expect(node(b, a).then((root) => parts.read(root))).rejects.toEqual(damaged)
    await expect(node(a, a).then((root) => parts.read(root))).rejects.toEqual(damaged)
    await expect(node().then((root) => parts.read(root))).rejects.toEqual(damaged)
  })
})

describe('T36, T37, R48: an entry that could do harm is refused', () => {
  const read = (write: (out: CborWriter) => void): TreeEntry => {
    const out = new CborWriter()
    write(out)
    return readEntry(new CborReader(out.finish(), 'leaf'), 'a/before')
  }
  const entry =
    (
      suffix: string | Uint8Array,
      more: Partial<{ kind: number; shared: number; size: number; attributes: number }> = {},
    ) =>
    (out: CborWriter): void => {
      const { kind = 1, shared = 0, size = 0, attributes = 0 } = more
      out.array(7).int(kind).int(shared).bytes(Buffer.from(suffix)).int(size).int(0).int(attributes)
      if (kind === 2) out.bytes(Buffer.from('target'))
      else if (size > 0) out.array(2).int(1).array(1).bytes(new Uint8Array(16))
      else out.array(0)
    }

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'absolute'],
    ['..', 'parent'],
    ['a/../../x', 'parent in the middle'],
    ['./x', 'dot'],
    ['a//b', 'empty component'],
    ['a/', 'trailing slash'],
    ['a\0b', 'NUL'],
    ['x'.repeat(1_021), 'component of 1,021 bytes'],
    ['a/'.repeat(256) + 'a', 'depth of 257'],
    ['x/'.repeat(40_000) + 'x', 'path of 80,001 bytes'],
  ])('path "%.20s" (%s)', (bad) => {
    expect(isSafePath(bad)).toBe(false)
    expect(() => read(entry(bad))).toThrow(damaged)
  })

  it('what is only unusual is kept as it is', () => {
    for (const odd of [
      'C:\\x',
      'CON',
      'a:b',
      'x.',
      ' x ',
      '\u202e',
      '...',
      'a\nb',
      'x'.repeat(1_020),
      'a/'.repeat(255) + 'a',
    ]) {
      expect(isSafePath(odd)).toBe(true)
    }
    expect(read(entry('__proto__')).path).toBe('__proto__')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('a shared prefix beyond the path before, or one that makes an unsafe path', () => {
    expect(read(entry('after', { shared: 2 })).path).toBe('a/after')
    expect(() => read(entry('x', { shared: 9 }))).toThrow(damaged)
    expect(() => read(entry('/x', { shared: 2 }))).toThrow(damaged)
  })

  it('kinds, sizes and attributes that do not exist, and folders or links with content', () => {
    expect(() => read(entry('x', { kind: 3 }))).toThrow(damaged)
    expect(() => read(entry('x', { size: 1 }))).toThrow(damaged) // a folder
    expect(() => read(entry('x', { kind: 0, size: 2 ** 40 + 1 }))).toThrow(damaged)
    expect(() => read(entry('x', { attributes: 0x2000 }))).toThrow(damaged)
    expect(read(entry('x', { kind: 0, size: 5 }))).toMatchObject({ kind: 'file', size: 5 })
    expect(read(entry('x', { kind: 2 }))).toMatchObject({ kind: 'link', target: 'target' })
  })

  it('any bytes are an entry or damage, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          expect(isSafePath(readEntry(new CborReader(Uint8Array.of(0x87, ...bytes), 'leaf'), '').path)).toBe(true)
        } catch (error) {
          expect(error).toEqual(damaged)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('every entry that is written is read back after the one before it', () => {
    fc.assert(
      fc.property(anyEntry, path, (some, previous) => {
        const out = new CborWriter()
        writeEntry(out, some, previous)
        const reader = new CborReader(out.finish(), 'leaf')
        expect(readEntry(reader, previous)).toEqual(some)
        reader.end()
      }),
    )
  })
})
