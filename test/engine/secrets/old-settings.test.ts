import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { below } from '#engine/destination/destination.ts'
import { openDestination } from '#engine/destination/open-destination.ts'
import { slotName } from '#engine/repository/names.ts'
import { openRepository } from '#engine/repository/open-repository.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { makeSlot, putSlot } from '#engine/repository/write-settings.ts'
import { DatedDestination } from '../../helpers/dated-destination.ts'
import { type Computer, Household, newKey, newPassword, rolledBack, secretReplaced } from './household.ts'

let home: Household
let first: Computer
let key: SlotSecret
beforeEach(async () => {
  key = newKey()
  ;({ home, first } = await Household.begin(key))
})
afterEach(() => home[Symbol.dispose]())

const names = (): string[] => [...home.memory.objects.keys()].sort()

describe('slots that nobody lists', () => {
  it('T15: one that the place adds for the true root opens nothing', async () => {
    const { destination, keyring, root } = await first.open(key)
    const theirs = newKey()
    await putSlot(destination, await makeSlot(keyring.repoId, theirs, root))
    expect([await home.opens(theirs), await home.opens(key)]).toEqual([false, true])
    await expect(home.computer().open(theirs)).rejects.toMatchObject(secretReplaced)
  })

  it('T16: an old one that is brought back opens nothing, and goes with the next backup', async () => {
    const before = home.copy()
    const next = newKey()
    await first.change(key, next)
    for (const [name, bytes] of before) if (/slot-/.test(name)) home.memory.objects.set(name, bytes)
    expect([await home.opens(key), await home.opens(next)]).toEqual([false, true])
    await first.backUp(next)
    expect(home.names(/slot-/)).toHaveLength(2)
  })

  it('T16: the old slot of a rotation, with the same secret, does not lead to the old root', async () => {
    const before = home.copy()
    await first.rotate(key)
    for (const [name, bytes] of before) if (/slot-/.test(name)) home.memory.objects.set(name, bytes)
    expect((await home.computer().open(key)).root.epoch).toBe(1)
    expect((await first.open(key)).root.epoch).toBe(1)
  })
})

describe('T17: old slots and old settings together', () => {
  it('are an alarm for a device that has seen newer ones, with either secret, and nothing is written', async () => {
    const before = home.copy()
    const next = newKey()
    await first.change(key, next)
    home.lose(/config-|slot-/, new Map())
    for (const [name, bytes] of before) if (/config-|slot-/.test(name)) home.memory.objects.set(name, bytes)
    const all = names()
    for (const secret of [key, next]) await expect(first.backUp(secret)).rejects.toMatchObject(rolledBack('settings'))
    expect(names()).toEqual(all)
  })

  it('are an alarm for a new device as well, when a snapshot that knew newer ones is to be seen', async () => {
    const before = home.copy()
    const next = newKey()
    await first.change(key, next)
    await first.backUp(next)
    home.lose(/config-|slot-/)
    for (const [name, bytes] of before) if (/config-|slot-/.test(name)) home.memory.objects.set(name, bytes)
    await expect(home.computer().open(key)).rejects.toMatchObject(rolledBack('settings'))
  })

  it('one of two heads that is hidden is an alarm for who has seen it', async () => {
    const second = home.computer()
    await second.backUp(key)
    const before = home.copy()
    const [a, b] = [newKey(), newKey()]
    await first.change(key, a)
    const afterA = home.copy()
    home.bringBack(before)
    await second.change(key, b)
    for (const [name, bytes] of afterA) if (!before.has(name)) home.memory.objects.set(name, bytes)
    const third = home.computer()
    expect((await third.open(b)).settings.heads).toHaveLength(2)
    home.lose(/config-00000002/, new Map([...home.memory.objects].filter(([name]) => !afterA.has(name))))
    await expect(third.open(b)).rejects.toMatchObject(rolledBack('settings'))
    expect((await home.computer().open(b)).settings.heads).toHaveLength(1)
  })

  it('many changes that a device has slept through are none', async () => {
    const second = home.computer()
    await second.backUp(key)
    let secret = key
    for (let i = 0; i < 12; i++) {
      const next = newKey()
      await first.change(secret, next)
      if (i % 5 === 4) await first.rotate(next)
      secret = next
    }
    home.nowMs = Date.now() + 40 * 24 * 3600 * 1000
    await first.rotate(secret)
    await second.backUp(secret)
    expect(await home.mustRestoreAll(secret)).toHaveLength(3)
  })
})

