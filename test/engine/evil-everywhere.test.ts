import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ErrorCode } from '#common/errors.ts'
import { prune, readSnapshots } from '#engine/index.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { cut, EvilDestination, exchanging, flip, giving, hiding, type Lies } from '../helpers/evil-destination.ts'
import { codeOf } from '../helpers/journey.ts'
import { database, noise } from '../helpers/scene.ts'
import { type Computer, Household, newKey } from './secrets/household.ts'

const KEEP_FEW = { daily: 1, weekly: 0, monthly: 0 }

type EvilHome = Readonly<{ home: Household; first: Computer; secret: SlotSecret; evil: EvilDestination }>

/** A backup with five snapshots of chats, a photo and a database, and some of them dropped: every kind of object. */
async function evilHome(): Promise<EvilHome> {
  const secret = newKey()
  const { home, first } = await Household.begin(secret)
  const pages = Array.from({ length: 60 }, (_, page) => page + 1)
  fs.writeFileSync(join(first.chats, 'photo.jpg'), noise(40_000, 1))
  for (let day = 0; day < 4; day++) {
    home.nowMs += 24 * 3600 * 1000
    fs.writeFileSync(join(first.chats, 'chats.db'), database(pages.with(day, 900 + day)))
    await first.backUp(secret)
  }
  const evil = new EvilDestination(home.memory)
  await cleanUp({ home, first, secret, evil })
  evil.changes.length = 0
  return { home, first, secret, evil }
}

async function cleanUp({ first, secret, evil }: EvilHome): Promise<void> {
  const repository = await first.openToWrite(secret, {}, evil)
  const options = { policy: KEEP_FEW, acceptChange: true, deviceName: 'here', now: first.now }
  await prune(repository, options)
}

const objectsOf = ({ home }: EvilHome, kind: RegExp): readonly string[] =>
  [...home.memory.objects.keys()].filter((name) => kind.test(name)).sort()

const KINDS = {
  slot: /\/slot-[^/]*-a\.kps$/,
  config: /\/config-[^/]*-a\.kps$/,
  record: /\/record-[^/]*-snap-/,
  drop: /\/record-[^/]*-drop-/,
  index: /\/index-/,
  pack: /\/pack-/,
} as const

type Lie = (scene: EvilHome, kind: RegExp) => Lies

const exchangingOf =
  (other: RegExp): Lie =>
  (scene, kind) => {
    const name = objectsOf(scene, kind).at(-1) ?? ''
    const others = objectsOf(scene, other).filter((one) => one !== name)
    return exchanging(name, others[0] ?? '', scene.home.memory.objects)
  }

const LIES: Readonly<Record<string, Lie>> = {
  'flips a byte (T01)': (_, kind) => giving(kind, flip(0.4)),
  'cuts (T02)': (_, kind) => giving(kind, cut(0.7)),
  'gives nothing': (_, kind) => giving(kind, () => null),
  hides: (_, kind) => hiding(kind),
  'exchanges two of a kind (T04)': (scene, kind) => exchangingOf(kind)(scene, kind),
  'exchanges two of different kinds (T06)': (scene, kind) =>
    exchangingOf(kind === KINDS.pack ? KINDS.index : KINDS.pack)(scene, kind),
}

type Act = (scene: EvilHome, newSecret: SlotSecret) => Promise<unknown>

/** What a person does at the place, one after the other; each opens it anew. */
const ACTS: Readonly<Record<string, Act>> = {
  'looks and restores': async ({ home, first, secret, evil }) => {
    for (const computer of [first, home.computer()]) await home.mustShowNothingWrong(computer, secret, evil)
  },
  'backs up': ({ first, secret, evil }) => first.backUp(secret, {}, evil),
  'cleans up': cleanUp,
  rotates: ({ first, secret, evil }) => first.rotate(secret, {}, evil),
  'changes the secret': ({ first, secret, evil }, other) => first.change(secret, other, true, evil),
}

/** After the place has become honest again nothing is lost, nothing is wrong, and it goes on. */
async function mustBeWhole({ home, first, evil }: EvilHome, secret: SlotSecret, before: readonly string[]) {
  evil.lies = {}
  await home.noteSaved(secret, first)
  await first.backUp(secret)
  expect(await first.problems(secret)).toEqual([])
  expect(await home.mustRestoreAll(secret)).toEqual(expect.arrayContaining([...before]))
}

const HONEST: readonly (ErrorCode | null)[] = [null, 'damaged', 'rolled-back']

it.each(Object.entries(LIES))(
  'a place that %s harms nobody who looks, backs up, cleans up, rotates or changes the secret, and is found out or does not matter',
  async (_, lie) => {
    const scene = await evilHome()
    using home = scene.home
    let secret = scene.secret
    for (const [kind, pattern] of Object.entries(KINDS)) {
      const { snapshots } = await readSnapshots(await home.computer().open(secret))
      const newest = snapshots.slice(0, 2).map(({ summary }) => summary.id) // a clean-up keeps three, and a backup comes before it
      const other = newKey()
      scene.evil.lies = lie(scene, pattern)
      for (const [name, act] of Object.entries(ACTS)) {
        const code = await codeOf(act({ ...scene, secret }, other))
        expect({ kind, name, code }).toEqual({ kind, name, code: expect.toBeOneOf(HONEST) })
      }
      secret = (await home.opens(secret)) ? secret : other
      await mustBeWhole(scene, secret, newest)
    }
  },
  60_000,
)
