import { expect, it } from 'vitest'
import { listDevices, retireDevice } from '#engine/devices.ts'
import { Scene } from '../../helpers/scene.ts'

it('a backup knows its computers by name and last backup; one that is gone can be retired, and goes on as a new one', async () => {
  using scene = new Scene()
  const [laptop, desk] = [await scene.addDevice('laptop'), await scene.addDevice('desk')]
  laptop.write('a.txt', 'a')
  desk.write('b.txt', 'b')
  await laptop.backUp()
  const laptopMs = scene.nowMs
  scene.passDays(2)
  await desk.backUp()
  const list = async (device = desk) =>
    (await listDevices(await device.open(), scene.nowMs)).map(({ name, lastBackupMs, isThis, isRetired }) => ({
      name,
      lastBackupMs,
      isThis,
      isRetired,
    }))
  expect(await list()).toEqual([
    { name: 'desk', lastBackupMs: scene.nowMs, isThis: true, isRetired: false },
    { name: 'laptop', lastBackupMs: laptopMs, isThis: false, isRetired: false },
  ])
  const facts = { nowMs: scene.nowMs, deviceName: 'desk' }
  const [own, other] = await listDevices(await desk.open(), scene.nowMs)
  const missing = { code: 'not-found' }
  await expect(retireDevice(await desk.open(), own?.deviceId ?? '', facts)).rejects.toMatchObject(missing)
  await expect(retireDevice(await desk.open(), 'ab'.repeat(16), facts)).rejects.toMatchObject(missing)
  await retireDevice(await desk.open(), other?.deviceId ?? '', facts)
  const records = scene.objects(/-retire-/).length
  await retireDevice(await desk.open(), other?.deviceId ?? '', facts)
  expect(scene.objects(/-retire-/)).toHaveLength(records)
  expect((await list()).map(({ name, isRetired }) => `${name} ${isRetired}`)).toEqual(['desk false', 'laptop true'])
  expect(await desk.snapshots()).toHaveLength(2)
  scene.passDays(1)
  await laptop.backUp()
  expect((await list(laptop)).map(({ name, isRetired }) => `${name} ${isRetired}`)).toEqual([
    'laptop false',
    'desk false',
    'laptop true',
  ])
})
