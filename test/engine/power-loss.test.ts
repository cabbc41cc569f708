import * as fs from 'node:fs'
import { type FileHandle, open as realOpen } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FolderDestination } from '#engine/destination/folder.ts'
import { writeWhole } from '#engine/state/whole-file.ts'
import { Journey } from '../helpers/journey.ts'
import { type Content, database, noise, Scene, type SceneDevice } from '../helpers/scene.ts'

// R07: when the power goes, a disk keeps what was synced; of the rest it keeps any part, in any order, or nothing.

const events = vi.hoisted(() => [] as string[])

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const kindOf = (path: unknown): string => {
    const name = basename(String(path))
    return name.endsWith('.tmp')
      ? 'draft'
      : fs.statSync(String(path), { throwIfNoEntry: false })?.isDirectory()
        ? 'folder'
        : 'file'
  }
  const traced = async (...args: Parameters<typeof realOpen>): Promise<FileHandle> => {
    const handle = await real.open(...args)
    for (const sync of ['sync', 'datasync'] as const) {
      const call = handle[sync].bind(handle)
      handle[sync] = async () => {
        await call()
        events.push(`sync ${kindOf(args[0])}`)
      }
    }
    return handle
  }
  const named = (name: 'link' | 'rename') => async (from: string, to: string) => {
    await real[name](from, to)
    events.push('name')
  }
  return { ...real, open: traced, link: named('link'), rename: named('rename') }
})

afterEach(() => {
  events.length = 0
})

describe('R07: nothing gets its name before its bytes are on the disk, and nobody goes on before the name is', () => {
  it('objects at a place', async () => {
    const journey = new Journey()
    fs.mkdirSync(journey.place)
    const place = new FolderDestination(journey.place)
    await place.put('a.kps', noise(1000, 1))
    expect(events).toEqual(['sync draft', 'name', 'sync folder'])
    events.length = 0
    await place.put('device/packs/b.kps', noise(1000, 2)) // the new folders' own names, too
    expect(events).toEqual(['sync folder', 'sync folder', 'sync draft', 'name', 'sync folder'])
  })

  it('what a device must not forget', async () => {
    const journey = new Journey()
    await writeWhole(journey.path('state', 'anchor-0'), 'anchor')
    expect(events).toEqual(['sync draft', 'name', 'sync folder'])
  })
})

type Files = ReadonlyMap<string, Buffer>

/** What of the state is written without waiting for the disk. */
const CACHES = ['walks', 'structure', 'pages'] as const

function cachesOf(state: string): Files {
  const files = new Map<string, Buffer>()
  for (const cache of CACHES) {
    const folder = join(state, cache)
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : [])
      files.set(join(folder, name), fs.readFileSync(join(folder, name)))
  }
  return files
}

type Loss = (path: string, now: Buffer, before: Buffer | undefined) => void

const LOSSES: Readonly<Record<string, Loss>> = {
  'is gone': (path) => fs.rmSync(path),
  'is empty': (path) => fs.writeFileSync(path, ''),
  'is torn': (path, now) => fs.writeFileSync(path, now.subarray(0, now.length >> 1)),
  'has zeros where its end should be': (path, now) => fs.writeFileSync(path, Buffer.from(now).fill(0, now.length >> 1)),
  'is as it was before': (path, _, before) => (before ? fs.writeFileSync(path, before) : fs.rmSync(path)),
}

async function mustGoOn(scene: Scene, device: SceneDevice, contents: Map<string, Content>): Promise<void> {
  scene.passDays(1)
  device.write('after.txt', `after ${scene.nowMs}`)
  contents.set((await device.backUp()).snapshot, device.content)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  for (const [id, content] of contents) expect(await device.restore(id)).toEqual({ content, missing: [] })
}

/** A device with two snapshots, and what its caches held after the first. */
async function twoDays(scene: Scene) {
  const device = await scene.addDevice('laptop')
  const contents = new Map<string, Content>()
  const pages = Array.from({ length: 40 }, (_, page) => page + 1)
  const state = (await device.open()).state.path
  let before: Files = new Map()
  for (const day of [1, 2]) {
    before = cachesOf(state)
    scene.passDays(1)
    device.write('chats.db', database(pages.with(day, 500 + day)))
    device.write(`photo-${day}.jpg`, noise(5000, day))
    contents.set((await device.backUp()).snapshot, device.content)
  }
  return { device, contents, state, before }
}

describe('R07: what was not synced', () => {
  it.each(
    Object.entries(LOSSES),
  )('every cache of a device %s: the next backup is right, and older ones stay so', async (_, lose) => {
    using scene = new Scene()
    const { device, contents, state, before } = await twoDays(scene)
    const files = cachesOf(state)
    expect(files.size).toBeGreaterThanOrEqual(3)
    for (const [path, now] of files) lose(path, now, before.get(path))
    await mustGoOn(scene, device, contents)
  })

  it('the place kept any part of the last backup, although it said that all was safe: lost packs come back, a lost record is an alarm', async () => {
    for (let kept = 0; kept < 8; kept++) {
      using scene = new Scene()
      const { device, contents } = await twoDays(scene)
      const before = new Set(scene.memory.objects.keys())
      scene.passDays(1)
      device.write('today.jpg', noise(5000, 9))
      const { snapshot } = await device.backUp()
      contents.set(snapshot, device.content)
      const written = [/\/pack-/, /\/index-/, /\/record-/].map((kind) =>
        scene.objects(kind).filter((name) => !before.has(name)),
      )
      for (const [i, names] of written.entries()) {
        expect(names.length).toBeGreaterThan(0)
        if ((kept & (1 << i)) === 0) for (const name of names) scene.memory.objects.delete(name)
      }
      if ((kept & 4) === 0) {
        await expect(device.backUp()).rejects.toMatchObject({ code: 'rolled-back' })
        contents.delete(snapshot)
        await device.acceptOlder()
      }
      await mustGoOn(scene, device, contents)
    }
  })
})
