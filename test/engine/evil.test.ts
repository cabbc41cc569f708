import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '#common/errors.ts'
import { createRepository, readSnapshots, restore } from '#engine/index.ts'
import {
  cut,
  EvilDestination,
  flip,
  hiding,
  keeping,
  type Lies,
  lagging,
  replaying,
} from '../helpers/evil-destination.ts'
import { codeOf } from '../helpers/journey.ts'
import { noise } from '../helpers/scene.ts'
import { type Computer, Household, newKey, rolledBack } from './secrets/household.ts'

const secret = newKey()

/** What a place that gives something else now and then may lead to. */
const HONEST: readonly (ErrorCode | null)[] = [null, 'damaged', 'rolled-back', 'wrong-secret', 'no-repository']

type Evil = Readonly<{ home: Household; first: Computer; evil: EvilDestination }>

/** A backup with two snapshots at a place that can lie. */
async function evilPlace(): Promise<Evil> {
  const { home, first } = await Household.begin(secret)
  fs.writeFileSync(join(first.chats, 'photo.jpg'), noise(30_000, 1))
  await first.backUp(secret)
  return { home, first, evil: new EvilDestination(home.memory) }
}

/** Everything that writes is refused as `refusal`, and nothing at all was changed. */
async function mustStopEverything({ first, evil }: Evil, refusal: unknown): Promise<void> {
  await expect(first.backUp(secret, {}, evil)).rejects.toMatchObject(refusal as object)
  await expect(first.rotate(secret, {}, evil)).rejects.toMatchObject(refusal as object)
  await expect(first.change(secret, newKey(), false, evil)).rejects.toMatchObject(refusal as object)
  expect(evil.changes).toEqual([])
}

/** The place is honest again: nothing was lost, and it goes on. */
async function mustGoOn({ home, first, evil }: Evil): Promise<void> {
  evil.lies = {}
  const before = await home.mustRestoreAll(secret)
  await first.backUp(secret, {}, evil)
  expect(await first.problems(secret)).toEqual([])
  expect(await home.mustRestoreAll(secret)).toEqual(expect.arrayContaining([...before]))
}

describe('a place that shows less than there is', () => {
  it('T07: an older state: nothing is written, and it goes on when the newest is shown again', async () => {
    const scene = await evilPlace()
    using home = scene.home
    const older = home.copy()
    await scene.first.backUp(secret)
    scene.evil.lies = replaying(older)
    await mustStopEverything(scene, rolledBack('rollback'))
    await mustGoOn(scene)
  })

  it('T11: all but the newest record: the same, and what is shown is right', async () => {
    const scene = await evilPlace()
    using home = scene.home
    const newest = (await home.mustRestoreAll(secret))[0] ?? ''
    scene.evil.lies = hiding(new RegExp(`-snap-${newest}`))
    await mustStopEverything(scene, rolledBack('rollback'))
    const observer = await home.computer().open(secret, {}, scene.evil)
    const [shown] = (await readSnapshots(observer)).snapshots
    if (!shown) throw new Error('nothing is shown')
    const to = join(home.top, 'older')
    await restore(observer, { snapshot: shown, to, only: [], now: () => home.nowMs })
    expect(home.saved.get(shown.summary.id)).toContain(fs.readdirSync(to)[0])
    await mustGoOn(scene)
  })

  it('T09: nothing at all, or no settings: nothing is made anew on the device that knows better', async () => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = hiding(/./)
    await mustStopEverything(scene, rolledBack('vanished'))
    const { state, now } = scene.first
    const options = { place: scene.evil, state, secret, another: false, deviceName: 'first', now }
    await expect(createRepository(options)).rejects.toMatchObject(rolledBack('vanished'))
    expect(scene.evil.changes).toEqual([])
    scene.evil.lies = hiding(/\/config-/)
    await mustStopEverything(scene, { code: 'rolled-back' })
    await mustGoOn(scene)
    expect(home.names(/^keepsake.kps$/)).toHaveLength(1)
  })

  it('T10: nothing, to a new device: it says that there is no backup, and makes none by itself', async () => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = hiding(/./)
    await expect(home.computer().open(secret, {}, scene.evil)).rejects.toMatchObject({ code: 'no-repository' })
    expect(scene.evil.changes).toEqual([])
    await mustGoOn(scene)
  })
})

