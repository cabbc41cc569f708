import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import {
  backUp,
  check,
  chooseSnapshot,
  createRepository,
  FolderSource,
  type OpenRepository,
  openAt,
  restore,
  StateFolder,
} from '#engine/index.ts'
import { KEY } from '../helpers/journey.ts'
import { MemoryDestination } from '../helpers/memory-destination.ts'
import { type Content, contentOf, database, noise } from '../helpers/scene.ts'

const PART = 4 * 2 ** 20

type Objects = ReadonlyMap<string, Uint8Array>
type Snapshot = Readonly<{ id: string; content: Content }>

/** A small repository as it was left by a device that knows it: two snapshots of small files, a large one, a database. */
type Sound = Readonly<{ objects: Objects; state: string; snapshots: readonly Snapshot[] }>

const top = fs.mkdtempSync(join(tmpdir(), 'keepsake-damage-'))
let made = 0
const newPath = (): string => join(top, String(made++))
afterAll(() => fs.rmSync(top, { recursive: true, force: true }))

async function makeSound(): Promise<Sound> {
  const place = new MemoryDestination()
  const state = newPath()
  const source = newPath()
  const device = new StateFolder(state)
  const write = (files: Readonly<Record<string, string | Uint8Array>>): void => {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(join(source, name, '..'), { recursive: true })
      fs.writeFileSync(join(source, name), content)
    }
  }
  const takeSnapshot = async (): Promise<Snapshot> => {
    const repository = await openAt({ place, state: device, opener: KEY })
    const sources = [{ label: 'chats', open: () => new FolderSource(source) }]
    const { snapshot } = await backUp(repository, { sources, deviceName: 'here', now: Date.now })
    return { id: snapshot, content: contentOf(source) }
  }
  await createRepository({ place, state: device, secret: KEY, another: false, deviceName: 'here', now: Date.now })
  const pages = Array.from({ length: 200 }, (_, page) => page + 1)
  write({
    'chats.db': database(pages),
    'Anna/chat.txt': 'Anna: hello '.repeat(500),
    'Anna/photo.jpg': noise(60_000, 1),
    'film.mp4': noise(PART + 70_000, 2),
    'empty.txt': '',
  })
  const first = await takeSnapshot()
  write({
    'chats.db': database(pages.map((seed, page) => (page % 20 === 0 ? seed + 500 : seed))),
    'Ben/chat.txt': 'Ben: good morning '.repeat(500),
  })
  const second = await takeSnapshot()
  return { objects: new Map(place.objects), state, snapshots: [first, second] }
}

let sound: Sound
let other: Sound
beforeAll(async () => {
  sound = await makeSound()
  other = await makeSound()
})

/** What stands for an object in the path: `slot`, `config`, `keepsake`, `record`, `index` or `pack`. */
const kindOf = (path: string): string => /[^/]*$/.exec(path)?.[0]?.split(/[-.]/)[0] ?? ''

const ours = (): readonly string[] => [...sound.objects.keys()].filter((path) => path.endsWith('.kps')).sort()
const inFolder = (path: string): string => path.slice(path.indexOf('/') + 1)

function placeOf(objects: Objects): MemoryDestination {
  const place = new MemoryDestination()
  for (const [path, bytes] of objects) place.objects.set(path, bytes)
  return place
}

const withObject = (path: string, bytes: Uint8Array | null, objects: Objects = sound.objects): Objects =>
  new Map([...objects].flatMap(([name, old]) => (name !== path ? [[name, old]] : bytes ? [[name, bytes]] : [])))

function bytesOf(path: string, { objects }: Sound = sound): Uint8Array {
  const bytes = objects.get(path)
  if (!bytes) throw new Error(`no object ${path}`)
  return bytes
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
  return copy
}

/** As the command line looks: an alarm is told. On the device that knows the repository, or on a new one. */
function open(objects: Objects, isNew: boolean): Promise<OpenRepository> {
  const state = newPath()
  if (!isNew) fs.cpSync(sound.state, state, { recursive: true })
  return openAt({ place: placeOf(objects), state: new StateFolder(state), opener: KEY, lookOnly: true })
}

type Found = Readonly<{ code: ErrorCode | null; names: readonly string[] }>

/** What `check --read-data` ends with, and what it names. */
async function checkOf(opening: Promise<OpenRepository>): Promise<Found> {
  try {
    const repository = await opening
    const { problems } = await check(repository, true)
    const code = repository.alarm?.code ?? (problems.length > 0 ? 'damaged' : null)
    return { code, names: problems.map(({ name }) => name) }
  } catch (thrown) {
    const { code, facts } = BackupError.from(thrown)
    return { code, names: [String(facts['name'] ?? '')] }
  }
}

const checkAll = (objects: Objects, isNew = false): Promise<Found> => checkOf(open(objects, isNew))

type Restored = Readonly<{ code: ErrorCode | null; files: number; missing: number }>

