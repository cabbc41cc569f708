/**
 * Measures Keepsake: `npm run bench` for ourselves alone, `npm run bench -- --peers` beside restic, borg and rclone where
 * they are installed. Chats are generated; everything lies in a folder that goes when it has ended. What docs/performance.md
 * says comes from here.
 */
import * as fs from 'node:fs'
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SAMPLE_SIZES, scaled } from '../sample-chats/sample-source.ts'
import { measureApp } from './app.ts'
import { simulateDays } from './days.ts'
import { growth } from './growth.ts'
import { say } from './say.ts'
import { costTable, targetTable } from './speed-table.ts'
import { stageTable } from './stages.ts'
import { installedPeers, keepsake } from './tools.ts'
import { wholeRuns } from './whole-runs.ts'

const USAGE = `usage: npm run bench [-- OPTIONS]
  --peers            also restic, borg and rclone, where they are installed
  --only WHAT        stages, runs, app, growth or days; may be given several times (stages, runs and app; with --peers runs)
  --scale X          chats X times as large: 1 is 2.4 GB in 20,900 files with a database of 300 MB (0.1)
  --seed N           other chats (1)
  --rounds N         each run N times; medians are told (3)
  --days N           for days: a database that grows for N days (30)
  --files N          for growth: N small files, 10 times and 100 times as many (1000)
  --work DIR         where everything lies meanwhile (the system's folder for such things)`

const PARTS = ['stages', 'runs', 'app', 'growth', 'days'] as const

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      peers: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      scale: { type: 'string', default: '0.1' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      days: { type: 'string', default: '30' },
      files: { type: 'string', default: '1000' },
      work: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  })
  const [scale, seed, rounds] = [Number(values.scale), Number(values.seed), Number(values.rounds)]
  const wanted = values.only ?? (values.peers ? ['runs'] : ['stages', 'runs', 'app'])
  const isUsable =
    scale > 0 &&
    Number.isInteger(seed) &&
    rounds >= 1 &&
    Number(values.days) >= 1 &&
    Number(values.files) >= 1 &&
    wanted.every((part) => isPart(part))
  if (values.help || !isUsable) {
    process.stderr.write(`${USAGE}\n`)
    return values.help ? 0 : 2
  }
  const work = fs.mkdtempSync(join(values.work, 'keepsake-bench-'))
  process.once('exit', () => fs.rmSync(work, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  console.log(machine())
  if (wanted.includes('stages')) console.log(`\n${await stageTable(work, seed)}`)
  if (wanted.includes('runs')) await runs({ seed, scale, rounds, work, withPeers: values.peers })
  if (wanted.includes('app') && (await measureApp(rounds, scale)) !== 0) return 1
  if (wanted.includes('growth')) console.log(`\n${await growth(Number(values.files), work)}`)
  if (wanted.includes('days')) {
    const tools = [keepsake(), ...(values.peers ? installedPeers() : [])]
    const days = Number(values.days)
    console.log(`\n${await simulateDays(tools, { seed, size: scaled(SAMPLE_SIZES.large, scale), days, work })}`)
  }
  return 0
}

type Runs = Readonly<{ seed: number; scale: number; rounds: number; work: string; withPeers: boolean }>

async function runs({ seed, scale, rounds, work, withPeers }: Runs): Promise<void> {
  const tools = [keepsake(), ...(withPeers ? installedPeers() : [])]
  if (withPeers && tools.length === 1) say('neither restic, borg nor rclone is installed here')
  const size = scaled(SAMPLE_SIZES.large, scale)
  const measured = await wholeRuns(tools, { seed, size, rounds, work })
  const { files, bytes, databaseBytes } = measured
  const versions = tools.map(({ name, version }) => `${name} (${version})`).join(', ')
  console.log(
    `\n${files} files, ${(bytes / 1e6).toFixed(0)} MB, of it ${(databaseBytes / 1e6).toFixed(0)} MB databases; seed ${seed}, ${rounds} rounds; ${versions}\n`,
  )
  console.log(
    costTable(
      measured,
      tools.map(({ name }) => name),
    ),
  )
  console.log(`\n${targetTable(measured)}`)
}

const isPart = (part: string): boolean => PARTS.some((known) => known === part)

function machine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const system = `${process.platform} ${release()}`
  return `${availableParallelism()} x ${cpu?.model.trim()}, ${memory} GiB, ${system}, Node ${process.versions.node}`
}

process.exitCode = await main()