describe('R19: a listing that lags behind', () => {
  it('new objects are not shown for a while: no snapshot is made of what cannot be seen, and it goes on later', async () => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = await lagging(home.memory)
    expect(await codeOf(scene.first.backUp(secret, {}, scene.evil))).toBe('damaged')
    const packs = home.names(/\/pack-/)
    scene.evil.lies = {}
    expect(await home.mustRestoreAll(secret)).toHaveLength(2)
    await scene.first.backUpAsIs(secret, {}, scene.evil)
    expect(home.names(/\/pack-/).filter((name) => !packs.includes(name))).toEqual([]) // nothing is uploaded twice
    await mustGoOn(scene)
  })

  it('the newest record is not shown for a while: the device stops, and goes on later', async () => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = await lagging(home.memory)
    await scene.first.backUpAsIs(secret, {}, scene.evil) // nothing new: one record
    scene.evil.changes.length = 0
    await mustStopEverything(scene, rolledBack('rollback'))
    await mustGoOn(scene)
  })

  it('what another device wrote is not shown to all at once: it is no alarm, and nothing of it is lost', async () => {
    const scene = await evilPlace()
    using home = scene.home
    const second = home.computer()
    await second.backUp(secret)
    scene.evil.lies = await lagging(home.memory)
    await second.backUp(secret)
    await scene.first.backUpAsIs(secret, {}, scene.evil)
    await mustGoOn(scene)
    expect(await home.mustRestoreAll(secret)).toHaveLength(home.saved.size)
  })

  it('slots that were deleted are still shown: the valid one opens', async () => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = await lagging(home.memory)
    const other = newKey()
    await scene.first.change(secret, other)
    const { show } = scene.evil.lies
    scene.evil.lies = {
      show: (entries, folder) => [
        ...new Map([...(show?.(entries, folder) ?? []), ...entries].map((one) => [one.name, one])).values(),
      ],
    }
    await scene.first.backUp(other, {}, scene.evil)
    await expect(home.computer().open(secret, {}, scene.evil)).rejects.toMatchObject({ code: 'wrong-secret' })
    await home.computer().open(other, {}, scene.evil)
  })

  it('every object is shown twice: each counts once', async () => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = { show: (entries) => [...entries, ...entries] }
    await scene.first.backUp(secret, {}, scene.evil)
    const repository = await home.computer().open(secret, {}, scene.evil)
    const ids = (await readSnapshots(repository)).snapshots.map(({ summary }) => summary.id)
    expect(ids.toSorted()).toEqual([...home.saved.keys()].sort())
    await mustGoOn(scene)
  })
})

const scrambled = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at % 50 === 0 ? byte ^ 0x10 : byte))

describe('T73: what is kept is not what was sent', () => {
  const lies: Readonly<Record<string, Lies>> = {
    'packs with a changed last byte': keeping(/\/pack-/, flip(1)),
    'packs with changes all over': keeping(/\/pack-/, scrambled),
    'half packs (T32)': keeping(/\/pack-/, cut(0.5)),
    'packs with something behind': keeping(/\/pack-/, (bytes) => Buffer.concat([bytes, bytes])),
    'no packs': keeping(/\/pack-/, () => null),
    'changed indexes': keeping(/\/index-/, flip(0.5)),
    'half indexes (T32)': keeping(/\/index-/, cut(0.5)),
    'changed records': keeping(/\/record-/, flip(0.5)),
    'half records (T32)': keeping(/\/record-/, cut(0.5)),
    'no records': keeping(/\/record-/, () => null),
  }
  it.each(Object.entries(lies))('%s: no snapshot is made that is not whole, and the next backup is', async (_, lie) => {
    const scene = await evilPlace()
    using home = scene.home
    scene.evil.lies = lie
    expect(await codeOf(scene.first.backUp(secret, {}, scene.evil))).toBe('damaged')
    expect(await home.mustRestoreAll(secret, true)).toHaveLength(2)
    scene.evil.lies = {}
    await scene.first.backUp(secret)
    expect(await home.mustRestoreAll(secret, true)).toHaveLength(3)
    expect((await scene.first.problems(secret)).filter((problem) => !problem.includes('/record-'))).toEqual([])
  })

  it.each(['slot', 'config', 'record'])('the %s of a new backup: it is not turned on', async (kind) => {
    using home = new Household()
    const { state, now } = home.computer()
    const evil = new EvilDestination(home.memory)
    evil.lies = keeping(new RegExp(`/${kind}-`), flip(0.9))
    const creating = createRepository({ place: evil, state, secret, another: false, deviceName: 'a', now })
    expect(await codeOf(creating)).toBe('damaged')
    expect([...home.memory.objects.keys()]).toEqual([])
  })
})

