// node_modules, exactly as the lock file says, with Node 24 for everything that `npm run` starts.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { mustRun, run } from './child.mjs'

const STAMP = 'node_modules/.set-up-done'

/** The environment for what set-up starts: the machine's own Node, not the one that is being installed. */
function outsideEnvironment() {
  const env = { ...process.env }
  env.PATH = (env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => !/node_modules[\\/]/.test(folder + path.sep))
    .join(path.delimiter)
  for (const name of Object.keys(env)) {
    if (/^npm_(lifecycle|package|config_(local_prefix|global_prefix|prefix|noproxy|node_gyp))/i.test(name))
      delete env[name]
  }
  return env
}

/** Runs `npm ci` when the lock file, the system or an interruption asks for it. */
export async function installNpmPackages(say) {
  const key = createHash('sha256')
    .update(readFileSync('package-lock.json'))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === key) return
  const env = outsideEnvironment()
  const headers = await nodeHeaders(env)
  say(
    `installing npm packages (native ones are built with the headers in ${headers ?? 'a download: none were found here'})`,
  )
  rmSync('node_modules', { recursive: true, force: true }) // also what an interrupted run left half made
  const npmEnv = headers ? { ...env, npm_config_nodedir: headers } : env
  await mustRun('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env: npmEnv, minutes: 10 })
  const version =
    (await mustRun('npm', ['run', '-s', 'node-version'], { env, quiet: true })).trim().split('\n').at(-1) ?? ''
  if (!version.startsWith('v24.'))
    throw new Error(`npm run sees Node ${version}, not 24: was the install script of the package "node" skipped?`)
  say(`npm run uses Node ${version}`)
  writeFileSync(STAMP, key) // last: an interrupted run starts over
}

/** A folder with include/node, for building keytar where no download of headers is possible. */
async function nodeHeaders(env) {
  const { output } = await run('node', ['-p', 'process.execPath'], { env, quiet: true })
  const programs = [process.env.npm_node_execpath, process.execPath, output.trim()].filter(
    (file) => file && existsSync(file),
  )
  const folders = programs.map((file) => path.dirname(path.dirname(realpathSync(file))))
  const candidates = [process.env.npm_config_nodedir, ...folders, '/usr', '/usr/local']
  return candidates.find((folder) => folder && existsSync(path.join(folder, 'include/node/node_api.h')))
}
