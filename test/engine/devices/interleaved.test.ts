import { describe, expect, it } from 'vitest'
import { InterleavingDestination } from '../../helpers/interleaving-destination.ts'
import { DAY_MS, noise, Scene, type SceneDevice } from '../../helpers/scene.ts'

const KEEP_FEW = { daily: 1, weekly: 0, monthly: 0 }

/**
 * Which calls of a piece of work something else comes between: every n-th, and with KEEPSAKE_EVERY_POINT=1 in the
 * environment each of them (minutes; the model of `npm run test:model` comes between at random).
 */
function pointsOf(calls: number, every: number): readonly number[] {
  const step = process.env['KEEPSAKE_EVERY_POINT'] ? 1 : every
  return Array.from({ length: Math.ceil(calls / step) }, (_, i) => 1 + i * step)
}

/** Calls that a piece of work makes at the place. */
async function callsOf(work: (place: InterleavingDestination) => Promise<unknown>, scene: Scene): Promise<number> {
  const counting = new InterleavingDestination(scene.place, Number.POSITIVE_INFINITY, async () => undefined)
  await work(counting)
  return counting.calls
}

/** Everything that any snapshot needs is there, and every byte of it is proven. */
async function mustBeWhole(device: SceneDevice): Promise<void> {
  expect((await device.snapshots()).length).toBeGreaterThan(0)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
}

describe('T33, R21: two devices at once', () => {
  it('make two chains, lose nothing and share what is equal, whenever one acts while the other is at work', async () => {
    const shared = noise(60_000, 1)
    const prepare = async (scene: Scene) => {
      const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
      a.write('shared.jpg', shared)
      a.write('a.txt', 'a')
      b.write('shared.jpg', shared)
      b.write('b.txt', 'b')
      return { a, b }
    }
    using first = new Scene()
    const one = await prepare(first)
    const calls = await callsOf((place) => one.a.backUp({}, place), first)
    for (const at of pointsOf(calls, 2)) {
      using scene = new Scene()
      const { a, b } = await prepare(scene)
      let other = ''
      const place = new InterleavingDestination(scene.place, at, async () => {
        other = (await b.backUp()).snapshot
      })
      const { snapshot } = await a.backUp({}, place)
      expect(await a.restore(snapshot)).toEqual({ content: a.content, missing: [] })
      expect(await a.restore(other)).toEqual({ content: b.content, missing: [] })
      scene.passDays(1)
      a.write('a.txt', `a${at}`)
      await a.backUp()
      await b.backUp()
      const devices = new Set((await b.snapshots()).map(({ summary }) => summary.deviceId))
      expect(devices.size).toBe(2)
      await mustBeWhole(b)
    }
  }, 120_000)

  it('back up the same again without storing it twice', async () => {
    using scene = new Scene()
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    for (const device of [a, b]) device.write('shared.jpg', noise(500_000, 1))
    await a.backUp()
    expect((await b.backUp()).addedBytes).toBeLessThan(20_000)
  })
})

describe('R22: cleaning up while another device backs up', () => {
  /** `b` relies on what only dropped snapshots need: the content comes back in `b`'s folder. */
  const prepare = async (scene: Scene) => {
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    b.write('b.txt', 'b')
    await b.backUp()
    a.write('again.jpg', noise(100_000, 1))
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      if (day === 1) a.remove('again.jpg')
      a.write('today.jpg', noise(5000, 10 + day))
      await a.backUp()
    }
    b.write('again.jpg', noise(100_000, 1))
    return { a, b }
  }

  it('loses nothing, at whichever step it comes', async () => {
    using first = new Scene()
    const one = await prepare(first)
    const calls = await callsOf((place) => one.b.backUp({}, place), first)
    for (const at of pointsOf(calls, 7)) {
      using scene = new Scene()
      const { a, b } = await prepare(scene)
      const place = new InterleavingDestination(scene.place, at, async () => {
        await a.prune({ policy: KEEP_FEW })
      })
      const { snapshot } = await b.backUp({}, place)
      expect(await b.restore(snapshot)).toEqual({ content: b.content, missing: [] })
      // Months go by, both back up, and a removes what it may.
      for (let day = 0; day < 4; day++) {
        scene.passDays(12)
        a.write('today.jpg', noise(5000, 100 + day))
        await a.backUp()
        await b.backUp()
      }
      await a.prune()
      await mustBeWhole(b)
      expect((await b.restore((await b.backUp()).snapshot)).missing).toEqual([])
    }
  }, 240_000)

  it('leaves alone what the other has just stored and not committed yet', async () => {
    using scene = new Scene()
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    a.write('a.txt', 'a')
    await a.backUp()
    b.write('photo.jpg', noise(200_000, 2))
    let condemned = -1
    const place = new InterleavingDestination(scene.place, /-snap-/, async () => {
      condemned = (await a.prune({ policy: KEEP_FEW })).condemnedBytes
    })
    await b.backUp({}, place)
    expect(condemned).toBe(0)
    await mustBeWhole(b)
  })

  it('two clean-ups at once take nothing away that is needed', async () => {
    using first = new Scene()
    const one = await prepare(first)
    await one.b.backUp()
    const calls = await callsOf((place) => one.a.prune({ policy: KEEP_FEW }, place), first)
    for (const at of pointsOf(calls, 9)) {
      using scene = new Scene()
      const { a, b } = await prepare(scene)
      await b.backUp()
      const place = new InterleavingDestination(scene.place, at, async () => {
        await b.prune({ policy: KEEP_FEW })
      })
      await a.prune({ policy: KEEP_FEW }, place)
      for (let day = 0; day < 4; day++) {
        scene.passDays(12)
        await a.backUp()
        await b.backUp()
      }
      await a.prune({ policy: KEEP_FEW })
      await b.prune({ policy: KEEP_FEW })
      await mustBeWhole(a)
    }
  }, 240_000)
})

