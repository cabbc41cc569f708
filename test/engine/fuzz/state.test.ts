import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import { type OpenRepository, readSnapshots } from '#engine/index.ts'
import { PageTableCache } from '#engine/pages/page-table-cache.ts'
import { readKeptSlots } from '#engine/repository/kept-settings.ts'
import { openAnchor } from '#engine/state/anchor.ts'
import { StateFolder } from '#engine/state/state-folder.ts'
import { StructureCopies } from '#engine/state/structure-copies.ts'
import { WalkCache } from '#engine/state/walk-cache.ts'
import { readRereadLog } from '#engine/verification/reread-log.ts'
import { mutated } from '../../helpers/mutations.ts'
import { database, noise, Scene, type SceneDevice } from '../../helpers/scene.ts'
import { mustBeHardened } from './hardened.ts'

// R47, for what a device keeps for itself: torn, edited, or sealed by a program that was wrong.

let scene: Scene
let device: SceneDevice
let repository: OpenRepository
let tree: string
beforeAll(async () => {
  scene = new Scene()
  device = await scene.addDevice('laptop')
  device.write('chats.db', database(Array.from({ length: 120 }, (_, page) => page + 1)))
  for (let i = 0; i < 20; i++) device.write(`folder-${i}/photo.jpg`, noise(3000, i))
  await device.backUp()
  await device.backUp({ rereadShare: 1 })
  repository = await device.open()
  const [newest] = (await readSnapshots(repository)).snapshots
  tree = toHex(newest?.body.sources[0]?.root ?? new Uint8Array(0))
  return () => scene[Symbol.dispose]()
})

/** Changes one file of the state; `read` reads it through the product. What was there comes back. */
async function mustSurvive(path: string, read: () => unknown, runs = 300): Promise<void> {
  const right = fs.readFileSync(path)
  const inputs = fc.oneof(mutated(right), fc.uint8Array({ maxLength: 100 }))
  try {
    await mustBeHardened(
      async (bytes) => {
        fs.writeFileSync(path, bytes)
        await read()
      },
      [right],
      inputs,
      runs,
    )
  } finally {
    fs.writeFileSync(path, right)
  }
}

const inState = (...parts: readonly string[]): string => join(repository.state.path, ...parts)
const only = (folder: string): string => inState(folder, fs.readdirSync(inState(folder))[0] ?? '')

describe('a file that was changed on the disk', () => {
  it('the anchor (T75)', async () => {
    const { state, keyring, deviceId } = repository
    for (const name of ['anchor-0', 'anchor-1'])
      await mustSurvive(inState(name), () => state.readAnchor(keyring, deviceId))
  })

  it('the walk cache, page tables, copies of lists and the log of reading again (T72)', async () => {
    const { keyring, zstd, state } = repository
    const walks = new WalkCache(state.path, keyring, zstd)
    expect(await walks.read(tree, 0)).not.toBeNull()
    await mustSurvive(only('walks'), () => walks.read(tree, 0))
    const pages = only('pages')
    const tables = new PageTableCache(state.path, keyring)
    const id = fromHex(basename(pages))
    expect(await tables.read(id)).not.toBeNull()
    await mustSurvive(pages, () => tables.read(id))
    const copies = new StructureCopies(state.path, keyring)
    const all = (): number => [...copies.all()].length
    expect(all()).toBeGreaterThan(3)
    await mustSurvive(only('structure'), all)
    expect((await readRereadLog(repository)).run).toBeGreaterThan(0)
    await mustSurvive(inState('reread'), () => readRereadLog(repository))
  })

  it('its names, kept slots and settings, what was announced, what was begun', async () => {
    const { state } = repository
    await state.announce({ path: 'device-00/record', hash: 'ab' })
    await state.keepChanges([{ slots: ['a'], indexes: [], settings: null }])
    await mustSurvive(inState('device'), async () => expect(await state.deviceId()).toMatch(/^[0-9a-f]{32}$/))
    await mustSurvive(inState('slots'), () => readKeptSlots(state))
    await mustSurvive(inState('configs'), () => state.readConfigs())
    await mustSurvive(inState('announced'), () => state.announced())
    await mustSurvive(inState('changes'), () => state.readChanges())
    const folder = new StateFolder(device.state.path)
    await mustSurvive(join(folder.path, 'places.json'), () => folder.known(scene.place))
  })
})

describe('a file that opens and says nonsense', () => {
  it('an anchor', async () => {
    const { keyring, deviceId } = repository
    const { repoId, current } = keyring
    const aad = lp('keepsake1', 'anchor', repoId, fromHex(deviceId))
    const plain = ['anchor-0', 'anchor-1'].map((name) => {
      const opened = openBox(current.state, 'anchor', aad, fs.readFileSync(inState(name)))
      if (!opened) throw new Error('the anchor does not open')
      return opened
    })
    const open = (bytes: Uint8Array): unknown =>
      openAnchor(current.state, repoId, deviceId, sealBox(current.state, 'anchor', aad, bytes))
    await mustBeHardened(open, plain, mutated(...plain))
  })

  it('a page table', async () => {
    const { keyring, state } = repository
    const path = only('pages')
    const id = fromHex(basename(path))
    const right = fs.readFileSync(path)
    const count = right.readUInt32LE(0)
    const aad = lp('keepsake1', 'pages', keyring.repoId, id, u32(0), u32(count))
    const box = right.subarray(8, 8 + right.readUInt32LE(4))
    const plain = openBox(keyring.current.state, 'pages', aad, box)
    if (!plain) throw new Error('the page table does not open')
    const tables = new PageTableCache(state.path, keyring)
    await mustBeHardened(
      (bytes) => {
        const sealed = sealBox(keyring.current.state, 'pages', aad, bytes)
        const rest = right.subarray(8 + box.length)
        fs.writeFileSync(path, Buffer.concat([u32(count), u32(sealed.length), sealed, rest]))
        return tables.read(id)
      },
      [plain],
      mutated(plain),
      500,
    )
  })
})
