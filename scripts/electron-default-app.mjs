// What a bare Electron runs: `electron [-r module]… folder`. It stands in the stand-in's default_app.asar.
// A module with top-level await, because Electron holds back `ready` until it has ended, so that the app's own main
// file still runs before `ready`.

import { existsSync, readFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const args = process.argv.slice(1)
const preloads = []
let folder = null
while (args.length > 0 && folder === null) {
  const arg = args.shift()
  if (arg === '-r' || arg === '--require') preloads.push(path.resolve(args.shift() ?? ''))
  else if (!arg.startsWith('-')) folder = path.resolve(arg)
}
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true })
if (preloads.length > 0) Module._preloadModules(preloads)
try {
  if (folder === null) throw new Error('usage: electron [-r module] path/to/app')
  const manifestFile = path.join(folder, 'package.json')
  const manifest = existsSync(manifestFile) ? JSON.parse(readFileSync(manifestFile, 'utf8')) : {}
  const name = manifest.productName ?? manifest.name ?? 'Electron'
  if (manifest.version) app.setVersion(manifest.version)
  app.setName(name)
  app.setPath('userData', path.join(app.getPath('appData'), name))
  app.setAppPath(folder)
  const main = path.join(folder, manifest.main ?? 'index.js')
  await import(pathToFileURL(createRequire(import.meta.url).resolve(main)).href)
} catch (error) {
  console.error(error?.stack ?? error)
  app.exit(1)
}
