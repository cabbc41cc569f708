import { expect, it, onTestFinished } from 'vitest'
import { copyRepository } from '#engine/copy-repository.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { repositoryFolder } from '#engine/repository/names.ts'
import { MemoryDestination } from '../helpers/memory-destination.ts'
import { Scene } from '../helpers/scene.ts'

async function scene() {
  const made = new Scene()
  onTestFinished(() => made[Symbol.dispose]())
  const device = await made.addDevice('laptop')
  for (let i = 0; i < 8; i++) device.write(`${i}.txt`, `message ${i} `.repeat(500 * (i + 1)))
  await device.backUp()
  device.write('more.txt', 'a day later')
  made.passDays(1)
  await device.backUp()
  const { id } = await device.open()
  return { made, device, id }
}

/** Fails at one moment, like a process that was killed there, or gives back something else. */
function failingAt(place: Destination, moment: number): Destination {
  let met = 0
  const count = (): void => {
    if (++met === moment) throw new Error('killed')
  }
  return {
    label: place.label,
    identity: `${place.identity}2`,
    folder: null,
    capabilities: place.capabilities,
    makeTop: () => place.makeTop(),
    list: (folder, options) => place.list(folder, options),
    async get(name, range) {
      count()
      return place.get(name, range)
    },
    async put(name, content) {
      count()
      await place.put(name, content)
      count()
    },
    remove: (name, options) => place.remove(name, options),
    removeFolder: (name) => place.removeFolder(name),
    room: () => place.room(),
  }
}

it('a backup moves to another place whole, opens there and goes on, and the first place is as it was', async () => {
  const { made, device, id } = await scene()
  const before = new Map(made.memory.objects)
  made.memory.objects.set(`${repositoryFolder(id)}/notes of mine.txt`, Uint8Array.of(1))
  const other = new MemoryDestination()
  const told: string[] = []
  const place = failingAt(other, -1)
  const { objects } = await copyRepository(made.place, place, id, {
    onProgress: (done, all) => told.push(`${done}/${all}`),
  })
  expect(objects).toBe(before.size)
  expect(told.at(-1)).toBe(`${objects}/${objects}`)
  expect(new Map(other.objects)).toEqual(before)
  device.write('new.txt', 'written after the move')
  await device.backUp({}, place)
  expect(other.objects.size).toBeGreaterThan(before.size)
  made.memory.objects.delete(`${repositoryFolder(id)}/notes of mine.txt`)
  expect(new Map(made.memory.objects)).toEqual(before)
})

it('killed at any moment, nobody takes the half for a backup, and the next try goes on and ends whole', async () => {
  const { made, id } = await scene()
  const whole = new Map(made.memory.objects)
  for (let moment = 1; ; moment++) {
    const other = new MemoryDestination()
    const ended = await copyRepository(made.place, failingAt(other, moment), id).then(
      () => true,
      () => false,
    )
    if (ended) {
      expect(moment).toBeGreaterThan(3 * whole.size)
      return
    }
    const hasMarker = other.objects.has(`${repositoryFolder(id)}/keepsake.kps`)
    if (hasMarker) expect(other.objects.size).toBe(whole.size)
    await copyRepository(made.place, failingAt(other, -1), id)
    expect(new Map(other.objects)).toEqual(whole)
  }
})

it('a place that gives back something else is found out, and another file under a name is not replaced', async () => {
  const { made, id } = await scene()
  const [pack = ''] = made.packs
  const other = new MemoryDestination()
  other.objects.set(pack, Uint8Array.of(1, 2, 3))
  await expect(copyRepository(made.place, failingAt(other, -1), id)).rejects.toMatchObject({ code: 'damaged' })
  expect(other.objects.get(pack)).toEqual(Uint8Array.of(1, 2, 3))
  expect(other.objects.has(`${repositoryFolder(id)}/keepsake.kps`)).toBe(false)
  await expect(copyRepository(new MemoryDestination(), failingAt(other, -1), id)).rejects.toMatchObject({
    code: 'no-repository',
  })
})
