import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, type ElectronApplication } from 'playwright-core'
import { argumentsOf, builtElectron, environment } from '../helpers/keepsake-app.ts'
import { SAMPLE_SIZES, scaled, writeSampleSource } from '../sample-chats/sample-source.ts'
import { engineRuns } from './engine-runs.ts'
import { inSeconds, median, megabytes, table } from './numbers.ts'
import { say } from './say.ts'

/**
 * What the app costs before anybody presses anything, and the engine in the process that the app gives it: run on a
 * desktop by `npm run bench -- --only app`, which gives rounds and scale. Prints two tables.
 */

const BARE = resolve(import.meta.dirname, '../measure/bare')
const MOST_BEYOND_BARE_MS = 150

type Program = Readonly<{ name: string; folder: string | null }>
const PROGRAMS: readonly Program[] = [
  { name: 'Electron with nothing in it', folder: BARE },
  { name: 'Keepsake', folder: null },
]

/** Milliseconds from the start of the program to the first picture of its window. */
async function startOnce({ folder }: Program, home: string): Promise<number> {
  const startedAtMs = Date.now()
  const app = await launch(folder, home)
  try {
    const page = await app.firstWindow()
    if (!folder) await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('load')
    const paintedAtMs = await page.evaluate(() => {
      const [paint] = performance.getEntriesByName('first-contentful-paint')
      const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
      return performance.timeOrigin + (paint?.startTime ?? navigation?.loadEventEnd ?? 0) // a bare page paints nothing
    })
    return paintedAtMs - startedAtMs
  } finally {
    await app.close()
  }
}

function launch(folder: string | null, home: string): Promise<ElectronApplication> {
  const own = argumentsOf(home)
  return _electron.launch({
    executablePath: builtElectron(),
    args: [...own.slice(0, -1), folder ?? own.at(-1) ?? '.'],
    env: environment(),
  })
}

/** In turns; the first round fills caches and does not count. */
async function startTimes(rounds: number, home: string): Promise<string> {
  const times = new Map<string, number[]>(PROGRAMS.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const program of PROGRAMS) {
      const ms = await startOnce(program, join(home, program.folder ? 'bare' : 'own'))
      say(`${program.name}: window after ${ms.toFixed(0)} ms`)
      if (round > 0) times.get(program.name)?.push(ms)
    }
  }
  const [bare = 0, own = 0] = PROGRAMS.map(({ name }) => median(times.get(name) ?? []))
  const rows = [
    ['Electron with nothing in it', bare.toFixed(0), '', ''],
    ['Keepsake', own.toFixed(0), `+${(own - bare).toFixed(0)}`, own - bare <= MOST_BEYOND_BARE_MS ? 'met' : 'missed'],
  ]
  return table(['window usable after', 'ms', `beyond bare (<= +${MOST_BEYOND_BARE_MS})`, ''], rows)
}

async function engineTable(scale: number, home: string): Promise<string> {
  const [chats, place] = [join(home, 'chats'), join(home, 'place')]
  fs.mkdirSync(place)
  const { files, bytes } = writeSampleSource(chats, 1, scaled(SAMPLE_SIZES.large, scale))
  const app = await launch(BARE, join(home, 'bare'))
  try {
    const runs = await engineRuns(app, {
      entry: resolve(import.meta.dirname, '../../out/main/engine-process.js'),
      state: join(home, 'state'),
      chats,
      place,
      back: join(home, 'back'),
    })
    const rows = runs.map(({ name, seconds, cpuSeconds, peakBytes }) => [
      name,
      inSeconds(seconds),
      inSeconds(cpuSeconds),
      megabytes(peakBytes),
    ])
    const electron = await app.evaluate(() => `Electron ${process.versions['electron']}, Node ${process.versions.node}`)
    const title = `in a utilityProcess of ${electron}: ${files} files, ${(bytes / 1e6).toFixed(0)} MB`
    return table([title, 'seconds', 'CPU seconds', 'peak MB so far'], rows)
  } finally {
    await app.close()
  }
}

/** Builds the app and measures it on a desktop of its own; prints what it finds. */
export function measureApp(rounds: number, scale: number): Promise<number> {
  const root = resolve(import.meta.dirname, '../..')
  const child = spawn('npm', ['run', '-s', 'do', '--', 'bench-app', String(rounds), String(scale)], {
    cwd: root,
    stdio: 'inherit',
  })
  return new Promise((done) => child.once('close', (code) => done(code ?? 1)))
}

if (import.meta.main) {
  const [rounds = 5, scale = 0.1] = process.argv.slice(2).map(Number)
  const home = fs.mkdtempSync(join(tmpdir(), 'keepsake-bench-app-'))
  try {
    console.log(`\n${await startTimes(rounds, home)}`)
    console.log(`\n${await engineTable(scale, home)}`)
  } finally {
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
}
