// The app as it is packed for Linux, unpacked in a folder: what the packaged tests drive.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { run } from './child.mjs'
import { STAND_IN_VERSION, standInFolder } from './electron-runtime.mjs'

/**
 * Packs out/ into dist/linux-unpacked. Differs from what is shipped in one fuse, by which the tests attach, and, where
 * the official Electron cannot be had, in the Electron inside.
 *
 * @returns {Promise<number>} exit status
 */
export async function packageFolder(env = process.env) {
  rmSync('dist', { recursive: true, force: true })
  const standIn = standInFolder()
  const differences = ['-c.electronFuses.enableNodeCliInspectArguments=true']
  if (standIn) differences.push(`-c.electronDist=${standIn}`, `-c.electronVersion=${STAND_IN_VERSION}`)
  const program = path.resolve('node_modules/.bin/electron-builder')
  const { status, output } = await run(program, ['--linux', 'dir', '--publish', 'never', ...differences], {
    env,
    minutes: 10,
    quiet: true,
  })
  if (status !== 0) console.error(output)
  rmSync('dist/linux-unpacked/resources/default_app.asar', { force: true }) // the builder leaves a stand-in's there
  return status
}
