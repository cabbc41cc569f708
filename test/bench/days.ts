import * as fs from 'node:fs'
import { join } from 'node:path'
import { sizeOf } from '../helpers/folder-content.ts'
import { growSampleByADay, type SampleSize, writeSampleSource } from '../sample-chats/sample-source.ts'
import { inSeconds, median, megabytes, table } from './numbers.ts'
import { say } from './say.ts'
import type { Tool } from './tools.ts'
import { adding } from './whole-runs.ts'

export type DaysOptions = Readonly<{ seed: number; size: SampleSize; days: number; work: string }>

/** An ordinary day: 0.2 % of the messages come anew, and five files. */
const DAY = { share: 0.002, media: 5 }

/** Lets days pass on chats; every tool backs up each evening. What each uploads, how many objects lie there, a restore. */
export async function simulateDays(tools: readonly Tool[], { seed, size, days, work }: DaysOptions): Promise<string> {
  const source = join(work, 'days')
  say('making chats')
  writeSampleSource(source, seed, size)
  const runs = new Map(tools.map(({ name }) => [name, { added: [] as number[], seconds: [] as number[] }]))
  const home = (tool: Tool): string => join(work, `days ${tool.name}`)
  for (const tool of tools) await tool.create(home(tool))
  for (let day = 0; day <= days; day++) {
    if (day > 0) growSampleByADay(source, seed, size, { day, ...DAY })
    for (const tool of tools) {
      const { cost, addedBytes } = await adding(tool, home(tool), source)
      runs.get(tool.name)?.added.push(addedBytes)
      runs.get(tool.name)?.seconds.push(cost.seconds)
      say(`day ${day}, ${tool.name}: ${(addedBytes / 1e6).toFixed(2)} MB, ${cost.seconds.toFixed(2)} s`)
    }
  }
  const rows: string[][] = []
  for (const tool of tools) {
    const { added = [], seconds = [] } = runs.get(tool.name) ?? {}
    const place = join(home(tool), tool.place)
    const objects = fs.readdirSync(place, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length
    const restore = await tool.restore(home(tool), join(work, 'days back'))
    fs.rmSync(join(work, 'days back'), { recursive: true, force: true })
    const daily = added.slice(1)
    rows.push([
      tool.name,
      megabytes(added[0] ?? 0),
      megabytes(median(daily)),
      megabytes(daily.reduce((sum, bytes) => sum + bytes, 0)),
      megabytes(sizeOf(place)),
      String(objects),
      inSeconds(median(seconds.slice(1))),
      inSeconds(restore.seconds),
    ])
    fs.rmSync(home(tool), { recursive: true, force: true })
  }
  fs.rmSync(source, { recursive: true, force: true })
  const head = [
    `${days} days`,
    'first MB',
    'a day MB',
    'all days MB',
    'at the place MB',
    'objects',
    'a day s',
    'restore s',
  ]
  return table(head, rows)
}
