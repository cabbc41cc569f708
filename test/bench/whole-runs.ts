import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { contentOf, differences, sizeOf } from '../helpers/folder-content.ts'
import { DATABASES, growSampleByADay, type SampleSize, writeSampleSource } from '../sample-chats/sample-source.ts'
import { changedPagesTogether } from './changed-pages.ts'
import type { Cost } from './measured.ts'
import { say } from './say.ts'
import type { Tool } from './tools.ts'

/** What is measured, in this order. */
export const JOURNEY = ['first', 'unchanged', 'changed', 'day', 'restore'] as const
export type Step = (typeof JOURNEY)[number]

/** One run of one tool; `addedBytes` is what grew at the place. */
export type Measured = Readonly<{ tool: string; round: number; step: Step; cost: Cost; addedBytes: number }>

/** What only the database's changes add, by tool and step; and the changed pages compressed together, the floor. */
export type DatabaseAdds = Readonly<{ step: 'changed' | 'day'; floorBytes: number; added: ReadonlyMap<string, number> }>

export type WholeRuns = Readonly<{
  files: number
  bytes: number
  databaseBytes: number
  runs: readonly Measured[]
  database: readonly DatabaseAdds[]
}>

export type WholeRunOptions = Readonly<{ seed: number; size: SampleSize; rounds: number; work: string }>

/** Of the messages that there are, how many come anew; and how many files with them. */
export const CHANGES = { changed: { share: 0.02, media: 400 }, day: { share: 0.002, media: 0 } } as const

/**
 * Lets every tool do the same things with the same chats, turn by turn: each round has new places, each tool is first
 * once, and before each run what the others wrote is on disk. Chats go on growing from round to round.
 */
export async function wholeRuns(tools: readonly Tool[], options: WholeRunOptions): Promise<WholeRuns> {
  const { seed, size, rounds, work } = options
  const source = join(work, 'chats')
  say('making chats')
  const { files, bytes } = writeSampleSource(source, seed, size)
  const databaseBytes = sizeOf(join(source, DATABASES))
  const database = await databaseAlone(tools, source, options)
  const runs: Measured[] = []
  let day = DAYS_OF_THE_DATABASE_ALONE
  for (let round = 1; round <= rounds; round++) {
    for (const step of JOURNEY) {
      if (step === 'changed' || step === 'day') growSampleByADay(source, seed, size, { day: ++day, ...CHANGES[step] })
      for (const tool of turned(tools, round)) {
        const home = join(work, tool.name)
        if (step === 'first') await tool.create(home)
        const run = await runStep(tool, step, source, home)
        runs.push({ tool: tool.name, round, step, ...run })
        say(told(tool, round, step, run))
        if (step === 'restore') {
          if (round === 1 && tool.name === 'Keepsake') mustBeSame(source, join(home, 'back'))
          fs.rmSync(home, { recursive: true, force: true })
        }
      }
    }
  }
  fs.rmSync(source, { recursive: true, force: true })
  return { files, bytes, databaseBytes, runs, database }
}

const DAYS_OF_THE_DATABASE_ALONE = 2

/** Only the folder of the databases, so that it can be told what a changed database costs without anything else. */
async function databaseAlone(
  tools: readonly Tool[],
  source: string,
  { seed, size, work }: WholeRunOptions,
): Promise<readonly DatabaseAdds[]> {
  const [only, before] = [join(source, DATABASES), join(work, 'before.db')]
  const home = (tool: Tool): string => join(work, `database ${tool.name}`)
  for (const tool of tools) {
    await tool.create(home(tool))
    await tool.backUp(home(tool), only)
  }
  const adds: DatabaseAdds[] = []
  for (const [i, step] of (['changed', 'day'] as const).entries()) {
    fs.copyFileSync(join(only, 'msgstore.db'), before)
    growSampleByADay(source, seed, size, { day: i + 1, share: CHANGES[step].share, media: 0 })
    const floorBytes = changedPagesTogether(before, join(only, 'msgstore.db'))
    const added = new Map<string, number>()
    for (const tool of tools) added.set(tool.name, (await adding(tool, home(tool), only)).addedBytes)
    adds.push({ step, floorBytes, added })
    say(
      `the database alone, ${step}: ${[...added].map(([name, grew]) => `${name} ${(grew / 1e6).toFixed(2)} MB`).join(', ')}`,
    )
  }
  for (const tool of tools) fs.rmSync(home(tool), { recursive: true, force: true })
  fs.rmSync(before)
  return adds
}

type Run = Readonly<{ cost: Cost; addedBytes: number }>

async function runStep(tool: Tool, step: Step, source: string, home: string): Promise<Run> {
  spawnSync('sync') // what others have written is not this one's to wait for
  if (step === 'restore') return { cost: await tool.restore(home, join(home, 'back')), addedBytes: 0 }
  return adding(tool, home, source)
}

/** Runs a backup, and measures what of the place is new afterwards. */
export async function adding(tool: Tool, home: string, source: string): Promise<Run> {
  const place = join(home, tool.place)
  const before = filesIn(place)
  const cost = await tool.backUp(home, source)
  const written = [...filesIn(place)].filter(([file]) => !before.has(file))
  return { cost, addedBytes: written.reduce((sum, [, bytes]) => sum + bytes, 0) }
}

/** Sizes of all files by name and the moment they were written: one that was written again is another. */
function filesIn(folder: string): ReadonlyMap<string, number> {
  if (!fs.existsSync(folder)) return new Map()
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const stats = names.map((name) => [name, fs.lstatSync(join(folder, name))] as const)
  return new Map(
    stats.flatMap(([name, stat]) => (stat.isFile() ? [[`${name} ${stat.mtimeMs} ${stat.ino}`, stat.size]] : [])),
  )
}

function mustBeSame(source: string, back: string): void {
  const different = differences(contentOf(source), contentOf(back))
  if (different.length > 0) throw new Error(`not what was saved:\n${different.slice(0, 10).join('\n')}`)
  say('every byte, name, time and permission came back')
}

const turned = (tools: readonly Tool[], round: number): readonly Tool[] => {
  const first = (round - 1) % tools.length
  return [...tools.slice(first), ...tools.slice(0, first)]
}

const told = (tool: Tool, round: number, step: Step, { cost, addedBytes }: Run): string =>
  `round ${round}, ${step}, ${tool.name}: ${cost.seconds.toFixed(2)} s, CPU ${cost.cpuSeconds.toFixed(2)} s, ` +
  `peak ${Math.round(cost.peakBytes / 1e6)} MB, adds ${(addedBytes / 1e6).toFixed(2)} MB`
