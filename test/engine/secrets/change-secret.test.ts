import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Destination } from '#engine/destination/destination.ts'
import { changeSecret } from '#engine/index.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { altered, type Computer, Household, newKey, newPassword, refusing, secretReplaced } from './household.ts'

let home: Household
let first: Computer
let key: SlotSecret
beforeEach(async () => {
  key = newKey()
  ;({ home, first } = await Household.begin(key))
})
afterEach(() => home[Symbol.dispose]())

const DAY_MS = 24 * 3600 * 1000

describe('changing the secret', () => {
  it('puts the new one in place of the old, stores nothing again, and every snapshot still opens', async () => {
    const next = newKey()
    const packs = home.names(/pack-/)
    expect(await first.change(key, next)).toEqual({ slots: ['key'], left: [] })
    expect([await home.opens(key), await home.opens(next)]).toEqual([false, true])
    expect(home.names(/slot-/)).toHaveLength(2)
    expect(home.names(/pack-/)).toEqual(packs)
    expect(await home.mustRestoreAll(next)).toHaveLength(1)
    expect(await first.backUpAsIs(next)).toMatchObject({ unchanged: true })
    expect(await first.problems(next)).toEqual([])
  })

  it('adds a second kind with keep; then each kind is changed for itself', async () => {
    const [password, nextKey, nextPassword] = [newPassword(), newKey(), newPassword()]
    expect((await first.change(key, password, true)).slots).toEqual(['password', 'key'])
    expect([await home.opens(key), await home.opens(password)]).toEqual([true, true])
    expect((await first.change(password, nextKey)).slots).toEqual(['password', 'key'])
    expect([await home.opens(key), await home.opens(password), await home.opens(nextKey)]).toEqual([false, true, true])
    // A password that was forgotten is replaced with the help of the key, and the key stays.
    expect((await first.change(nextKey, nextPassword)).slots).toEqual(['password', 'key'])
    expect([await home.opens(password), await home.opens(nextPassword), await home.opens(nextKey)]).toEqual([
      false,
      true,
      true,
    ])
  })

  it('without keep a lone secret of the other kind goes', async () => {
    const password = newPassword()
    expect((await first.change(key, password)).slots).toEqual(['password'])
    expect([await home.opens(key), await home.opens(password)]).toEqual([false, true])
  })

  it('tells what the place would not delete, and deletes it with the next backup', async () => {
    const next = newKey()
    const stubborn = refusing(home.memory, 'remove', /slot-/)
    const { left } = await first.change(key, next, false, stubborn)
    expect(left).toHaveLength(2)
    expect(home.names(/slot-/)).toHaveLength(4)
    expect(await home.opens(key)).toBe(false) // it lies there, and counts for nothing
    await first.backUp(next)
    expect(home.names(/slot-/)).toHaveLength(2)
  })

  it('says right before the settings when the new secret may begin to count, and afterwards that it may', async () => {
    for (const [what, isCommitted] of [
      [/slot-/, false],
      [/config-/, true],
    ] as const) {
      let committed = false
      const repository = await first.open(key, {}, refusing(home.memory, 'put', what))
      const options = { secret: newKey(), keepOther: false, nowMs: first.now(), onCommit: () => (committed = true) }
      await expect(changeSecret(repository, options)).rejects.toMatchObject({
        code: 'destination-full',
        facts: isCommitted ? { changed: 'perhaps' } : {},
      })
      expect(committed).toBe(isCommitted)
      expect(await home.opens(key)).toBe(true)
    }
  })

  it('a place that gives back something else than was written changes nothing', async () => {
    const known = home.copy()
    const get: Destination['get'] = async (name, range) => {
      const bytes = await home.memory.get(name, range)
      return bytes && !known.has(name) ? bytes.map((byte, i) => (i === 300 ? byte ^ 1 : byte)) : bytes
    }
    await expect(first.change(key, newKey(), false, altered(home.memory, { get }))).rejects.toMatchObject({
      code: 'damaged',
      facts: { name: expect.stringMatching(/^slot-/) },
    })
    expect(await home.opens(key)).toBe(true)
    expect(home.names(/slot-/)).toHaveLength(2)
  })

  it('settings that were superseded are swept after a month, except the newest eight', async () => {
    let secret = key
    const change = async (): Promise<void> => {
      const next = newKey()
      await first.change(secret, next)
      secret = next
    }
    for (let i = 0; i < 11; i++) await change()
    expect(home.names(/config-.*-a\.kps$/)).toHaveLength(12)
    home.nowMs = Date.now() + 40 * DAY_MS // the place's own times are of today
    await change()
    expect(home.names(/config-.*-a\.kps$/)).toHaveLength(8)
    expect(await home.mustRestoreAll(secret)).toHaveLength(1)
    expect(await first.problems(secret)).toEqual([])
  })
})

describe('two devices that change the secret at once', () => {
  it('both new ones open and the old one does not; the next change is one again', async () => {
    const second = home.computer()
    await second.backUp(key)
    const [a, b, c] = [newKey(), newKey(), newKey()]
    const opened = [await first.open(key), await second.open(key)] as const
    const before = home.copy()
    await changeSecret(opened[0], { secret: a, keepOther: false, nowMs: first.now() })
    const afterA = home.copy()
    home.bringBack(before) // each sees the place without the other's change
    await changeSecret(opened[1], { secret: b, keepOther: false, nowMs: second.now() })
    for (const [name, bytes] of afterA)
      if (!/slot-/.test(name) || !before.has(name)) home.memory.objects.set(name, bytes)
    expect([await home.opens(key), await home.opens(a), await home.opens(b)]).toEqual([false, true, true])
    await first.backUp(a)
    await second.backUp(b)
    expect((await second.open(b)).settings.heads).toHaveLength(2)
    await second.change(b, c)
    expect([await home.opens(a), await home.opens(b), await home.opens(c)]).toEqual([false, false, true])
    expect((await second.open(c)).settings.heads).toHaveLength(1)
    await expect(first.backUp(a)).rejects.toMatchObject(secretReplaced)
    await first.backUp(c)
    expect(await home.mustRestoreAll(c)).toHaveLength(5)
  })
})
