import { describe, expect, it } from 'vitest'
import { prune } from '#engine/retention/prune.ts'
import { undoDrops } from '#engine/retention/undo.ts'
import { DAY_MS, database, noise, Scene, type SceneDevice } from '../../helpers/scene.ts'

const KEEP_FEW = { daily: 1, weekly: 0, monthly: 0 }

/** A day of chatting: a message database that changes here and there, and a photo. */
function chat(device: SceneDevice, day: number): void {
  const pages = Array.from({ length: 200 }, (_, page) => ((page * 7 + day) % 17 === 0 ? day * 1000 + page : page))
  device.write('chats.db', database(pages))
  device.write(`photo-${day}.jpg`, noise(20_000, day))
}

/** Makes a snapshot a day. */
async function live(scene: Scene, device: SceneDevice, from: number, days: number): Promise<string[]> {
  const made: string[] = []
  for (let day = from; day < from + days; day++) {
    scene.passDays(1)
    chat(device, day)
    made.push((await device.backUp()).snapshot)
  }
  return made
}

describe('T47: cleaning up', () => {
  it('drops by the policy at once, and frees the space a month later', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    const made: string[] = []
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      device.write('today.jpg', noise(100_000, day))
      made.push((await device.backUp()).snapshot)
    }
    const packs = scene.packs
    const first = await device.prune({ policy: KEEP_FEW })
    expect(first.dropped.toSorted()).toEqual(made.slice(0, 3).toSorted())
    expect(first.condemnedBytes).toBeGreaterThan(300_000)
    expect(first.freedBytes).toBe(0)
    expect(scene.packs).toEqual(packs)
    expect((await device.snapshots()).map(({ summary }) => summary.id)).toEqual(made.slice(3).toReversed())
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })

    expect((await device.prune({ policy: KEEP_FEW })).freedBytes).toBe(0)
    const later = await live(scene, device, 10, 31)
    const second = await device.prune()
    expect(second.freedBytes).toBeGreaterThan(300_000)
    expect(packs.filter((pack) => !scene.packs.includes(pack)).length).toBeGreaterThanOrEqual(3)
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
    const { content, missing } = await device.restore(later.at(-1) ?? '')
    expect({ content, missing }).toEqual({ content: device.content, missing: [] })
    for (const { summary } of await device.snapshots()) expect((await device.restore(summary.id)).missing).toEqual([])
  })

  it('writes nothing when it is only asked what it would do', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    await live(scene, device, 0, 6)
    const before = new Map(scene.memory.objects)
    const dry = await device.prune({ policy: KEEP_FEW, dryRun: true })
    expect([...scene.memory.objects.keys()]).toEqual([...before.keys()])
    const real = await device.prune({ policy: KEEP_FEW })
    expect(real.dropped).toEqual(dry.dropped)
    expect(real.condemnedBytes).toBe(dry.condemnedBytes)
    expect(dry.dropped).toHaveLength(3)
  })

  it('gives up more than a fifth of what is stored only after a yes', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      device.write('today.jpg', noise(100_000, day))
      await device.backUp()
    }
    const before = [...scene.memory.objects.keys()]
    await expect(device.prune({ policy: KEEP_FEW, acceptChange: false })).rejects.toMatchObject({ code: 'looks-wrong' })
    expect([...scene.memory.objects.keys()]).toEqual(before)
    expect((await device.prune({ policy: KEEP_FEW, acceptChange: true })).dropped).toHaveLength(3)
  })

  it('writes half-empty packs anew, and small old ones together', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 10; i++) device.write(`${i}.jpg`, noise(50_000, i))
    await device.backUp()
    const [first = ''] = scene.packs
    for (let i = 0; i < 8; i++) device.remove(`${i}.jpg`)
    for (let day = 0; day < 8; day++) {
      scene.passDays(1)
      device.write('today.jpg', noise(30_000, 100 + day))
      await device.backUp()
    }
    await device.prune({ policy: KEEP_FEW })
    expect(await device.packsInUse()).not.toContain(first.slice(first.indexOf('/') + 1))
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
    scene.passDays(40)
    const before = await device.packsInUse()
    await device.prune({ policy: KEEP_FEW })
    expect((await device.packsInUse()).size).toBeLessThan(before.size)
    for (const { summary } of await device.snapshots()) expect((await device.restore(summary.id)).missing).toEqual([])
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  })

  it('does not go on for ever: a second time there is nothing to do', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    await live(scene, device, 0, 20)
    await device.prune()
    const before = [...scene.memory.objects.keys()]
    const again = await device.prune()
    expect(again).toEqual({ dropped: [], condemnedBytes: 0, freedBytes: 0, isWhole: true })
    expect([...scene.memory.objects.keys()]).toEqual(before)
  })

  it('never drops the last verified snapshot', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      device.write('today.jpg', noise(1000, day))
      await device.backUp({ rereadShare: day < 3 ? 1 : 0 })
    }
    const verified = (await device.snapshots())[0]?.body.lastVerified
    expect(verified).toBeUndefined() // the last three runs read nothing, so they say nothing new
    const said = (await device.snapshots()).find(({ body }) => body.lastVerified)?.body.lastVerified
    expect(said).toBeDefined()
    await device.prune({ policy: { daily: 0, weekly: 0, monthly: 0 } })
    const left = (await device.snapshots()).map(({ stored }) => stored.record.seq)
    expect(left).toContain(said?.seq)
    expect(left).toHaveLength(4)
  })

  it('does nothing while a backup waits for a yes', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 150; i++) device.write(`chat/${i}.txt`, `message ${i}`)
    for (let day = 0; day < 5; day++) {
      scene.passDays(1)
      device.write('today.jpg', noise(1000, day))
      await device.backUp()
    }
    device.remove('chat')
    await expect(device.backUp()).rejects.toMatchObject({ code: 'looks-wrong' })
    const frozen = { code: 'looks-wrong', facts: { reason: 'frozen' } }
    await expect(device.prune({ policy: KEEP_FEW, acceptChange: false })).rejects.toMatchObject(frozen)
    await device.backUp({ acceptChange: true })
    expect((await device.prune({ policy: KEEP_FEW })).dropped.length).toBeGreaterThan(0)
  })

  it('does nothing to packs when a snapshot cannot be followed to its end', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    device.write('a.txt', 'a')
    await device.backUp()
    const [first = ''] = scene.packs
    for (let day = 0; day < 5; day++) {
      scene.passDays(1)
      device.write('a.txt', `a${day}`)
      await device.backUp()
    }
    scene.memory.objects.delete(first)
    const result = await device.prune({ policy: { daily: 9, weekly: 0, monthly: 0 } })
    expect(result).toMatchObject({ isWhole: false, condemnedBytes: 0, freedBytes: 0 })
  })

  it('leaves alone what settings with a later feature ask for', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    await device.backUp()
    const repository = await device.open()
    const { newest } = repository.settings
    const config = { ...newest.config, features: [0, 0, 1] as const }
    const later = { ...repository.settings, heads: [{ ...newest, config }], newest: { ...newest, config } }
    const options = { policy: KEEP_FEW, deviceName: 'laptop', now: device.now }
    await expect(prune({ ...repository, settings: later }, options)).rejects.toMatchObject({ code: 'too-new' })
  })
})

