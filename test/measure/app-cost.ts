import { type ChildProcess, spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chooseChatsAndPlace, finishFirstBackup, lockWithKey } from '../helpers/app-steps.ts'
import { argumentsOf, builtElectron, environment, KeepsakeApp } from '../helpers/keepsake-app.ts'
import { SAMPLE_SIZES, writeSampleSource } from '../sample-chats/sample-source.ts'
import { memoryOf, processesBelow, usedBy } from './process-tree.ts'

/**
 * Measures what the app costs while it does nothing, with a window and without one, beside Electron with nothing in it;
 * and how late its main process answers while a backup runs. Run by `npm run cost`; what docs/limits.md and
 * docs/architecture.md say of it comes from here.
 */

/** After this the app has settled, and the engine, which ends after a minute, has gone. */
const SETTLES_MS = 70_000

const MEGABYTES = 160
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } })
const seconds = Number(values.seconds)
const home = fs.mkdtempSync(join(tmpdir(), 'keepsake-cost-'))

try {
  const delay = await turnOnAndBackUp()
  console.log(
    `\nmain's event loop while ${MEGABYTES} MB are backed up, in milliseconds beyond the 10 of the clock it is asked by:`,
  )
  console.log(`  median ${delay.p50}, 99 of 100 ${delay.p99}, longest ${delay.max}`)
  console.log(`\nat rest, for ${seconds} s each:`)
  console.log('                              CPU s/hour   wake-ups/s   memory MB   processes')
  for (const [name, folder] of [
    ['Electron with nothing in it', join(import.meta.dirname, 'bare')],
    ['Keepsake', null],
  ] as const) {
    for (const isHidden of [false, true]) await measure(`${name}${isHidden ? ', no window' : ''}`, folder, isHidden)
  }
} finally {
  fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}

/** A first backup through the window, and how late the main process was meanwhile. */
async function turnOnAndBackUp(): Promise<Readonly<Record<'p50' | 'p99' | 'max', string>>> {
  const [chats, place] = [join(home, 'chats'), join(home, 'place')]
  fs.mkdirSync(place)
  writeSampleSource(chats, 1, SAMPLE_SIZES.small)
  for (let n = 0; n < MEGABYTES / 8; n++)
    fs.writeFileSync(join(chats, `${n}.mp4`), randomFillSync(Buffer.alloc(2 ** 23)))
  const app = await KeepsakeApp.launch({ home })
  try {
    await chooseChatsAndPlace(app, { chats, place })
    await app.electron.evaluate(() => {
      const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks')
      const histogram = monitorEventLoopDelay({ resolution: 10 })
      Object.assign(globalThis, { histogram })
      histogram.enable()
    })
    await lockWithKey(app)
    await finishFirstBackup(app)
    return await app.electron.evaluate(() => {
      const { histogram } = globalThis as unknown as {
        histogram: ReturnType<typeof import('node:perf_hooks').monitorEventLoopDelay>
      }
      const beyond = (ns: number): string => Math.max(0, ns / 1e6 - 10).toFixed(1)
      return {
        p50: beyond(histogram.percentile(50)),
        p99: beyond(histogram.percentile(99)),
        max: beyond(histogram.max),
      }
    })
  } finally {
    await app.close()
  }
}

/** Starts a program, lets it settle, and prints what it used. `folder` null: Keepsake itself. */
async function measure(name: string, folder: string | null, isHidden: boolean): Promise<void> {
  const own = argumentsOf(folder ? join(home, 'bare') : home)
  const args = [...own.slice(0, -1), folder ?? own.at(-1) ?? '.', ...(isHidden ? ['--hidden'] : [])]
  const program = spawn(builtElectron(), args, { env: environment(), stdio: 'ignore' })
  try {
    await pause(SETTLES_MS)
    const pids = processesBelow(program.pid ?? 0)
    const before = usedBy(pids)
    await pause(seconds * 1000)
    const after = usedBy(pids)
    const row = [
      (((after.cpuSeconds - before.cpuSeconds) * 3600) / seconds).toFixed(1).padStart(12),
      ((after.wakeUps - before.wakeUps) / seconds).toFixed(1).padStart(13),
      (memoryOf(pids) / 1e6).toFixed(0).padStart(12),
      String(pids.length).padStart(12),
    ]
    console.log(`  ${name.padEnd(27)} ${row.join('')}`)
  } finally {
    await ended(program)
  }
}

async function ended(program: ChildProcess): Promise<void> {
  const gone = new Promise((done) => program.once('exit', done))
  program.kill('SIGTERM')
  await Promise.race([gone, pause(5000)])
  program.kill('SIGKILL')
  await gone
}
