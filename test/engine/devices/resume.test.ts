import { expect, it } from 'vitest'
import { CrashingDestination, PowerCut } from '../../helpers/crashing-destination.ts'
import { database, noise, Scene, type SceneDevice } from '../../helpers/scene.ts'

const MB = 2 ** 20

/** Several packs' worth: photos, a database and a large file. */
function fill(device: SceneDevice): void {
  for (let i = 0; i < 12; i++) device.write(`${i}.jpg`, noise(3 * MB, i))
  device.write('chats.db', database(Array.from({ length: 2500 }, (_, page) => page)))
  device.write('video.mp4', noise(9 * MB, 99))
}

const bytesOf = (scene: Scene, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (scene.memory.objects.get(name)?.length ?? 0), 0)

it('R01, T26: a first backup that was cut off at any pack goes on, and uploads no complete pack twice', async () => {
  using whole = new Scene()
  const reference = await whole.addDevice('laptop')
  fill(reference)
  const counting = new CrashingDestination(whole.place)
  await reference.backUp({}, counting)
  const size = bytesOf(whole, whole.packs)
  for (let at = 1; at <= counting.changes; at++) {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    fill(device)
    const place = new CrashingDestination(scene.place, at, 'after')
    await expect(device.backUp({}, place)).rejects.toSatisfy((error: Error) => causes(error).some(isPowerCut))
    const before = scene.packs
    const { snapshot } = await device.backUp()
    const after = scene.packs
    expect(after.slice().sort()).toEqual(expect.arrayContaining([...before]))
    // What is there twice fits into what was still open when the power went: two packs at most.
    expect(bytesOf(scene, after)).toBeLessThan(size + 17 * MB)
    expect(bytesOf(scene, after) - bytesOf(scene, before)).toBeLessThan(size - bytesOf(scene, before) + MB)
    expect(await device.restore(snapshot)).toEqual({ content: device.content, missing: [] })
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  }
}, 240_000)

it('a run that was cut off and whose files are gone leaves orphans, and they go in time', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('a.txt', 'a')
  await device.backUp()
  device.write('big.jpg', noise(2 * MB, 1))
  await device.backUp({}, new CrashingDestination(scene.place, 1, 'after')).catch(() => undefined)
  expect(scene.packs).toHaveLength(2)
  device.remove('big.jpg')
  for (let day = 0; day < 8; day++) {
    scene.passDays(12)
    device.write('a.txt', `a${day}`)
    await device.backUp()
    await device.prune({ policy: { daily: 9, weekly: 9, monthly: 12 } })
  }
  expect(bytesOf(scene, scene.packs)).toBeLessThan(2 * MB)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
})

const isPowerCut = (error: unknown): boolean => error instanceof PowerCut

function causes(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : []
}
