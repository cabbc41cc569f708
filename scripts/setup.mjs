// One-command set-up: system packages, npm packages, Electron. Plain JavaScript without dependencies for Node 20.19 and
// later. With --tests also the servers that tests talk to. Can be stopped at any point and run again; when all is there it takes a fraction of a second.
import path from 'node:path'
import { installElectron } from './electron-runtime.mjs'
import { installNpmPackages } from './npm-packages.mjs'
import { lockSetUp } from './set-up-lock.mjs'
import { installSystemPackages } from './system-packages.mjs'

process.chdir(path.resolve(import.meta.dirname, '..'))
const startedMs = Date.now()
const say = (line) => console.log(`[set-up ${((Date.now() - startedMs) / 1000).toFixed(1)} s] ${line}`)

const [major, minor] = process.versions.node.split('.').map(Number)
try {
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node 20.19 or later is needed; this is ${process.version}`)
  await lockSetUp(say)
  await installSystemPackages(say, process.argv.includes('--tests'))
  await installNpmPackages(say)
  await installElectron(say)
  say('ready')
} catch (error) {
  console.error(`Set-up stopped: ${error.message}`)
  process.exit(1)
}
