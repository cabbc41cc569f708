import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { partId } from '#engine/crypto/keys.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import { backUp, FolderSource, readSnapshots, rotate } from '#engine/index.ts'
import { openConfig } from '#engine/repository/config.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import { openRepository } from '#engine/repository/open-repository.ts'
import { openRecord } from '#engine/repository/record.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { type Computer, Household, newKey, newPassword, secretReplaced } from './household.ts'
import { Thief } from './thief.ts'

let home: Household
let first: Computer
let key: SlotSecret
beforeEach(async () => {
  key = newKey()
  ;({ home, first } = await Household.begin(key))
})
afterEach(() => home[Symbol.dispose]())

describe('rotating the root', () => {
  it('keeps what was stored readable and stored, also after a second rotation', async () => {
    for (const epoch of [1, 2, 3]) {
      expect(await first.rotate(key)).toMatchObject({ epoch, slots: ['key'], left: [] })
      const packs = home.names(/\/pack-/)
      expect(await first.backUpAsIs(key)).toMatchObject({ unchanged: true })
      expect(home.names(/\/pack-/)).toEqual(packs)
      await first.backUp(key)
      expect(home.names(/\/pack-/)).toHaveLength(packs.length + 1)
      expect(await first.problems(key)).toEqual([])
    }
    expect(await home.mustRestoreAll(key)).toHaveLength(7)
  })

  it('needs every secret that opens the backup, or a word to drop it; a wrong one changes nothing', async () => {
    const password = newPassword()
    await first.change(key, password, true)
    const before = home.names(/config-|slot-/)
    await expect(first.rotate(key)).rejects.toMatchObject({ code: 'usage', facts: { kind: 'password' } })
    await expect(first.rotate(key, { secrets: [key, newPassword()] })).rejects.toMatchObject({ code: 'wrong-secret' })
    await expect(first.rotate(key, { secrets: [key, newKey()] })).rejects.toMatchObject({ code: 'usage' })
    expect(home.names(/config-|slot-/)).toEqual(before)
    expect((await first.rotate(key, { secrets: [key, password] })).slots).toEqual(['password', 'key'])
    expect([await home.opens(key), await home.opens(password)]).toEqual([true, true])
    expect((await first.rotate(key, { dropOther: true })).slots).toEqual(['key'])
    expect([await home.opens(key), await home.opens(password)]).toEqual([true, false])
  })

  it('what comes does not open with the old root, and the old root is told that it is over', async () => {
    const stolen = await first.open(key)
    await first.rotate(key)
    await first.backUp(key)
    const { destination, keyring, id } = stolen
    const listing = await listRepository(destination)
    const newest = listing.records.find(({ seq }) => seq === 3)
    const bytes = newest && (await destination.get(newest.path))
    if (!newest || !bytes) throw new Error('no newest record')
    expect(() => openRecord(keyring, newest, bytes)).toThrow(expect.objectContaining({ code: 'damaged' }))
    for (const { stem, path } of listing.configs.filter(({ seq }) => seq === 2)) {
      const config = await destination.get(path)
      expect(config && openConfig(keyring.current, keyring.repoId, stem, config)).toBeNull()
    }
    const computer = home.computer()
    const deviceKey = new Uint8Array(32).fill(1)
    const state = computer.state.repository(id)
    await state.keepRoot(deviceKey, id, stolen.root.bytes, stolen.root.epoch)
    const opening = openRepository({ id, destination, state, opener: { kind: 'device', deviceKey } })
    await expect(opening).rejects.toMatchObject(secretReplaced)
  })

  it('another device with this secret goes on, keeps its chain and stores nothing again', async () => {
    const second = home.computer()
    await second.backUp(key)
    const { deviceId } = await second.open(key)
    await first.rotate(key)
    const packs = home.names(/\/pack-/)
    expect(await second.backUpAsIs(key)).toMatchObject({ unchanged: true })
    expect(home.names(/\/pack-/)).toEqual(packs)
    expect((await second.open(key)).deviceId).toBe(deviceId)
    expect(await home.mustRestoreAll(key)).toHaveLength(3)
  })

  it('another device with a changed secret gets 12, then goes on with the new one', async () => {
    const second = home.computer()
    await second.backUp(key)
    const next = newKey()
    await first.change(key, next)
    await first.rotate(next)
    await expect(second.backUp(key)).rejects.toMatchObject(secretReplaced)
    await second.backUp(next)
    expect(await home.mustRestoreAll(next)).toHaveLength(3)
  })

  it('a backup that is on its way during a rotation stops, and the next one goes through', async () => {
    const second = home.computer()
    await second.backUp(key)
    const onItsWay = await second.openToWrite(key)
    await first.rotate(key)
    second.chat('meanwhile')
    const options = {
      sources: [{ label: 'chats', open: () => new FolderSource(second.chats) }],
      deviceName: 'second',
      now: second.now,
    }
    await expect(backUp(onItsWay, options)).rejects.toMatchObject(secretReplaced)
    await second.backUp(key)
    expect(await home.mustRestoreAll(key)).toHaveLength(3)
    expect(await second.problems(key)).toEqual([])
  })

  it('settings that have no room for it are told before anything is written', async () => {
    const repository = await first.open(key)
    const tops = Array.from({ length: 300 }, () => ({
      deviceId: toHex(randomBytes(16)),
      seq: 9,
      id: toHex(randomBytes(16)),
      hash: toHex(randomBytes(32)),
    }))
    const crowded = { ...repository, chain: { ...repository.chain, tops } }
    const before = [...home.memory.objects.keys()]
    await expect(rotate(crowded, { secrets: [key], dropOther: false, nowMs: first.now() })).rejects.toMatchObject({
      code: 'usage',
      facts: { reason: 'settings-full' },
    })
    expect([...home.memory.objects.keys()]).toEqual(before)
  })

  it('a device that wrote nothing in between stands in the settings once, not once for each rotation', async () => {
    const second = home.computer()
    await second.backUp(key)
    for (let i = 0; i < 4; i++) await first.rotate(key)
    const { settings } = await first.open(key)
    expect(settings.olderRoots.map(({ closed }) => closed.length)).toEqual([0, 0, 0, 2])
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
  })
})

