import { expect, it } from 'vitest'
import { comparePaths, toText } from '#engine/source/byte-path.ts'
import type { ScannedEntry, Skipped, Source } from '#engine/source/source.ts'

/** A source that holds exactly these: folders end with a slash, files have their content. */
export type SourceContent = Readonly<Record<string, string>>

/** Everything that a scan gives. */
export async function scanAll(source: Source): Promise<{ entries: ScannedEntry[]; skipped: Skipped[] }> {
  const skipped: Skipped[] = []
  const batches = await Array.fromAsync(source.scan((skip) => skipped.push(skip)))
  return { entries: batches.flat(), skipped }
}

/** The whole content of a file, or null where `open` gives none. */
export function readAll(source: Source, path: string, bufferBytes = 7): Buffer | null {
  const file = source.open(path)
  if (!file) return null
  const parts: Buffer[] = []
  const buffer = new Uint8Array(bufferBytes)
  for (;;) {
    const got = file.read(buffer)
    parts.push(Buffer.from(buffer.subarray(0, got)))
    if (got < bufferBytes) break
  }
  file.close()
  return Buffer.concat(parts)
}

/** Every source passes these. `make` gives one that holds what is asked. */
export function sourceSuite(make: (content: SourceContent) => Promise<Source>): void {
  const content: SourceContent = {
    'a/': '',
    'a/x.txt': 'inside a',
    'a.txt': 'beside a',
    'b/': '',
    'b/c/': '',
    'b/c/deep.txt': 'd'.repeat(10_000),
    'empty.txt': '',
    'Zoë 😀.txt': 'unicode',
  }

  it('gives everything, parents first, in path order, with kinds and sizes', async () => {
    const { entries, skipped } = await scanAll(await make(content))
    const paths = entries.map(({ path }) => path)
    expect(paths).toEqual(paths.toSorted(comparePaths))
    const shown = entries.map(({ path, kind }) => (kind === 'folder' ? `${toText(path)}/` : toText(path)))
    expect(shown.sort()).toEqual(Object.keys(content).sort())
    for (const { path, kind, size } of entries) {
      if (kind === 'file') expect(size).toBe(Buffer.byteLength(content[toText(path)] ?? ''))
      else expect([kind, size]).toEqual(['folder', 0])
    }
    expect(skipped).toEqual([])
  })

  it('gives each file whole, in pieces of any size, and at any offset', async () => {
    const source = await make(content)
    const { entries } = await scanAll(source)
    for (const { path } of entries.filter(({ kind }) => kind === 'file')) {
      const expected = Buffer.from(content[toText(path)] ?? '')
      for (const size of [1, 7, 4096, 100_000]) expect(readAll(source, path, size)).toEqual(expected)
      const file = source.open(path)
      const at = new Uint8Array(5)
      const got = file?.readAt(at, 3) ?? -1
      expect(Buffer.from(at.subarray(0, got))).toEqual(expected.subarray(3, 8))
      expect(file?.look().size).toBe(expected.length)
      file?.close()
    }
  })

  it('says null for what is not there and for what is no file', async () => {
    const source = await make(content)
    expect(source.open('none.txt')).toBeNull()
    expect(source.open('a.txt/none')).toBeNull()
    expect(source.open('a')).toBeNull()
  })

  it('stops when it is told to', async () => {
    const source = await make(content)
    const scan = Array.fromAsync(source.scan(() => undefined, AbortSignal.abort()))
    await expect(scan).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('gives nothing of an empty one', async () => {
    expect(await scanAll(await make({}))).toEqual({ entries: [], skipped: [] })
  })
}
