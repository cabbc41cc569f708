// Starts other programs with a time limit, and leaves none behind. Plain JavaScript for Node 20.19 and later.
import { spawn } from 'node:child_process'
import path from 'node:path'

const running = new Set()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) stop(child, 'SIGTERM')
    process.exit(130)
  })
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, minutes?: number, quiet?: boolean, group?: boolean }} [options] quiet
 *   collects the output; group also ends what the program started itself, when its time is over
 * @returns {Promise<{ status: number, output: string }>} status 124 when the time limit ended it
 */
export function run(command, args, { env = process.env, minutes = 10, quiet = false, group = false } = {}) {
  return new Promise((done, fail) => {
    const isWindows = process.platform === 'win32'
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      shell: isWindows, // npm is a .cmd there
      detached: group && !isWindows,
    })
    child.isGroup = group && !isWindows
    running.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      console.error(`${path.basename(command)} has not ended after ${minutes} minutes; stopping it.`)
      stop(child, 'SIGKILL')
    }, minutes * 60_000)
    child.once('error', (error) => {
      clearTimeout(timer)
      running.delete(child)
      fail(error)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      running.delete(child)
      done({ status: isLate ? 124 : (code ?? 1), output })
    })
  })
}

/** Like `run`, but anything except success is an error. */
export async function mustRun(command, args, options) {
  const { status, output } = await run(command, args, options)
  if (status === 0) return output
  if (options?.quiet) console.error(output)
  throw new Error(`${path.basename(command)} ${args.slice(0, 4).join(' ')} ended with ${status}`)
}

function stop(child, signal) {
  try {
    if (child.isGroup) process.kill(-child.pid, signal)
    else child.kill(signal)
  } catch {
    // it has ended by itself
  }
}