describe('a thief of the old root', () => {
  let thief: Thief
  let deviceId: string
  beforeEach(async () => {
    const stolen = await first.open(key)
    deviceId = stolen.deviceId
    thief = new Thief(home, stolen)
    await first.rotate(key)
  })

  it('cannot make a record that counts after the rotation, of a device or of a new one', async () => {
    const forged = [
      thief.forgeRecord({ deviceId, seq: 3 }),
      thief.forgeRecord({ deviceId, seq: 2 }), // in place of the last one
      thief.forgeRecord({ deviceId, seq: 999 }),
      thief.forgeRecord({ deviceId: toHex(randomBytes(16)), seq: 1 }),
      thief.forgeRecord({ deviceId: toHex(randomBytes(16)), seq: 1, body: { kind: 'join' } }),
      thief.forgeRecord({
        deviceId,
        seq: 4,
        body: { kind: 'retire', device: { deviceId, seq: 3, hash: toHex(randomBytes(32)) } },
      }),
    ]
    for (const computer of [first, home.computer()]) {
      const repository = await computer.open(key)
      const ids = (await readSnapshots(repository)).snapshots.map(({ summary }) => summary.id)
      expect(ids.filter((id) => forged.includes(id))).toEqual([])
      expect(repository.chain.tops).toMatchObject([{ deviceId, seq: 2 }])
    }
    await first.backUp(key)
    expect((await first.open(key)).deviceId).toBe(deviceId)
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
  })

  it('cannot make a backup take for stored what is not, not even through a second rotation', async () => {
    const secretText = randomBytes(100)
    const { keyring, listing } = await first.open(key)
    const [pack] = listing.packs.values()
    if (!pack) throw new Error('no pack')
    thief.forgeIndex(pack.id, pack.size, [partId(keyring.ids.id, 1, secretText)])
    for (const name of ['before', 'after']) {
      const { table } = await loadParts(await first.open(key), 'own')
      expect(table.isStored(partId(keyring.ids.id, 1, secretText))).toBe(false)
      if (name === 'before') await first.rotate(key)
    }
    fs.writeFileSync(join(first.chats, 'message'), secretText)
    await first.backUp(key)
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
  })

  it('locks nobody out by taking over from the old root, under however small a name', async () => {
    const stem = thief.forgeTakeover(1)
    expect(await home.opens(key)).toBe(true)
    await first.backUp(key)
    const repository = await first.open(key)
    expect([repository.strangers, repository.crossed]).toEqual([[stem], []])
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
    await first.rotate(key)
    const next = newKey()
    await first.change(key, next)
    expect(await home.mustRestoreAll(next)).toHaveLength(2)
  })

  it('makes a device that opens with its own key ask for the secret once, and no more', async () => {
    const { id, destination, root } = await first.open(key)
    const deviceKey = new Uint8Array(32).fill(1)
    const state = first.state.repository(id)
    await state.keepRoot(deviceKey, id, root.bytes, root.epoch)
    const withDeviceKey = () => openRepository({ id, destination, state, opener: { kind: 'device', deviceKey } })
    expect((await withDeviceKey()).strangers).toEqual([])
    thief.forgeTakeover(1)
    await expect(withDeviceKey()).rejects.toMatchObject(secretReplaced)
    await first.open(key)
    expect((await withDeviceKey()).strangers).toHaveLength(1)
    thief.forgeTakeover(2)
    await expect(withDeviceKey()).rejects.toMatchObject(secretReplaced)
  })
})

