import * as fs from 'node:fs'
import { basename } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSnapshots } from '#engine/index.ts'
import type { ChainRecord, StoredRecord } from '#engine/repository/record.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { type Computer, Household, newKey, rolledBack } from './household.ts'

// The table of docs/format.md, Chains and the anchor: a test for each row.

let home: Household
let first: Computer
let key: SlotSecret
beforeEach(async () => {
  key = newKey()
  ;({ home, first } = await Household.begin(key))
})
afterEach(() => home[Symbol.dispose]())

const names = (): string[] => [...home.memory.objects.keys()].sort()

async function records(): Promise<readonly StoredRecord[]> {
  const repository = await home.computer().open(key, { lookOnly: true })
  const read = await Promise.all(repository.listing.records.map((listed) => repository.readRecord(listed)))
  return read.filter((stored) => typeof stored !== 'string')
}

const joinOf = async (deviceId: string): Promise<ChainRecord | undefined> =>
  (await records()).find(({ record }) => record.deviceId === deviceId && record.seq === 1)?.record

const deviceOf = async (computer: Computer): Promise<string> => (await computer.open(key)).deviceId

const lastOf = async (deviceId: string): Promise<Pick<StoredRecord, 'hash'> & { seq: number; deviceId: string }> => {
  const own = (await records()).filter(({ record }) => record.deviceId === deviceId)
  const { hash, record } = own.reduce((a, b) => (a.record.seq > b.record.seq ? a : b))
  return { deviceId, seq: record.seq, hash }
}

describe('normal', () => {
  it('a device goes on under its id, whatever others add', async () => {
    const second = home.computer()
    const id = await deviceOf(first)
    for (let i = 0; i < 3; i++) {
      await second.backUp(key)
      await first.backUp(key)
    }
    expect(await deviceOf(first)).toBe(id)
    expect((await joinOf(await deviceOf(second)))?.renamedFrom).toBeNull()
    expect(await home.mustRestoreAll(key)).toHaveLength(7)
  })
})

describe('T07, T11, R17: an older state', () => {
  it('of the whole place, or with only the newest record gone, stops and writes nothing', async () => {
    const before = home.copy()
    await first.backUp(key)
    const after = home.copy()
    for (const older of [before, new Map([...after].filter(([name]) => !/record-0000000003/.test(name)))]) {
      home.bringBack(older)
      const all = names()
      await expect(first.backUp(key)).rejects.toMatchObject(rolledBack('rollback'))
      await expect(first.change(key, newKey())).rejects.toMatchObject(rolledBack('rollback'))
      await expect(first.rotate(key)).rejects.toMatchObject(rolledBack('rollback'))
      expect(names()).toEqual(all)
      const looked = await first.open(key, { lookOnly: true })
      expect(looked.alarm).toMatchObject(rolledBack('rollback'))
      expect((await readSnapshots(looked)).snapshots).toHaveLength(1)
    }
    home.bringBack(after)
    await first.backUp(key)
    expect(await home.mustRestoreAll(key)).toHaveLength(3)
  })

  it('from before a rotation stops as well, although the same secret opens it', async () => {
    for (const rotations of [1, 2]) {
      const before = home.copy()
      for (let i = 0; i < rotations; i++) {
        await first.rotate(key)
        await first.backUp(key)
      }
      home.bringBack(before)
      const all = names()
      await expect(first.backUp(key)).rejects.toMatchObject(rolledBack('settings'))
      expect((await first.open(key, { lookOnly: true })).alarm).toMatchObject(rolledBack('settings'))
      expect(names()).toEqual(all)
      await first.backUp(key, { acceptOlder: true })
      await first.backUp(key)
    }
    expect(await home.mustRestoreAll(key)).toHaveLength(5)
  })

  it('of another device that was seen stops as well', async () => {
    const second = home.computer()
    await second.backUp(key)
    await first.backUp(key)
    home.lose(new RegExp(`device-${await deviceOf(second)}/record-0000000002`))
    await expect(first.backUp(key)).rejects.toMatchObject(rolledBack('rollback'))
    await expect(home.computer().open(key)).rejects.toMatchObject(rolledBack('hidden')) // the first one saw it
  })
})

describe('T08: a fork', () => {
  it('another record in place of the one that was seen stops', async () => {
    const twin = first.clone()
    const before = home.copy()
    await first.backUp(key)
    home.bringBack(before)
    await twin.backUp(key)
    await expect(first.backUp(key)).rejects.toMatchObject(rolledBack('fork'))
  })
})