describe('R22, R25: a device that sleeps', () => {
  it('wakes after 60 days in the middle of a backup, and stores again what went meanwhile', async () => {
    const prepare = async (scene: Scene) => {
      const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
      b.write('b.txt', 'b')
      await b.backUp()
      a.write('again.jpg', noise(100_000, 1))
      for (let day = 0; day < 6; day++) {
        scene.passDays(1)
        if (day === 1) a.remove('again.jpg')
        a.write('today.jpg', noise(5000, 10 + day))
        await a.backUp()
      }
      b.write('again.jpg', noise(100_000, 1))
      return { a, b }
    }
    using first = new Scene()
    const one = await prepare(first)
    const calls = await callsOf((place) => one.b.backUp({}, place), first)
    for (const at of pointsOf(calls, 7)) {
      using scene = new Scene()
      const { a, b } = await prepare(scene)
      const place = new InterleavingDestination(scene.place, at, async () => {
        for (let day = 0; day < 6; day++) {
          scene.passDays(10)
          a.write('today.jpg', noise(5000, 100 + day))
          await a.backUp()
          await a.prune({ policy: KEEP_FEW })
        }
      })
      const { snapshot } = await b.backUp({}, place)
      expect(await b.restore(snapshot)).toEqual({ content: b.content, missing: [] })
      await mustBeWhole(b)
    }
  }, 240_000)

  it('is waited for: nothing is removed that it has not been told of', async () => {
    using scene = new Scene()
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    b.write('b.txt', 'b')
    await b.backUp()
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      a.write('today.jpg', noise(5000, day))
      await a.backUp()
    }
    await a.prune({ policy: KEEP_FEW })
    for (let day = 0; day < 5; day++) {
      scene.passDays(20)
      await a.backUp()
    }
    expect((await a.prune()).freedBytes).toBe(0)
    await b.backUp()
    expect((await a.prune()).freedBytes).toBeGreaterThan(0)
    await mustBeWhole(b)
  })

  it('is retired after half a year, and goes on as a new device when it wakes', async () => {
    using scene = new Scene()
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    b.write('b.jpg', noise(50_000, 1))
    const old = await b.backUp()
    const oldId = (await b.open()).deviceId
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      a.write('today.jpg', noise(5000, day))
      await a.backUp()
    }
    await a.prune({ policy: KEEP_FEW })
    scene.passDays(175)
    for (let day = 0; day < 4; day++) {
      scene.passDays(3)
      await a.backUp()
      await a.prune({ policy: KEEP_FEW })
    }
    const retired = (await a.open()).endings.retired
    expect([...retired.keys()]).toEqual([oldId])
    for (let day = 0; day < 4; day++) {
      scene.passDays(12)
      await a.backUp()
    }
    expect((await a.prune({ policy: KEEP_FEW })).freedBytes).toBeGreaterThan(0)
    b.write('b2.jpg', noise(50_000, 2))
    const { snapshot } = await b.backUp()
    expect((await b.open()).deviceId).not.toBe(oldId)
    expect(await b.restore(snapshot)).toEqual({ content: b.content, missing: [] })
    expect((await b.restore(old.snapshot)).missing).toEqual([])
    expect(await b.backUp()).toMatchObject({ unchanged: true })
    await mustBeWhole(b)
  })

  it('that only cleaned up here and never backed up is not waited for', async () => {
    using scene = new Scene()
    const [a, c] = [await scene.addDevice('a'), await scene.addDevice('c')]
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      a.write('today.jpg', noise(5000, day))
      await a.backUp()
    }
    await c.prune({ policy: KEEP_FEW })
    for (let day = 0; day < 4; day++) {
      scene.passDays(12)
      await a.backUp()
    }
    expect((await a.prune()).freedBytes).toBeGreaterThan(0)
    c.write('c.txt', 'c')
    await c.backUp()
    expect((await c.open()).listing.records.filter(({ record }) => record === 'join')).toHaveLength(2)
    await mustBeWhole(c)
  })
})

