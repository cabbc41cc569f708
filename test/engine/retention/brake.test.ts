import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { database, noise, Scene, type SceneDevice } from '../../helpers/scene.ts'

const stopped = (reason: string, facts: object = {}) => ({ code: 'looks-wrong', facts: { reason, ...facts } })

/** So much text that it takes this many bytes and can be compressed well. */
const text = (bytes: number, seed: number): string =>
  `line ${seed} of a long chat that says the same again and again\n`.repeat(Math.ceil(bytes / 40)).slice(0, bytes)

async function mustStop(device: SceneDevice, reason: string, facts: object): Promise<void> {
  const before = (await device.snapshots()).length
  await expect(device.backUp()).rejects.toMatchObject(stopped(reason, facts))
  await expect(device.backUp()).rejects.toMatchObject(stopped(reason, facts)) // asking again is no yes
  expect(await device.snapshots()).toHaveLength(before)
  const accepted = await device.backUp({ acceptChange: true })
  expect((await device.snapshots())[0]?.body.accepted).toEqual([reason])
  expect(await device.restore(accepted.snapshot)).toEqual({ content: device.content, missing: [] })
  await device.backUp()
  expect((await device.snapshots())[0]?.body.accepted).toBeUndefined()
}

describe('T46, R45: a change that looks wrong stops and asks', () => {
  it('a fifth of the files gone', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 500; i++) device.write(`${i}.txt`, `message ${i}`)
    await device.backUp()
    for (let i = 0; i < 101; i++) device.remove(`${i}.txt`)
    await mustStop(device, 'files-gone', { n: 101, m: 500 })
  })

  it('but not fewer than a hundred, and not a fifth of very many', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 600; i++) device.write(`${i}.txt`, `message ${i}`)
    await device.backUp()
    for (let i = 0; i < 99; i++) device.remove(`${i}.txt`)
    await device.backUp()
    for (let i = 99; i < 199; i++) device.remove(`${i}.txt`)
    expect((await device.backUp()).files).toBe(401)
  })

  it('not files that were only moved', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 200; i++) device.write(`old/${i}.txt`, `message ${i}`)
    await device.backUp()
    fs.renameSync(join(device.source, 'old'), join(device.source, 'new'))
    expect((await device.backUp()).files).toBe(200)
  })

  it('files that were renamed and encrypted', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 200; i++) device.write(`${i}.txt`, `message ${i}`)
    await device.backUp()
    for (let i = 0; i < 200; i++) {
      device.remove(`${i}.txt`)
      device.write(`${i}.txt.locked`, noise(30, i))
    }
    await mustStop(device, 'files-gone', { n: 200, m: 200 })
  })

  it('a database that is half of what it was', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    device.write('chats.db', database(Array.from({ length: 300 }, (_, page) => page)))
    await device.backUp()
    device.write('chats.db', database(Array.from({ length: 120 }, (_, page) => page)))
    await mustStop(device, 'database-shrunk', { n: 1, m: 1 })
  })

  it('a database that is no database any more', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    device.write('chats.db', database(Array.from({ length: 300 }, (_, page) => page)))
    await device.backUp()
    device.write('chats.db', noise(300 * 4096, 9))
    await mustStop(device, 'database-shrunk', { n: 1, m: 1 })
  })

  it('but not a small one, nor one that is deleted, nor one that lost a third', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    device.write('small.db', database(Array.from({ length: 100 }, (_, page) => page)))
    device.write('old.db', database(Array.from({ length: 300 }, (_, page) => page + 500)))
    device.write('chats.db', database(Array.from({ length: 300 }, (_, page) => page + 1000)))
    await device.backUp()
    device.write('small.db', database([1, 2, 3].flatMap((seed) => Array.from({ length: 8 }, () => seed))))
    device.remove('old.db')
    device.write('chats.db', database(Array.from({ length: 200 }, (_, page) => page + 1000)))
    expect((await device.backUp()).files).toBe(2)
  })

  it('much text that turned into noise', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 30; i++) device.write(`${i}.txt`, text(4_500_000, i))
    await device.backUp()
    for (let i = 0; i < 30; i++) device.write(`${i}.txt`, noise(4_500_001, i))
    await mustStop(device, 'incompressible', { n: 30 * 4_500_000, m: 30 * 4_500_000 })
  }, 120_000)

  it('many files with the same size and another content', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 300; i++) device.write(`${i}.jpg`, noise(500, i))
    await device.backUp()
    for (let i = 0; i < 120; i++) device.write(`${i}.jpg`, noise(500, i + 1000))
    await mustStop(device, 'rewritten', { n: 120, m: 300 })
  })

  it('but not a small folder in which everything changes', async () => {
    using scene = new Scene()
    const device = await scene.addDevice('laptop')
    for (let i = 0; i < 90; i++) device.write(`${i}.jpg`, noise(500, i))
    await device.backUp()
    for (let i = 0; i < 90; i++) device.write(`${i}.jpg`, noise(500, i + 1000))
    expect((await device.backUp()).files).toBe(90)
    for (let i = 0; i < 90; i++) device.remove(`${i}.jpg`)
    expect((await device.backUp()).files).toBe(0)
  })

  it('and a device that comes new to the chats of another is not asked about its own', async () => {
    using scene = new Scene()
    const [a, b] = [await scene.addDevice('a'), await scene.addDevice('b')]
    for (let i = 0; i < 300; i++) a.write(`${i}.txt`, `message ${i}`)
    await a.backUp()
    b.write('one.txt', 'one')
    expect((await b.backUp()).files).toBe(1)
  })
})