/** Restores one snapshot. Whatever is written must be what was backed up, and whatever is not must be told. */
async function restoreOf(opening: Promise<OpenRepository>, { id, content }: Snapshot): Promise<Restored> {
  const to = newPath()
  let missing: readonly Readonly<{ path: string; code: string }>[] = []
  let code: ErrorCode | null = null
  try {
    const repository = await opening
    const snapshot = await chooseSnapshot(repository, id)
    missing = (await restore(repository, { snapshot, to, only: [], now: Date.now })).missing
  } catch (thrown) {
    code = BackupError.from(thrown).code
  }
  const restored = contentOf(to)
  fs.rmSync(to, { recursive: true, force: true })
  for (const [path, bytes] of Object.entries(restored)) expect(bytes === content[path], `${path} is right`).toBe(true)
  const isListLost = missing.some((item) => item.code === 'list-damaged')
  const told = missing.map(({ path }) => path).sort()
  const lacking = Object.keys(content).filter((path) => !(path in restored))
  if (code === null && !isListLost) expect(told).toEqual(lacking.sort())
  if (code !== null) expect(restored).toEqual({})
  return { code, files: Object.keys(restored).length, missing: missing.length }
}

const restoreSafely = (objects: Objects, snapshot: Snapshot, isNew: boolean): Promise<Restored> =>
  restoreOf(open(objects, isNew), snapshot)

let looks = 0

/**
 * `check --read-data` must end with `damaged` and name the object, and a restore must give what was backed up or tell
 * what it lacks. By turns on the device that knows the repository and on a new one, of the newest snapshot and of the
 * one before.
 */
async function mustBeFound(path: string, what: unknown, objects: Objects): Promise<void> {
  const turn = looks++
  const opening = open(objects, turn % 2 === 1)
  const { code, names } = await checkOf(opening)
  expect({ path, what, code }).toEqual({ path, what, code: 'damaged' })
  expect(names).toContain(inFolder(path))
  const snapshot = sound.snapshots[(turn >> 1) % 2]
  if (!snapshot) throw new Error('no snapshot')
  const restored = await restoreOf(opening, snapshot)
  expect([null, 'damaged']).toContain(restored.code)
  if (['slot', 'config', 'keepsake', 'index'].includes(kindOf(path))) {
    expect(restored).toMatchObject({ code: null, missing: 0 }) // what there is twice, or only helps, costs nothing
  }
}

it('the repository is sound to begin with, has every kind of object, and gives back both snapshots', async () => {
  expect(await checkAll(sound.objects)).toEqual({ code: null, names: [] })
  expect(await checkAll(sound.objects, true)).toEqual({ code: null, names: [] })
  for (const snapshot of sound.snapshots) {
    const files = Object.keys(snapshot.content).length
    expect(await restoreSafely(sound.objects, snapshot, true)).toEqual({ code: null, files, missing: 0 })
  }
  const counts = Object.groupBy(ours(), kindOf)
  expect(Object.fromEntries(Object.entries(counts).map(([kind, names]) => [kind, names?.length]))).toEqual({
    slot: 2,
    config: 2,
    keepsake: 1,
    record: 3,
    index: 2,
    pack: 2,
  })
})

const KINDS = ['slot', 'config', 'keepsake', 'record', 'index', 'pack'] as const
const of = (kind: string): readonly string[] => ours().filter((path) => kindOf(path) === kind)

/** Where a byte is flipped: in the head, at its edges, and all over the rest. */
function positions(length: number): readonly number[] {
  const spread = Array.from({ length: 3 }, (_, i) => Math.floor((length * (i + 0.5)) / 3))
  return [...new Set([0, 5, 24, ...spread, length - 100, length - 1])].filter((at) => at >= 0 && at < length)
}

describe.each(KINDS)('%s', (kind) => {
  it('T01, R09: one flipped byte in any of them makes check --read-data exit 13, naming it', async () => {
    for (const path of of(kind)) {
      const bytes = bytesOf(path)
      for (const at of positions(bytes.length)) await mustBeFound(path, at, withObject(path, flipped(bytes, at)))
    }
  })

  it('T02, R10: cut to nothing, to one byte, to half, or by the last byte', async () => {
    for (const path of of(kind)) {
      const bytes = bytesOf(path)
      for (const length of [0, 1, bytes.length >> 1, bytes.length - 1])
        await mustBeFound(path, length, withObject(path, bytes.slice(0, length)))
    }
  })

  it('T03: with bytes behind it', async () => {
    for (const path of of(kind)) {
      for (const more of [1, 88])
        await mustBeFound(path, more, withObject(path, Buffer.concat([bytesOf(path), noise(more, 3)])))
    }
  })

  it('T06, R18: with the bytes of every other kind', async () => {
    for (const path of of(kind).slice(0, 2)) {
      for (const donor of KINDS.filter((name) => name !== kind).flatMap((name) => of(name).slice(0, 1)))
        await mustBeFound(path, donor, withObject(path, bytesOf(donor)))
    }
  })

  it('T05, R18: with the bytes of the same kind from another repository that the same secret opens', async () => {
    const donors = [...other.objects.keys()].filter((path) => kindOf(path) === kind).sort()
    for (const [i, path] of of(kind).entries())
      await mustBeFound(path, donors[i], withObject(path, bytesOf(donors[i] ?? '', other)))
  })
})