describe('T74: another answer from the n-th reading of an object on, or only then', () => {
  const kinds = {
    records: /\/record-/,
    indexes: /\/index-/,
    packs: /\/pack-/,
    'slots and settings': /\/(slot|config)-/,
  }
  it.each(Object.entries(kinds))('%s: what is used is what was proven', async (_, kind) => {
    const scene = await evilPlace()
    using home = scene.home
    for (const from of [1, 2, 3]) {
      const isLie = (name: string, read: number): boolean => kind.test(name) && read >= from
      const lies: readonly Lies[] = [
        { give: (name, bytes, read) => (bytes && isLie(name, read) ? scrambled(bytes) : bytes) },
        { give: (name, bytes, read) => (bytes && isLie(name, read) && read === from ? cut(0.5)(bytes) : bytes) },
      ]
      for (const lie of lies) {
        scene.evil.lies = lie
        expect(HONEST).toContain(await codeOf(scene.first.backUp(secret, {}, scene.evil)))
        const looking = home.mustShowNothingWrong(home.computer(), secret, scene.evil)
        expect(HONEST).toContain(await codeOf(looking))
        scene.evil.lies = {}
        await home.noteSaved(secret, scene.first)
      }
    }
    await mustGoOn(scene)
  })
})

it('T14: 10,000 files of others and conflict copies are ignored, counted, left alone, and cost little time', async () => {
  const scene = await evilPlace()
  using home = scene.home
  for (let i = 0; i < 300; i++) fs.writeFileSync(join(scene.first.chats, `message-${i}.txt`), `hello ${i}`)
  await scene.first.backUp(secret)
  const run = async (): Promise<number> => {
    const startedMs = performance.now()
    await scene.first.backUp(secret)
    await home.computer().open(secret)
    expect(await scene.first.problems(secret)).toEqual([])
    return performance.now() - startedMs
  }
  const without = [await run(), await run(), await run()]
  const ours = [...home.memory.objects.keys()]
  const pick = (i: number): string => ours[i % ours.length] ?? ''
  const nameOf: readonly ((i: number) => string)[] = [
    (i) => pick(i).replace(/(\.[a-z]+)$/, ` (${i})$1`),
    (i) => pick(i).replace(/(\.[a-z]+)$/, ` ${i}$1`),
    (i) => `${pick(i)}.${i}.part`,
    (i) => `${pick(i).replace(/[^/]*$/, '')}junk-${i}.kps`,
    (i) => `${pick(i).replace(/[^/]*$/, '')}.pack-${i}.kps.icloud`,
  ]
  const junk = Array.from({ length: 10_000 }, (_, i) => nameOf[i % nameOf.length]?.(i) ?? '')
  for (const name of junk) home.memory.objects.set(name, Buffer.from(name))
  expect(home.memory.objects.size).toBe(ours.length + 10_000)
  const withJunk = [await run(), await run(), await run()]
  expect(Math.min(...withJunk) / Math.min(...without)).toBeLessThan(4)
  for (const name of junk) expect(Buffer.from(home.memory.objects.get(name) ?? []).toString()).toBe(name)
  expect((await scene.first.open(secret)).listing.ignored).toBe(10_000)
  await mustGoOn(scene)
})