describe('R03: 30 simulated days', () => {
  it('leave exact snapshots, a clean check, and nothing that was condemned a month ago', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    const contents = new Map<string, Record<string, string>>()
    for (let day = 0; day < 30; day++) {
      scene.passDays(1)
      chat(device, day)
      if (day > 5) device.remove(`photo-${day - 6}.jpg`)
      contents.set((await device.backUp({ rereadShare: 0.02 })).snapshot, device.content)
      if (day % 5 === 4) await device.prune()
    }
    for (let day = 30; day < 64; day++) {
      scene.passDays(1)
      contents.set((await device.backUp()).snapshot, device.content)
    }
    await device.prune()
    const snapshots = await device.snapshots()
    expect(snapshots.length).toBeLessThan(30)
    for (const { summary } of snapshots)
      expect(await device.restore(summary.id)).toEqual({ content: contents.get(summary.id), missing: [] })
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
    const { endings, listing } = await device.open()
    const inUse = await device.packsInUse()
    for (const { id, path } of listing.packs.values()) expect(inUse.has(path) || endings.packs.has(id)).toBe(true)
    const monthAgoUs = (scene.nowMs - 31 * DAY_MS) * 1000
    const old = [...endings.packs].filter(([, drops]) => drops.some(({ record }) => record.timeUs < monthAgoUs))
    expect(old.length).toBeGreaterThan(5)
    for (const [id] of old) expect(listing.packs.has(id)).toBe(false)
  })
})

it('what was dropped comes back when the drop is undone in time', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  const made = await live(scene, device, 0, 6)
  const { dropped } = await device.prune({ policy: KEEP_FEW })
  await undoDrops(await device.open(), dropped, { timeMs: scene.nowMs, deviceName: 'laptop' })
  expect((await device.snapshots()).map(({ summary }) => summary.id)).toEqual(made.toReversed())
  for (const id of dropped) expect((await device.restore(id)).missing).toEqual([])
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
})