describe('what the place has lost', () => {
  it('of the settings is told as such to a device that has seen them, and not as a wrong secret', async () => {
    await first.change(key, newPassword(), true)
    for (const what of [/config-/, /config-00000002/, /slot-/]) {
      const all = home.copy()
      home.lose(what)
      await expect(openByName(first, key)).rejects.toMatchObject(rolledBack('settings'))
      home.bringBack(all)
    }
    await first.open(key)
    await expect(first.open(newKey())).rejects.toMatchObject({ code: 'wrong-secret', facts: {} })
  })

  it('of copies comes back with the next backup', async () => {
    const all = names()
    for (const copy of ['a', 'b']) {
      home.lose(new RegExp(`slot-.*-${copy}\\.kps$|config-.*-${copy}\\.kps$`))
      home.nowMs = Date.now() + 2 * 3600 * 1000
      await first.backUpAsIs(key)
      expect(names()).toEqual(expect.arrayContaining(all))
      expect(await first.problems(key)).toEqual([])
    }
    const spoilt = home.names(/^(slot|config)-.*-a\.kps$/)
    for (const name of [...home.memory.objects.keys()].filter((path) => spoilt.some((one) => path.endsWith(one)))) {
      const bytes = home.memory.objects.get(name)
      if (bytes) bytes[200] = (bytes[200] ?? 0) ^ 1
    }
    expect(await first.problems(key)).toHaveLength(2)
    await first.backUpAsIs(key)
    expect(await first.problems(key)).toEqual([])
  })
})

describe('more slots than are tried', () => {
  it('a device tries first what it remembers; a new one what is newest', async () => {
    home.nowMs = Date.now() + 3600 * 1000 // later than all that is there
    const dated = new DatedDestination(home.memory, () => home.nowMs)
    const { id, keyring, root } = await first.open(key)
    const folder = `keepsake-${id.slice(0, 16)}`
    for (let i = 0; i < 10; i++) {
      home.nowMs += 1000
      const { listed, bytes } = await makeSlot(keyring.repoId, newKey(), root)
      const slotId = Buffer.from(listed.slotId).toString('hex').replace(/^../, '00')
      for (const copy of ['a', 'b'] as const) await dated.put(`${folder}/${slotName(slotId, copy)}`, bytes)
    }
    expect((await first.open(key, {}, dated)).id).toBe(id) // ten newer ones, all sorted before
    await expect(home.computer().open(key, {}, dated)).rejects.toMatchObject({ code: 'wrong-secret' })
    home.nowMs += 1000
    const next = newKey()
    await first.change(key, next, false, dated)
    expect((await home.computer().open(next, {}, dated)).id).toBe(id)
  })
})

/** Opens what is there, whether or not it is recognised as a repository still. */
async function openByName(computer: Computer, secret: SlotSecret): Promise<unknown> {
  const [known] = await computer.state.known(home.memory)
  if (known === undefined) throw new Error('no repository is known')
  const destination = below(home.memory, `keepsake-${known.slice(0, 16)}`)
  return openRepository({ id: known, destination, state: computer.state.repository(known), opener: secret })
}

it('a place that is not there is no alarm', async () => {
  const place = openDestination(`${home.top}/unplugged`)
  await expect(first.open(key, {}, place)).rejects.toMatchObject({ code: 'destination-missing' })
})
