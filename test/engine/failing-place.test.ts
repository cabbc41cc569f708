import { expect, it } from 'vitest'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { check } from '#engine/index.ts'
import { noise, Scene, type SceneDevice } from '../helpers/scene.ts'
import { altered } from './secrets/household.ts'

const POINTS = 40

/** A place that refuses everything that is to be stored from the n-th object on, counted from 1, until it is well again. */
class FailingPlace {
  readonly place: Destination
  puts = 0
  failAt = Number.POSITIVE_INFINITY

  constructor(inner: Destination, code: ErrorCode) {
    const put: Destination['put'] = async (name, bytes) => {
      if (++this.puts >= this.failAt) throw new BackupError(code)
      await inner.put(name, bytes)
    }
    this.place = altered(inner, { put })
  }
}

/** Chats that take packs enough to fail at so many points. */
function fill(device: SceneDevice, round: number): void {
  for (let i = 0; i < 45; i++) device.write(`${round}-${i}.jpg`, noise(2 ** 20, round * 100 + i))
}

it.each([
  'destination-full',
  'offline',
] as const)('R13, T31: the place ends with %s at any of many objects: what was saved is whole, and it goes on from there', async (code) => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('chat.txt', 'hello')
  const first = await device.backUp()
  const before = device.content
  fill(device, 1)
  const failing = new FailingPlace(scene.place, code)
  let failures = 0
  for (let point = 1; point <= POINTS; point++) {
    failing.puts = 0
    failing.failAt = 1 + ((point - 1) % 5)
    const packs = scene.packs.length
    try {
      await device.backUp({}, failing.place)
      device.write(`more-${point}.jpg`, noise(300_000, 5000 + point))
    } catch (error) {
      expect(BackupError.from(error).code).toBe(code)
      failures++
      expect(scene.packs.length - packs).toBeLessThan(failing.failAt)
    }
  }
  expect(failures).toBeGreaterThan(5)
  failing.failAt = Number.POSITIVE_INFINITY
  const last = await device.backUp({}, failing.place)
  expect(await check(await device.open(), true)).toMatchObject({ ok: true, problems: [] })
  expect(await device.restore(last.snapshot)).toEqual({ content: device.content, missing: [] })
  expect(await device.restore(first.snapshot)).toEqual({ content: before, missing: [] })
})
