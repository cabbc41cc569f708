import { expect, it } from 'vitest'
import { backUp, FolderSource } from '#engine/index.ts'
import { DAY_MS, database, noise, Scene } from '../../helpers/scene.ts'

it('T12, R12: a pack that is gone is stored again from the source, and older snapshots are whole again', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('photo.jpg', noise(300_000, 1))
  device.write('chat.txt', 'hello '.repeat(2000))
  const first = await device.backUp()
  const [photoPack = ''] = scene.packs
  const before = device.content
  device.write('later.txt', 'more')
  await device.backUp()
  scene.memory.objects.delete(photoPack)
  expect((await device.check()).ok).toBe(false)
  const healed = await device.backUp()
  expect(healed.addedBytes).toBeGreaterThan(300_000)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  expect(await device.restore(first.snapshot)).toEqual({ content: before, missing: [] })
})

it('T12: databases heal by page, under every snapshot whose pages still stand in the file', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  const pages = Array.from({ length: 400 }, (_, page) => page + 10)
  device.write('chats.db', database(pages))
  const first = await device.backUp()
  const [pack = ''] = scene.packs
  const grown = [...pages, ...pages.map((seed) => seed + 1000)]
  device.write('chats.db', database(grown))
  const second = await device.backUp()
  const before = device.content
  scene.memory.objects.delete(pack)
  device.write('chats.db', database(grown.map((seed, page) => (page > 790 ? seed + 5000 : seed))))
  const third = await device.backUp()
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  expect(await device.restore(third.snapshot)).toEqual({ content: device.content, missing: [] })
  expect(await device.restore(second.snapshot)).toEqual({ content: before, missing: [] })
  expect((await device.restore(first.snapshot)).missing).toEqual([])
})

it('a database whose old pages are gone is whole in the next snapshot, and the older one says so', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  const pages = Array.from({ length: 100 }, (_, page) => page + 10)
  device.write('chats.db', database(pages))
  const first = await device.backUp()
  const [pack = ''] = scene.packs
  scene.memory.objects.delete(pack)
  device.write('chats.db', database(pages.map((seed, page) => (page === 50 ? 7000 : seed))))
  const second = await device.backUp()
  expect(await device.restore(second.snapshot)).toEqual({ content: device.content, missing: [] })
  expect((await device.restore(first.snapshot)).missing).toEqual(['chats.db'])
  expect((await device.check()).ok).toBe(false)
})

it('what cannot be healed is named, snapshot and pack, and nothing else is', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('gone.jpg', noise(200_000, 1))
  const first = await device.backUp()
  const [pack = ''] = scene.packs
  device.remove('gone.jpg')
  device.write('new.jpg', noise(200_000, 2))
  const second = await device.backUp()
  scene.memory.objects.delete(pack)
  await device.backUp()
  const { ok, problems } = await device.check()
  expect(ok).toBe(false)
  const names = problems.map(({ name }) => name)
  expect(names.some((name) => name.endsWith(pack.slice(pack.lastIndexOf('/'))))).toBe(true)
  expect(names.some((name) => name.includes(`-snap-${first.snapshot}`))).toBe(true)
  expect(names.some((name) => name.includes(`-snap-${second.snapshot}`))).toBe(false)
  expect(names).toHaveLength(2)
  expect((await device.restore(second.snapshot)).missing).toEqual([])
  expect((await device.restore(first.snapshot)).missing).toHaveLength(1)
})

it('T32: a pack that was cut short does not count, and is stored again', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('photo.jpg', noise(300_000, 3))
  await device.backUp()
  const [pack = ''] = scene.packs
  scene.memory.objects.set(pack, (scene.memory.objects.get(pack) ?? new Uint8Array(0)).subarray(0, 100_000))
  const healed = await device.backUp()
  expect(healed.addedBytes).toBeGreaterThan(300_000)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  expect(await device.restore(healed.snapshot)).toEqual({ content: device.content, missing: [] })
})

it('R09: a damaged pack is found by reading again and healed in the same run', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('photo.jpg', noise(300_000, 4))
  const first = await device.backUp()
  const [pack = ''] = scene.packs
  scene.damage(pack)
  scene.nowMs += DAY_MS
  const { reread, addedBytes, snapshot } = await device.backUp({ rereadShare: 1 })
  expect(reread).toMatchObject({ packs: 1, damaged: 1 })
  expect(addedBytes).toBeGreaterThan(300_000)
  expect(await device.check()).toMatchObject({ ok: true, problems: [] })
  for (const id of [first.snapshot, snapshot])
    expect(await device.restore(id)).toEqual({ content: device.content, missing: [] })
  const again = await device.backUp({ rereadShare: 1 })
  expect(again).toMatchObject({ unchanged: true, reread: { damaged: 0 } })
})

it('of a damaged pack everything that can still be proven is kept, also what the source has no more', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  for (let i = 0; i < 30; i++) device.write(`old-${i}.jpg`, noise(10_000, i))
  const first = await device.backUp()
  const [pack = ''] = scene.packs
  for (let i = 0; i < 30; i++) device.remove(`old-${i}.jpg`)
  device.write('new.txt', 'new')
  await device.backUp()
  scene.damage(pack)
  await device.backUp({ rereadShare: 1 })
  scene.memory.objects.delete(pack)
  expect((await device.restore(first.snapshot)).missing).toHaveLength(1)
})

it('reads every pack again in turn, and says then which snapshot is verified', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  const made: string[] = []
  for (let i = 0; i < 4; i++) {
    device.write(`${i}.jpg`, noise(50_000, i))
    made.push((await device.backUp()).snapshot)
  }
  const verified: (number | undefined)[] = []
  for (let run = 0; run < 8; run++) {
    scene.nowMs += DAY_MS
    const { reread } = await device.backUp({ rereadShare: 0.02 })
    expect(reread.packs).toBe(1)
    verified.push((await device.snapshots())[0]?.body.lastVerified?.seq)
  }
  expect(verified.slice(0, 3)).toEqual([undefined, undefined, undefined])
  expect(verified[3]).toBe(5) // the snapshot that was newest when the round began: join, then four
  expect(verified[7]).toBeGreaterThan(5)
})

it('an unchanged run lists once and writes one small record', async () => {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('photo.jpg', noise(100_000, 5))
  device.write('chats.db', database(Array.from({ length: 100 }, (_, page) => page)))
  await device.backUp()
  const before = scene.memory.objects.size
  const repository = await device.open()
  scene.place.listings = 0
  const result = await backUp(repository, {
    sources: [{ label: 'chats', open: () => new FolderSource(device.source) }],
    deviceName: 'laptop',
    now: device.now,
  })
  expect(result.unchanged).toBe(true)
  expect(result.addedBytes).toBeLessThanOrEqual(4096)
  expect(scene.memory.objects.size).toBe(before + 1)
  expect(scene.place.listings).toBe(0) // opening was the one listing
})