describe('two rotations at once', () => {
  /** Two devices rotate, each without seeing the other's rotation; then all of it is at the place. */
  async function cross(second: Computer): Promise<void> {
    const before = home.copy()
    await first.rotate(key)
    await first.backUp(key)
    const afterFirst = home.copy()
    home.bringBack(before)
    await second.rotate(key)
    await second.backUp(key)
    for (const [name, bytes] of afterFirst) {
      if (!before.has(name)) home.memory.objects.set(name, bytes)
    }
  }

  it('are one again with the next backup of either, and nothing that either stored is lost', async () => {
    for (const who of ['first', 'second'] as const) {
      const second = home.computer()
      await second.backUp(key)
      await cross(second)
      const count = home.saved.size
      expect(await home.mustRestoreAll(key)).toHaveLength(count) // also before they are joined
      const computer = who === 'first' ? first : second
      await computer.backUp(key)
      expect((await first.open(key)).crossed).toEqual([])
      expect(await home.mustRestoreAll(key)).toHaveLength(count + 1)
      const packs = home.names(/\/pack-/)
      for (const one of [first, second]) {
        const { deviceId } = await one.open(key)
        expect(await one.backUpAsIs(key)).toMatchObject({ unchanged: true })
        expect((await one.open(key)).deviceId).toBe(deviceId)
        expect(await one.problems(key)).toEqual([])
      }
      expect(home.names(/\/pack-/)).toEqual(packs)
    }
  })

  it('the device whose root gave way is told so when it comes with its own key', async () => {
    const second = home.computer()
    await second.backUp(key)
    await cross(second)
    const roots = new Map<Computer, Awaited<ReturnType<Computer['open']>>>()
    for (const computer of [first, second]) roots.set(computer, await computer.open(key))
    const joined = await first.openToWrite(key)
    expect(joined.crossed).toEqual([])
    const other = home.computer()
    const deviceKey = new Uint8Array(32).fill(1)
    const [line] = (roots.get(first) ?? joined).crossed
    if (!line) throw new Error('nothing crossed')
    const state = other.state.repository(joined.id)
    await state.keepRoot(deviceKey, joined.id, line.root, line.epoch)
    const opener = { kind: 'device', deviceKey } as const
    await expect(
      openRepository({ id: joined.id, destination: joined.destination, state, opener }),
    ).rejects.toMatchObject(secretReplaced)
  })

  it('the second of two that follow each other at once sees the first, and gives way to it', async () => {
    const second = home.computer()
    await second.backUp(key)
    const opened = await second.openToWrite(key)
    await first.rotate(key)
    const options = { secrets: [key], dropOther: false, nowMs: home.nowMs }
    await expect(rotate(opened, options)).rejects.toMatchObject(secretReplaced)
    expect(home.names(/slot-/)).toHaveLength(2)
    expect(await second.problems(key)).toEqual([])
    expect((await second.rotate(key)).epoch).toBe(2)
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
  })

  it('with different secrets, each secret opens what was stored before and its own', async () => {
    const password = newPassword()
    await first.change(key, password, true)
    const second = home.computer()
    await second.backUp(key)
    const before = home.copy()
    await first.rotate(key, { dropOther: true })
    const afterFirst = home.copy()
    home.bringBack(before)
    await second.rotate(password, { dropOther: true })
    for (const [name, bytes] of afterFirst) if (!before.has(name)) home.memory.objects.set(name, bytes)
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
    expect(await home.mustRestoreAll(password)).toHaveLength(2)
    await first.backUp(key)
    await second.backUp(password)
  })
})

it('an index or a slot of a rotation that another device was cut off over does no harm', async () => {
  const repository = await first.open(key)
  const { destination } = repository
  const other = new Thief(home, { ...repository, root: { bytes: new Uint8Array(randomBytes(32)), epoch: 1 } })
  other.forgeIndex(toHex(randomBytes(16)), 5000, [fromHex('00'.repeat(16))])
  await first.backUp(key)
  expect(await home.mustRestoreAll(key)).toHaveLength(2)
  expect((await listRepository(destination)).indexes.length).toBeGreaterThan(1)
})
