// The second half of the README's commands, in a process of its own: by now `npm run` uses Node 24.
import path from 'node:path'
import { run } from './child.mjs'
import { electronProgram } from './electron-runtime.mjs'
import { runAllTests } from './test-run.mjs'
import { hasDesktop, runOnVirtualDesktop } from './virtual-desktop.mjs'

process.chdir(path.resolve(import.meta.dirname, '..'))
const say = (line) => console.log(`[keepsake] ${line}`)

/** Opens the app; without a display, drives it through its main job instead and leaves pictures. */
async function start() {
  say('building')
  const { status } = await run('npm', ['run', '-s', 'build'])
  if (status !== 0) return status
  const electron = electronProgram()
  const env = { ...process.env, KEEPSAKE_ELECTRON: electron }
  if (hasDesktop()) {
    say('opening Keepsake; close its window to come back')
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [] // Chromium refuses to run as root otherwise
    return (await run(electron, [...asRoot, '.'], { env, minutes: 24 * 60 })).status
  }
  say('there is no display here: driving the app on a virtual one, through its main job')
  return runOnVirtualDesktop(process.execPath, ['test/drive/main-job.ts'], { env, minutes: 10 })
}

/** Builds the app and measures what it costs while it does nothing. */
async function cost() {
  const { status } = await run('npm', ['run', '-s', 'build'])
  if (status !== 0) return status
  const env = { ...process.env, KEEPSAKE_ELECTRON: electronProgram() }
  return runOnVirtualDesktop(process.execPath, ['test/measure/app-cost.ts', ...process.argv.slice(3)], {
    env,
    minutes: 60,
  })
}

/** Builds the app and measures how fast it starts, and its engine. Told by `npm run bench`. */
async function benchApp() {
  const { status } = await run('npm', ['run', '-s', 'build'])
  if (status !== 0) return status
  const env = { ...process.env, KEEPSAKE_ELECTRON: electronProgram() }
  return runOnVirtualDesktop(process.execPath, ['test/bench/app.ts', ...process.argv.slice(3)], { env, minutes: 30 })
}

const COMMANDS = {
  start,
  cost,
  'bench-app': benchApp,
  test: async () => ((await runAllTests(say)) ? 0 : 1),
}

const command = COMMANDS[process.argv[2] ?? '']
if (!command || !process.version.startsWith('v24.')) {
  console.error(
    command
      ? `npm run uses Node ${process.version}, not 24: delete node_modules and run again.`
      : 'usage: npm start, npm test',
  )
  process.exit(2)
}
process.exit(await command())
