import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from './random.ts'

/** Something a place can do to what it keeps. */
export type EvilAct = Readonly<{ name: string; run(place: string, random: Random): void }>

const objects = (place: string, what = ''): readonly string[] =>
  fs
    .readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.kps') && name.includes(what))
    .map((name) => join(place, name))
    .sort()

/** An object of a kind, or of any when there is none of it. */
const one = (place: string, random: Random, what = ''): string => {
  const found = objects(place, what)
  return random.pick(found.length > 0 ? found : objects(place))
}

function rewrite(path: string, change: (bytes: Buffer) => Buffer): void {
  fs.writeFileSync(path, change(fs.readFileSync(path)))
}

const KINDS = ['slot-', 'config-', 'record-', 'index-', 'pack-', ''] as const

export const evilActs: readonly EvilAct[] = [
  {
    name: 'flips a byte',
    run: (place, random) =>
      rewrite(one(place, random, random.pick(KINDS)), (bytes) => {
        const at = random.int(bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(8))
        return bytes
      }),
  },
  {
    name: 'cuts an object',
    run: (place, random) =>
      rewrite(one(place, random, random.pick(KINDS)), (bytes) => bytes.subarray(0, random.int(bytes.length))),
  },
  {
    name: 'appends to an object',
    run: (place, random) => fs.appendFileSync(one(place, random, random.pick(KINDS)), random.bytes(1 + random.int(99))),
  },
  { name: 'loses an object', run: (place, random) => fs.rmSync(one(place, random, random.pick(KINDS))) },
  {
    name: 'swaps two objects',
    run: (place, random) => {
      const kind = random.pick(KINDS)
      const [a, b] = [one(place, random, kind), one(place, random, random.chance(50) ? kind : '')]
      const bytes = fs.readFileSync(a)
      fs.copyFileSync(b, a)
      fs.writeFileSync(b, bytes)
    },
  },
  {
    name: 'hides the newest record',
    run: (place) => {
      const newest = objects(place, 'record-').toSorted((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs)[0]
      if (newest) fs.rmSync(newest)
    },
  },
  {
    name: 'shows nothing',
    run: (place) => {
      for (const name of fs.readdirSync(place)) fs.rmSync(join(place, name), { recursive: true })
    },
  },
  {
    name: 'adds junk and conflict copies',
    run: (place, random) => {
      const path = one(place, random)
      fs.copyFileSync(path, path.replace('.kps', ' 2.kps'))
      fs.copyFileSync(path, `${path.slice(0, -4)} (1).kps`)
      fs.writeFileSync(join(dirname(path), `pack-${'0'.repeat(32)}.kps`), random.bytes(5000))
      fs.writeFileSync(join(dirname(path), 'desktop.ini'), 'junk')
    },
  },
  {
    name: 'gives an object another name of its kind',
    run: (place, random) => {
      const path = one(place, random, random.pick(KINDS))
      const other = path.replace(/[0-9a-f](?=(?:-[ab])?\.kps$)/, (digit) => (digit === '0' ? '1' : '0'))
      if (other !== path) fs.renameSync(path, other)
    },
  },
]
