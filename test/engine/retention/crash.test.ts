import { expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { CrashingDestination, PowerCut } from '../../helpers/crashing-destination.ts'
import { type Content, noise, Scene, type SceneDevice } from '../../helpers/scene.ts'

const KEEP_FEW = { daily: 2, weekly: 0, monthly: 0 }

/** A history after which a clean-up does everything that it can do: drop, copy, condemn, and remove what is due. */
async function history(scene: Scene): Promise<Readonly<{ device: SceneDevice; contents: Map<string, Content> }>> {
  const device = await scene.addDevice('laptop')
  const contents = new Map<string, Content>()
  const backUp = async (): Promise<void> => {
    scene.passDays(1)
    contents.set((await device.backUp()).snapshot, device.content)
  }
  for (let i = 0; i < 6; i++) device.write(`${i}.jpg`, noise(20_000, i))
  for (let day = 0; day < 6; day++) {
    device.write('today.jpg', noise(10_000, 100 + day))
    if (day > 1) device.remove(`${day}.jpg`)
    await backUp()
  }
  await device.prune({ policy: KEEP_FEW })
  for (let day = 0; day < 4; day++) {
    scene.passDays(9)
    device.write('today.jpg', noise(10_000, 200 + day))
    await backUp()
  }
  return { device, contents }
}

async function changesOf(): Promise<number> {
  using scene = new Scene()
  const { device } = await history(scene)
  const counting = new CrashingDestination(scene.place)
  const result = await device.prune({ policy: KEEP_FEW }, counting)
  expect(result.freedBytes).toBeGreaterThan(0)
  expect(result.condemnedBytes).toBeGreaterThan(0)
  expect(result.dropped.length).toBeGreaterThan(0)
  return counting.changes
}

it('R03, T47: cut off at any step, everything that is kept is whole, and the next time goes on', async () => {
  const changes = await changesOf()
  expect(changes).toBeGreaterThanOrEqual(8)
  for (let at = 1; at <= changes; at++) {
    for (const when of ['before', 'after'] as const) {
      using scene = new Scene()
      const { device, contents } = await history(scene)
      const place = new CrashingDestination(scene.place, at, when)
      const thrown = await device.prune({ policy: KEEP_FEW }, place).catch((error: unknown) => error)
      expect(thrown instanceof BackupError ? thrown.cause : thrown).toBeInstanceOf(PowerCut)
      await mustBeWhole(device)
      await device.prune({ policy: KEEP_FEW })
      await mustBeWhole(device)
      scene.passDays(1)
      device.write('after.txt', 'after')
      const { snapshot } = await device.backUp()
      contents.set(snapshot, device.content)
      await mustBeWhole(device)
      for (const { summary } of await device.snapshots())
        expect(await device.restore(summary.id)).toEqual({ content: contents.get(summary.id), missing: [] })
    }
  }
}, 300_000)

async function mustBeWhole(device: SceneDevice): Promise<void> {
  const repository = await device.open()
  expect(repository.chain.vanished).toEqual([])
  expect((await device.snapshots()).length).toBeGreaterThanOrEqual(3)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
}

it('a clean-up that was cut off after copying does not copy again', async () => {
  using scene = new Scene()
  const { device } = await history(scene)
  const counting = new CrashingDestination(scene.place, 2, 'after') // the copies and their index are there
  await device.prune({ policy: KEEP_FEW }, counting).catch(() => undefined)
  const copies = scene.packs
  await device.prune({ policy: KEEP_FEW })
  expect(scene.packs.filter((pack) => !copies.includes(pack))).toEqual([])
})
