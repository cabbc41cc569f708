import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** What one program cost, from its start to its end, with everything it started. */
export type Cost = Readonly<{
  seconds: number
  cpuSeconds: number
  /** The most memory that one of its processes held at a time (VmHWM); 0 where the system does not tell. */
  peakBytes: number
  stdout: string
}>

export type RunHow = Readonly<{ cwd?: string; env?: Readonly<Record<string, string>>; mayEndWith?: readonly number[] }>

const LOOK_EVERY_MS = 5

/**
 * Runs a program and measures it from outside, the same way for ours and for others.
 *
 * @throws Error when it does not end well, with what it said.
 */
export async function measured(command: readonly string[], how: RunHow = {}): Promise<Cost> {
  const [program = '', ...args] = command
  // The shell's own `time` counts the processor time of everything below it.
  const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$@" 2>&4', '_', program, ...args]
  const startedMs = performance.now()
  const child = spawn('bash', timed, {
    ...(how.cwd !== undefined && { cwd: how.cwd }),
    env: { ...process.env, npm_lifecycle_event: '', INIT_CWD: '', ...how.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe'],
  })
  let peakBytes = 0
  const look = setInterval(() => {
    for (const pid of below(child.pid ?? 0)) peakBytes = Math.max(peakBytes, peakOf(pid))
  }, LOOK_EVERY_MS)
  const [stdout, times, said] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    textOf(child.stdio[4]),
    once(child, 'close'),
  ])
  clearInterval(look)
  const seconds = (performance.now() - startedMs) / 1000
  const exit = child.exitCode ?? 1
  if (exit !== 0 && !how.mayEndWith?.includes(exit)) throw new Error(`${command.join(' ')} ended with ${exit}: ${said}`)
  const [user = 0, system = 0] = times.trim().split(' ').map(Number)
  return { seconds, cpuSeconds: user + system, peakBytes, stdout }
}

const textOf = (stream: unknown): Promise<string> => (stream instanceof Readable ? text(stream) : Promise.resolve(''))

/** All processes below a process. The first one below is the program itself. */
function below(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...below(child)])
}

/** The most memory that a process has held so far, in bytes; 0 when it is gone. */
export function peakOf(pid: number): number {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`)) ?? []
  return Number(kilobytes) * 1024
}

function read(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1')
  } catch {
    return '' // it has ended, or this system has no such file
  }
}
