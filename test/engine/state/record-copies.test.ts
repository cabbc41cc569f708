import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Capabilities } from '#engine/destination/destination.ts'
import { ForwardingDestination } from '../../helpers/forwarding-destination.ts'
import { Scene } from '../../helpers/scene.ts'

/** A place that is on a network, as far as it says. */
class Distant extends ForwardingDestination {
  override get capabilities(): Capabilities {
    return { ...super.capabilities, isDistant: true }
  }
}

const records = (names: readonly string[]): readonly string[] => names.filter((name) => /\/record-/.test(name))

async function withHistory(scene: Scene) {
  const distant = new Distant(scene.place)
  const laptop = await scene.addDevice('laptop')
  laptop.write('chat.txt', 'one')
  for (let day = 0; day < 4; day++) {
    await laptop.backUp({}, distant)
    scene.passDays(1)
  }
  const copies = join(
    laptop.state.path,
    fs.readdirSync(laptop.state.path).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '',
    'records',
  )
  const readAgain = async () => {
    scene.memory.reads.length = 0
    const opened = await laptop.open(distant)
    for (const listed of opened.listing.records) await opened.readRecord(listed)
    return records(scene.memory.reads).length
  }
  return { distant, laptop, copies, readAgain }
}

it('records at a place on a network are fetched once; what is kept of them is sealed and says no names', async () => {
  using scene = new Scene()
  const { copies, readAgain } = await withHistory(scene)
  await readAgain()
  expect(await readAgain()).toBe(0)
  for (const name of fs.readdirSync(copies)) {
    expect(name).toMatch(/^[0-9a-f]{64}$/)
    expect(fs.readFileSync(join(copies, name)).includes('laptop')).toBe(false)
  }
})

it('T72: a copy that is torn, changed or another record’s is fetched again, and what is gone is forgotten', async () => {
  using scene = new Scene()
  const { copies, readAgain } = await withHistory(scene)
  await readAgain()
  const [first = '', second = '', third = '', ...rest] = fs.readdirSync(copies).map((name) => join(copies, name))
  fs.truncateSync(first, 100)
  fs.writeFileSync(second, fs.readFileSync(third))
  fs.writeFileSync(join(copies, 'ab'.repeat(32)), 'of a record that is not there')
  expect(await readAgain()).toBe(2)
  expect(fs.readdirSync(copies)).toHaveLength(rest.length + 3)
  expect(await readAgain()).toBe(0)
})

it('a check looks at the place itself, and folders keep no copies', async () => {
  using scene = new Scene()
  const { laptop, readAgain } = await withHistory(scene)
  await readAgain()
  const [snapshot = ''] = scene.objects(/-snap-/)
  scene.damage(snapshot)
  const opened = await laptop.open(new Distant(scene.place))
  const { check } = await import('#engine/check.ts')
  expect((await check(opened, false)).problems).toContainEqual({
    code: 'damaged',
    name: expect.stringMatching(/-snap-/),
  })
  const desk = await scene.addDevice('desk')
  await desk.open()
  expect(
    fs.readdirSync(desk.state.path, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('records')),
  ).toEqual([])
})