it.each(['pack', 'index', 'record'])('T04, R18: two of a kind exchanged (%s)', async (kind) => {
  const paths = of(kind)
  for (const [i, a] of paths.entries()) {
    for (const b of paths.slice(i + 1)) {
      const objects = withObject(a, bytesOf(b), withObject(b, bytesOf(a)))
      await mustBeFound(a, b, objects)
      await mustBeFound(b, a, objects)
    }
  }
})

describe('both copies', () => {
  const both = (kind: string, change: (bytes: Uint8Array) => Uint8Array | null): Objects =>
    of(kind).reduce((objects, path) => withObject(path, change(bytesOf(path)), objects), sound.objects)

  it.each([
    100, 300, 511,
  ])('of the slot, damaged at byte %i: the secret is wrong, and nothing else is said', async (at) => {
    const objects = both('slot', (bytes) => flipped(bytes, at))
    for (const isNew of [false, true]) {
      expect(await checkAll(objects, isNew)).toMatchObject({ code: 'wrong-secret' })
      for (const snapshot of sound.snapshots)
        expect(await restoreSafely(objects, snapshot, isNew)).toMatchObject({ code: 'wrong-secret', files: 0 })
    }
  })

  it('of the slot, damaged in different places', async () => {
    const [a = '', b = ''] = of('slot')
    const objects = withObject(a, flipped(bytesOf(a), 90), withObject(b, flipped(bytesOf(b), 400)))
    expect(await checkAll(objects)).toMatchObject({ code: 'wrong-secret' })
    expect(await checkAll(withObject(b, bytesOf(b), objects))).toMatchObject({ code: 'damaged' }) // one is enough
  })

  it('of the settings: damaged, never wrong, older or new', async () => {
    for (const at of [30, 60, 500, 4095]) {
      const objects = both('config', (bytes) => flipped(bytes, at))
      for (const isNew of [false, true]) {
        expect({ at, ...(await checkAll(objects, isNew)) }).toMatchObject({ at, code: 'damaged' })
        for (const snapshot of sound.snapshots)
          expect(await restoreSafely(objects, snapshot, isNew)).toMatchObject({ code: 'damaged', files: 0 })
      }
    }
  })
})

describe('R11: gone', () => {
  const without = (...paths: readonly string[]): Objects =>
    paths.reduce((objects, path) => withObject(path, null, objects), sound.objects)

  it('one copy of slot or settings: named, and everything is restored', async () => {
    for (const path of [...of('slot'), ...of('config')]) {
      expect(await checkAll(without(path))).toEqual({ code: 'damaged', names: [inFolder(path)] })
      for (const snapshot of sound.snapshots)
        expect(await restoreSafely(without(path), snapshot, true)).toMatchObject({ code: null, missing: 0 })
    }
  })

  it('a pack: named, with the snapshots that need it; what else they hold is restored', async () => {
    for (const pack of of('pack')) {
      const objects = without(pack)
      const { code, names } = await checkAll(objects)
      expect(code).toBe('damaged')
      expect(names.some((name) => pack.endsWith(name))).toBe(true)
      expect(names.some((name) => name.includes('-snap-'))).toBe(true)
      for (const snapshot of sound.snapshots)
        expect([null, 'damaged']).toContain((await restoreSafely(objects, snapshot, true)).code)
    }
  })

  it('an index, or all of them: nothing is lost, the packs say what they hold', async () => {
    for (const paths of [...of('index').map((path) => [path]), of('index')]) {
      for (const snapshot of sound.snapshots)
        expect(await restoreSafely(without(...paths), snapshot, true)).toMatchObject({ code: null, missing: 0 })
    }
  })

  it('the newest snapshot: an alarm on the device that made it, and the one before is whole', async () => {
    const [first, second] = sound.snapshots
    const newest = of('record').find((path) => path.includes(`-snap-${second?.id}`)) ?? ''
    expect(await checkAll(without(newest))).toMatchObject({ code: 'rolled-back' })
    if (!first || !second) throw new Error('no snapshots')
    expect(await restoreSafely(without(newest), first, false)).toMatchObject({ code: null, missing: 0 })
    expect(await restoreSafely(without(newest), second, true)).toMatchObject({ code: 'not-found', files: 0 })
  })
})

it('R09: a flipped byte in a file of its own costs that file, and no other', async () => {
  const [first] = sound.snapshots
  const largest = of('pack').toSorted((a, b) => bytesOf(b).length - bytesOf(a).length)[0] ?? ''
  if (!first) throw new Error('no snapshot')
  const objects = withObject(largest, flipped(bytesOf(largest), bytesOf(largest).length >> 1))
  const files = Object.keys(first.content).length
  expect(await restoreSafely(objects, first, true)).toEqual({ code: null, files: files - 1, missing: 1 })
})
