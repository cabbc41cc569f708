import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { CrashingDestination, PowerCut } from '../../helpers/crashing-destination.ts'
import { type Computer, Household, newKey } from './household.ts'

type Act = (computer: Computer, old: SlotSecret, next: SlotSecret, place: Destination) => Promise<unknown>

/** Changes that an act makes at the place. */
async function changesOf(act: Act): Promise<number> {
  const key = newKey()
  const { home, first } = await Household.begin(key)
  using _home = home
  const place = new CrashingDestination(home.memory)
  await act(first, key, newKey(), place)
  return place.changes
}

function mustBePowerCut(error: unknown): void {
  const cause = error instanceof BackupError ? error.cause : error
  if (!(cause instanceof PowerCut)) throw error
}

/** Cuts an act off at every change it makes at the place, before and after it, each time with the same end. */
async function cutEverywhere(act: Act, check: (cut: Cut) => Promise<void>): Promise<number> {
  const changes = await changesOf(act)
  for (let at = 1; at <= changes; at++) {
    for (const when of ['before', 'after'] as const) {
      const [old, next] = [newKey(), newKey()]
      const { home, first } = await Household.begin(old)
      using _home = home
      await first.backUp(old)
      const place = new CrashingDestination(home.memory, at, when)
      await act(first, old, next, place).catch(mustBePowerCut)
      await check({ home, first, old, next, where: `${when} change ${at}` }).catch((cause: unknown) => {
        throw new Error(`${when} change ${at} of ${changes}: ${String(cause)}`, { cause })
      })
    }
  }
  return changes
}

type Cut = Readonly<{ home: Household; first: Computer; old: SlotSecret; next: SlotSecret; where: string }>

const change: Act = (computer, old, next, place) => computer.change(old, next, false, place)
const rotate: Act = (computer, old, _next, place) => computer.rotate(old, {}, place)

describe('T27: the power goes at any moment of a change of the secret', () => {
  it('either the old secret opens or the new one, every snapshot is there, and the next run ends in order', async () => {
    const changes = await cutEverywhere(change, async ({ home, first, old, next }) => {
      const opens = [await home.opens(old), await home.opens(next)]
      expect(opens).toContain(true)
      expect(opens).toContain(false)
      const [secret, other] = opens[0] ? [old, next] : [next, old]
      expect(await home.mustRestoreAll(secret)).toHaveLength(2)
      await expect(first.open(other)).rejects.toMatchObject({ code: 'wrong-secret' })
      const last = newKey()
      await first.change(secret, last)
      expect([await home.opens(secret), await home.opens(other), await home.opens(last)]).toEqual([false, false, true])
      expect(home.names(/slot-/)).toHaveLength(2) // nothing is left of what was cut off
      await first.backUp(last)
      expect(await first.problems(last)).toEqual([])
      expect(await home.mustRestoreAll(last)).toHaveLength(3)
    })
    expect(changes).toBe(6) // slot a, b; config a, b; the old slot's copies
  })

  it('many changes cut off in a row leave no heap of slots, and nobody is locked out', async () => {
    const key = newKey()
    const { home, first } = await Household.begin(key)
    using _home = home
    for (let i = 0; i < 12; i++) {
      const place = new CrashingDestination(home.memory, 2, 'after')
      await change(first, key, newKey(), place).catch(mustBePowerCut)
    }
    expect(home.names(/slot-/).length).toBeLessThanOrEqual(4)
    expect(await home.opens(key)).toBe(true)
    await first.backUp(key)
    expect(home.names(/slot-/)).toHaveLength(2)
  })
})

describe('T28: the power goes at any moment of a rotation', () => {
  it('the secret opens every snapshot, on a new computer and on this one, and nothing is stored again', async () => {
    const changes = await cutEverywhere(rotate, async ({ home, first, old }) => {
      expect(await home.mustRestoreAll(old)).toHaveLength(2)
      const packs = home.names(/\/pack-/).length
      expect(await first.backUpAsIs(old)).toMatchObject({ unchanged: true })
      expect(home.names(/\/pack-/)).toHaveLength(packs)
      await first.rotate(old)
      expect(home.names(/slot-/)).toHaveLength(2)
      expect(await first.backUpAsIs(old)).toMatchObject({ unchanged: true })
      expect(await first.problems(old)).toEqual([])
      expect(await home.mustRestoreAll(old)).toHaveLength(4)
    })
    expect(changes).toBe(7) // slot a, b; index; config a, b; the old slot's copies
  })
})

it('T26: a record that was written when the power went makes no new device', async () => {
  const key = newKey()
  const { home, first } = await Household.begin(key)
  using _home = home
  const { deviceId } = await first.open(key)
  const place = new CrashingDestination(home.memory)
  await first.backUp(key, {}, place)
  for (const when of ['before', 'after'] as const) {
    const cut = new CrashingDestination(home.memory, place.changes, when) // the snapshot's record comes last
    await first.backUp(key, {}, cut).catch(mustBePowerCut)
    expect((await first.open(key)).deviceId).toBe(deviceId)
    home.saved.clear()
    await first.backUp(key)
  }
  expect((await first.open(key)).deviceId).toBe(deviceId)
})