describe('a clone', () => {
  it('that comes later goes on as a new device, with its past named, and no file is stored again', async () => {
    const twin = first.clone()
    const id = await deviceOf(first)
    await first.backUp(key)
    const last = await lastOf(id)
    const packs = home.names(/\/pack-/)
    await twin.backUpAsIs(key)
    const added = home.names(/\/pack-/).filter((name) => !packs.includes(name))
    const addedBytes = added.reduce((sum, name) => sum + (home.memory.objects.get(name)?.length ?? 0), 0)
    expect(addedBytes).toBeLessThanOrEqual(4096) // at most the list of files, in the smallest pack there is
    expect(await deviceOf(first)).toBe(id)
    expect(await deviceOf(twin)).not.toBe(id)
    expect(await joinOf(await deviceOf(twin))).toMatchObject({ renamedFrom: last, body: { kind: 'join' } })
    expect((await joinOf(await deviceOf(twin)))?.body).toEqual({ kind: 'join' }) // nothing was lost
    await first.backUp(key)
    await twin.backUp(key)
    expect(await home.mustRestoreAll(key)).toHaveLength(5)
  })

  it('at the same number: exactly one goes on as a new device, nobody is alarmed, neither now nor later', async () => {
    for (let round = 0; round < 4; round++) {
      const watcher = home.computer()
      await watcher.backUp(key)
      const twin = first.clone()
      const id = await deviceOf(first)
      const before = home.copy()
      await first.backUp(key)
      const afterFirst = home.copy()
      home.bringBack(before)
      await twin.backUp(key)
      for (const [name, bytes] of afterFirst) home.memory.objects.set(name, bytes)
      await watcher.backUp(key)
      for (let i = 0; i < 2; i++) for (const one of [twin, first, watcher]) await one.backUp(key)
      const kept = [await deviceOf(first), await deviceOf(twin)].filter((one) => one === id)
      expect(kept).toHaveLength(1)
      await home.computer().open(key)
    }
    expect(await home.mustRestoreAll(key)).toHaveLength(home.saved.size)
  })

  it('made before the first record of a device is noticed, too', async () => {
    const second = home.computer()
    await second.open(key)
    const twin = second.clone()
    await second.backUp(key)
    await twin.backUp(key)
    expect(await deviceOf(second)).not.toBe(await deviceOf(twin))
    await second.backUp(key)
    expect(await home.mustRestoreAll(key)).toHaveLength(4)
  })
})

describe('a state that was brought back from a copy', () => {
  it('goes on as a new device from what the place holds', async () => {
    const copy = first.copyState()
    const id = await deviceOf(first)
    await first.backUp(key)
    await first.backUp(key)
    const last = await lastOf(id)
    first.bringBackState(copy)
    const packs = home.names(/\/pack-/)
    await first.backUpAsIs(key)
    expect(home.names(/\/pack-/)).toEqual(packs)
    expect((await joinOf(await deviceOf(first)))?.renamedFrom).toEqual(last)
    await first.backUp(key)
    await home.computer().open(key)
    expect(await home.mustRestoreAll(key)).toHaveLength(5)
  })

  it('T75: a lost anchor makes a new device, and never passes for the newest state', async () => {
    const id = await deviceOf(first)
    const state = first.state.repository((await first.open(key)).id)
    for (const spoil of ['gone', 'torn'] as const) {
      for (const name of ['anchor-0', 'anchor-1']) {
        if (spoil === 'gone') fs.rmSync(`${state.path}/${name}`, { force: true })
        else fs.writeFileSync(`${state.path}/${name}`, 'torn')
      }
      await first.backUp(key)
      expect(await deviceOf(first)).not.toBe(id)
    }
    expect(await home.mustRestoreAll(key)).toHaveLength(3)
  })

  it('T75: an anchor in place of which an older one was put is the same as an older state', async () => {
    const copy = first.copyState()
    const id = await deviceOf(first)
    await first.backUp(key)
    await first.backUp(key)
    const state = first.state.repository((await first.open(key)).id)
    for (const name of ['anchor-0', 'anchor-1']) {
      fs.cpSync(`${copy}/${basename(state.path)}/${name}`, `${state.path}/${name}`)
    }
    await first.backUp(key)
    expect(await deviceOf(first)).not.toBe(id)
  })
})

describe('vanished', () => {
  it('in part: an older record gone is told once, and the run goes on', async () => {
    await first.backUp(key)
    const id = await deviceOf(first)
    home.lose(/record-0000000002/)
    expect((await first.open(key)).chain.vanished).toHaveLength(1)
    expect((await first.open(key)).chain.vanished).toEqual([])
    await first.backUp(key)
    expect(await deviceOf(first)).toBe(id)
  })

  it('T09: as a whole: stops, and nothing is made anew', async () => {
    home.memory.objects.clear()
    await expect(first.backUp(key)).rejects.toMatchObject(rolledBack('vanished'))
    expect(names()).toEqual([])
    await expect(home.computer().open(key)).rejects.toMatchObject({ code: 'no-repository' }) // T10: a new device
  })
})

it('a device that others have retired, and that wakes, goes on as a new one', async () => {
  const second = home.computer()
  await second.backUp(key)
  const id = await deviceOf(second)
  const top = await lastOf(id)
  await writeRecord(await first.open(key), { kind: 'retire', device: top }, { timeMs: home.nowMs, deviceName: 'first' })
  await second.backUp(key)
  expect((await joinOf(await deviceOf(second)))?.renamedFrom).toEqual(top)
  expect(await home.mustRestoreAll(key)).toHaveLength(3)
})
