import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Journey } from '../helpers/journey.ts'
import { contentOf } from '../helpers/tree-content.ts'

const PART = 4 * 2 ** 20
const isRoot = process.getuid?.() === 0

type Node = Readonly<{ mode: number; mtimeUs: number }> &
  (
    | Readonly<{ kind: 'file'; size: number; seed: number; isText: boolean }>
    | Readonly<{ kind: 'folder'; children: readonly Readonly<{ name: string; node: Node }>[] }>
    | Readonly<{ kind: 'link'; target: string }>
  )

/** Any bytes but NUL and slash, as one character each. */
const anyName = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0x5f : byte))).toString('latin1'))
  .filter((name) => name !== '.' && name !== '..')
const usualName = fc.constantFrom(
  'IMG-20240105-WA0003.jpg',
  'chat.txt',
  ' leading and trailing ',
  'CON',
  'a:b?c*',
  '-rf',
  '.hidden',
  Buffer.from('münchen 🎉').toString('latin1'),
  Buffer.from('mu\u0308nchen').toString('latin1'),
  'x'.repeat(255),
)
const size = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1) },
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 20_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(PART - 1, PART, PART + 1, 2 * PART) },
)
const mtimeUs = fc.oneof(
  fc.integer({ min: -2_000_000_000_000_000, max: 4_000_000_000_000_000 }),
  fc.constantFrom(0, 1, -1, 999_999, -1_000_001),
)
const mode = fc.integer({ min: 0, max: 0o777 }).map((bits) => (isRoot ? bits : bits | 0o700))

const { tree } = fc.letrec<{ tree: Node; folder: Node; file: Node; link: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    { weight: 5, arbitrary: tie('file') },
    { weight: 3, arbitrary: tie('folder') },
    tie('link'),
  ),
  file: fc.record({ kind: fc.constant('file' as const), mode, mtimeUs, size, seed: fc.nat(), isText: fc.boolean() }),
  folder: fc.record({
    kind: fc.constant('folder' as const),
    mode,
    mtimeUs,
    children: fc.uniqueArray(fc.record({ name: fc.oneof(anyName, usualName), node: tie('tree') }), {
      selector: ({ name }) => name,
      maxLength: 6,
    }),
  }),
  link: fc.record({
    kind: fc.constant('link' as const),
    mode,
    mtimeUs,
    target: fc.constantFrom('nowhere', '/etc/passwd', '..', '.'),
  }),
}))

/** Bytes that follow from the seed: text that compresses, or not. */
function bytesOf(length: number, seed: number, isText: boolean): Buffer {
  const bytes = Buffer.alloc(length)
  if (isText) return bytes.fill(`message ${seed} `)
  let state = seed | 1
  for (let at = 0; at + 4 <= length; at += 4) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + at
    bytes.writeInt32LE(state | 0, at)
  }
  return bytes
}

function build(path: Buffer, node: Node): void {
  const seconds = String((node.mtimeUs + 0.5) / 1e6)
  if (node.kind === 'link') return fs.symlinkSync(node.target, path)
  if (node.kind === 'file') fs.writeFileSync(path, bytesOf(node.size, node.seed, node.isText))
  else {
    fs.mkdirSync(path)
    for (const { name, node: child } of node.children)
      build(Buffer.concat([path, Buffer.from('/'), Buffer.from(name, 'latin1')]), child)
  }
  fs.chmodSync(path, node.mode)
  fs.utimesSync(path, seconds, seconds)
}

/** What must come back: everything but the links, which are told instead. */
function expected(folder: string): Readonly<{ content: Map<string, string>; links: number }> {
  const content = contentOf(folder)
  const links = [...content].filter(([, facts]) => facts.startsWith('link'))
  for (const [path] of links) content.delete(path)
  return { content, links: links.length }
}

describe('what is backed up comes back', () => {
  it('for any tree: names, empty folders, sizes, times, modes; links are told and not made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { maxLength: 5 }), async (nodes) => {
        const journey = new Journey()
        nodes.forEach((node, i) => build(Buffer.from(join(journey.source, `top-${i}`)), node))
        const device = journey.device()
        await device.create()
        const { skipped } = await device.backUp()
        const outcome = await device.restore(journey.path('out'))
        const { content, links } = expected(journey.source)
        expect(skipped).toEqual([])
        expect(outcome.missing).toEqual([])
        expect(outcome.notes.map(({ code }) => code)).toEqual(Array(links).fill('link-not-created'))
        expect(contentOf(journey.path('out'))).toEqual(content)
        expect(await device.check()).toMatchObject({ ok: true, problems: [] })
        fs.rmSync(journey.top, { recursive: true })
      }),
      { numRuns: 25 },
    )
  })

  it('after any change to any tree, in the newest snapshot and in the one before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { maxLength: 4 }), fc.array(tree, { maxLength: 4 }), async (before, after) => {
        const journey = new Journey()
        const device = journey.device()
        await device.create()
        const states: Map<string, string>[] = []
        const ids: string[] = []
        for (const nodes of [before, after]) {
          nodes.forEach((node, i) => {
            const path = join(journey.source, `top-${i}`)
            fs.rmSync(path, { recursive: true, force: true })
            build(Buffer.from(path), node)
          })
          states.push(expected(journey.source).content)
          ids.push((await device.backUp()).snapshot)
        }
        for (const [i, snapshot] of ids.entries()) {
          await device.restore(journey.path(`out-${i}`), { snapshot })
          expect(contentOf(journey.path(`out-${i}`))).toEqual(states[i])
        }
        fs.rmSync(journey.top, { recursive: true })
      }),
      { numRuns: 12 },
    )
  })

  it('for a file of more parts than an entry names, most of it a hole', async () => {
    const journey = new Journey()
    const path = join(journey.source, 'long.bin')
    fs.writeFileSync(path, 'begin')
    fs.truncateSync(path, 70 * PART + 123)
    const fd = fs.openSync(path, 'r+')
    for (const part of [0, 33, 65, 69]) fs.writeSync(fd, `part ${part}`, part * PART + 7)
    fs.closeSync(fd)
    const device = journey.device()
    await device.create()
    const { bytes, addedBytes } = await device.backUp()
    expect(bytes).toBe(70 * PART + 123)
    expect(addedBytes).toBeLessThan(PART) // equal parts are stored once
    await device.restore(journey.path('out'))
    expect(contentOf(journey.path('out'))).toEqual(contentOf(journey.source))
    expect(await device.check()).toMatchObject({ ok: true })
  })

  it('for many files in one folder and a folder as deep as paths go', async () => {
    const journey = new Journey()
    for (let i = 0; i < 3000; i++) fs.writeFileSync(join(journey.source, `n${i}`), String(i))
    const deep = join(journey.source, ...Array.from({ length: 100 }, (_, i) => `d${i}`))
    fs.mkdirSync(deep, { recursive: true })
    fs.writeFileSync(join(deep, 'bottom.txt'), 'here')
    const device = journey.device()
    await device.create()
    expect((await device.backUp()).files).toBe(3001)
    await device.restore(journey.path('out'))
    expect(contentOf(journey.path('out'))).toEqual(contentOf(journey.source))
    expect(fs.existsSync(join(dirname(deep), '.keepsake-restore'))).toBe(false)
  })
})
