// Everything that must hold, in one run: types, lint, format, unit tests, the real app driven, the packaged app driven.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { run } from './child.mjs'
import { electronProgram } from './electron-runtime.mjs'
import { packageFolder } from './package-folder.mjs'
import { runOnVirtualDesktop } from './virtual-desktop.mjs'

const REPORTS = path.resolve('.cache/reports')

/** Runs all suites, prints `N passed, N failed` last, and answers whether all is well. */
export async function runAllTests(say) {
  rmSync(REPORTS, { recursive: true, force: true })
  mkdirSync(REPORTS, { recursive: true })
  const env = { ...process.env, KEEPSAKE_ELECTRON: electronProgram() ?? '', KEEPSAKE_REPORTS: REPORTS }
  const npm = (script) => run('npm', ['run', '-s', script], { env, minutes: 20 })
  const failedStages = []
  const stage = async (name, work) => {
    say(name)
    const startedMs = Date.now()
    const status = await work()
    say(`${name}: ${status === 0 ? 'ok' : `failed (${status})`}, ${((Date.now() - startedMs) / 1000).toFixed(0)} s`)
    if (status !== 0) failedStages.push(name)
    return status === 0
  }
  await stage('types, lint, format', async () => (await npm('check:code')).status)
  await stage('unit tests', async () => (await npm('test:unit')).status)
  if (await stage('build', async () => (await npm('build')).status)) {
    if (process.platform === 'linux') await stage('package', () => packageFolder(env))
    await stage('driven tests', () => runOnVirtualDesktop('npm', ['run', '-s', 'test:e2e'], { env, minutes: 25 }))
  }
  return report(failedStages)
}

function report(failedStages) {
  const suites = ['unit', 'e2e'].map((name) => readReport(path.join(REPORTS, `${name}.json`)))
  const passed = suites.reduce((sum, suite) => sum + suite.passed, 0)
  let failed = suites.reduce((sum, suite) => sum + suite.failed, 0)
  const skipped = suites.reduce((sum, suite) => sum + suite.skipped, 0)
  if (failed === 0) failed = failedStages.length // a stage that failed without a failing test still fails
  for (const name of failedStages) console.log(`failed: ${name}`)
  if (skipped > 0) console.log(`${skipped} skipped`)
  console.log(`${passed} passed, ${failed} failed`) // nothing after it: others read the last line
  return failed === 0 && passed > 0
}

function readReport(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'))
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
}
