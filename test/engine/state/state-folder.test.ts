import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDestination } from '#engine/destination/open-destination.ts'
import { StateFolder } from '#engine/state/state-folder.ts'
import { readWhole, writeWhole } from '#engine/state/whole-file.ts'
import { asNobody } from '../../helpers/as-nobody.ts'
import { flipped, hex16, ROOT } from '../repository/fixture.ts'

let folder: string
let state: StateFolder
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-state-'))
  state = new StateFolder(folder)
})
afterEach(() => fs.rm(folder, { recursive: true }))

const HERE = openDestination('/somewhere/here')
const THERE = openDestination('/somewhere/there')

describe('which repository is known where', () => {
  it('is remembered by place, also by a later run, and forgotten wholly', async () => {
    expect(await state.known(HERE)).toEqual([])
    for (const id of [hex16(1), hex16(2), hex16(1)]) await state.remember(HERE, id)
    await state.remember(THERE, hex16(1))
    expect(await new StateFolder(folder).known(HERE)).toEqual([hex16(1), hex16(2)])
    await state.repository(hex16(1)).deviceId()
    await state.forget(hex16(1))
    expect(await state.known(HERE)).toEqual([hex16(2)])
    expect(await state.known(THERE)).toEqual([])
    expect(await fs.readdir(folder)).toEqual(['places.json'])
  })

  it('T43: holds no path in clear', async () => {
    await state.remember(HERE, hex16(1))
    expect(await fs.readFile(join(folder, 'places.json'), 'utf8')).not.toContain('somewhere')
  })

  it('a torn or foreign file counts as none, and polluting keys do nothing', async () => {
    for (const text of ['', '{', 'null', '[]', '7', '{"__proto__":["x"]}', `{"x":"${hex16(1)}"}`, '{"x":[1,"zz"]}']) {
      await fs.writeFile(join(folder, 'places.json'), text)
      expect(await state.known(HERE)).toEqual([])
      await state.remember(HERE, hex16(3))
      expect(await state.known(HERE)).toEqual([hex16(3)])
    }
  })

  it('a creation that did not come to its end is found', async () => {
    await state.repository(hex16(1)).deviceId()
    await state.repository(hex16(2)).deviceId()
    await state.remember(HERE, hex16(2))
    await fs.mkdir(join(folder, 'no-repository'))
    expect(await state.unfinished()).toEqual([hex16(1)])
    expect(await new StateFolder(join(folder, 'none')).unfinished()).toEqual([])
  })
})

describe('what belongs to one repository', () => {
  it('a device id is random, stays, and changes only at a rebirth', async () => {
    const mine = state.repository(hex16(1))
    const id = await mine.deviceId()
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(await mine.deviceId()).toBe(id)
    expect(await new StateFolder(folder).repository(hex16(1)).deviceId()).toBe(id)
    expect(await state.repository(hex16(2)).deviceId()).not.toBe(id)
    const reborn = hex16(9)
    await mine.becomeDevice(reborn)
    expect(await mine.deviceId()).toBe(reborn)
    await fs.writeFile(join(mine.path, 'device'), 'torn')
    expect(await mine.deviceId()).not.toBe(reborn)
  })

  it('slots are kept whole', async () => {
    const mine = state.repository(hex16(1))
    expect(await mine.readSlots(4)).toEqual([])
    const slots = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)]
    await mine.keepSlots(slots)
    expect(await mine.readSlots(4)).toEqual(slots)
    expect(await mine.readSlots(3)).toHaveLength(2) // what is over is no slot
  })

  it('T66: the root opens only with the device key and in its own repository', async () => {
    const mine = state.repository(hex16(1))
    const deviceKey = new Uint8Array(32).fill(9)
    expect(await mine.readRoot(deviceKey, hex16(1))).toBeNull()
    await mine.keepRoot(deviceKey, hex16(1), ROOT, 7)
    expect(await mine.readRoot(deviceKey, hex16(1))).toEqual({ root: ROOT, epoch: 7 })
    expect(await mine.readRoot(new Uint8Array(32).fill(8), hex16(1))).toBeNull()
    expect(await mine.readRoot(deviceKey, hex16(2))).toBeNull()
    const file = join(mine.path, 'root')
    const bytes = new Uint8Array(await fs.readFile(file))
    expect(Buffer.from(bytes).includes(Buffer.from(ROOT.subarray(0, 8)))).toBe(false)
    for (const bad of flipped(bytes, 31)) {
      await fs.writeFile(file, bad)
      expect(await mine.readRoot(deviceKey, hex16(1))).toBeNull()
    }
  })
})

describe('a state file', () => {
  it('is replaced whole, for its owner only, with no draft left', async () => {
    const path = join(folder, 'deep', 'file')
    await writeWhole(path, 'one')
    await writeWhole(path, Uint8Array.of(1, 2))
    expect(await readWhole(path)).toEqual(Uint8Array.of(1, 2))
    expect((await fs.stat(path)).mode & 0o777).toBe(0o600)
    expect((await fs.stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700)
    expect(await fs.readdir(join(folder, 'deep'))).toEqual(['file'])
  })

  it('that is not there is none; one that cannot be written leaves the old one and no draft', async () => {
    expect(await readWhole(join(folder, 'none'))).toBeNull()
    expect(await readWhole(join(folder, 'none', 'none'))).toBeNull()
    const path = join(folder, 'file')
    await writeWhole(path, 'old')
    await fs.chmod(path, 0o644)
    await fs.chmod(folder, 0o555)
    await asNobody(async () => {
      await expect(writeWhole(path, 'new')).rejects.toMatchObject({ name: 'BackupError' })
    })
    await fs.chmod(folder, 0o700)
    expect(await fs.readFile(path, 'utf8')).toBe('old')
    expect(await fs.readdir(folder)).toEqual(['file'])
  })
})