describe('T34, R23: clocks that are wrong', () => {
  it.each([
    ['1970', (nowMs: number) => -nowMs],
    ['2100', () => 75 * 365 * DAY_MS],
    ['two days ahead', () => 2 * DAY_MS],
    ['two days behind', () => -2 * DAY_MS],
  ])('in the middle of a history (%s) lose nothing, and nothing goes too early', async (_, ahead) => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    const made: string[] = []
    const kept = new Map<string, unknown>()
    for (let day = 0; day < 12; day++) {
      scene.passDays(1)
      device.aheadMs = day >= 5 && day < 8 ? ahead(scene.nowMs) : 0
      device.write('today.jpg', noise(5000, day))
      const { snapshot } = await device.backUp()
      made.push(snapshot)
      kept.set(snapshot, device.content)
      expect((await device.prune()).freedBytes).toBe(0)
    }
    expect((await device.snapshots())[0]?.summary.id).toBe(made.at(-1))
    for (const { summary } of await device.snapshots())
      expect(await device.restore(summary.id)).toEqual({ content: kept.get(summary.id), missing: [] })
    const left = (await device.snapshots()).map(({ summary }) => made.indexOf(summary.id))
    expect(left).toEqual(expect.arrayContaining([11, 10, 9]))
    expect(left.length).toBeGreaterThanOrEqual(7)
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  })

  it('that leap a century ahead in one moment retire nobody and remove nothing', async () => {
    using scene = new Scene()
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    b.write('b.txt', 'b')
    await b.backUp()
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      a.write('today.jpg', noise(5000, day))
      await a.backUp()
    }
    await a.prune({ policy: KEEP_FEW })
    a.aheadMs = 75 * 365 * DAY_MS
    await a.backUp()
    const before = scene.packs
    expect((await a.prune({ policy: KEEP_FEW })).freedBytes).toBe(0)
    expect((await a.open()).endings.retired.size).toBe(0)
    expect(scene.packs).toEqual(before)
  })

  it('a drop that was dated in the future is said again with the right date, and goes in time', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let day = 0; day < 6; day++) {
      scene.passDays(1)
      device.write('today.jpg', noise(5000, day))
      await device.backUp()
    }
    device.aheadMs = 75 * 365 * DAY_MS
    await device.prune({ policy: KEEP_FEW })
    device.aheadMs = 0
    for (let day = 0; day < 8; day++) {
      scene.passDays(10)
      await device.backUp()
      await device.prune({ policy: KEEP_FEW })
    }
    const inUse = await device.packsInUse()
    expect(scene.packs.filter((pack) => !inUse.has(pack.slice(pack.indexOf('/') + 1)))).toEqual([])
    expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  })
})

it('what another device adds, with whatever dates, pushes out nothing of this one', async () => {
  using scene = new Scene()
  const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
  for (let day = 0; day < 10; day++) {
    scene.passDays(1)
    a.write('today.jpg', noise(5000, day))
    await a.backUp()
  }
  const mine = (await a.snapshots()).map(({ summary }) => summary.id)
  for (let fake = 0; fake < 40; fake++) {
    b.aheadMs = (fake - 20) * 31 * DAY_MS
    b.write('today.jpg', noise(500, 1000 + fake))
    await b.backUp({ acceptChange: true })
  }
  b.aheadMs = 0
  await b.prune()
  const left = (await a.snapshots()).map(({ summary }) => summary.id)
  expect(left.filter((id) => mine.includes(id))).toHaveLength(8) // seven days, and the newest of the week before
  expect(left).toContain(mine[0])
})
