import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A server that a test has started. */
export type RunningServer = Readonly<{
  url: URL
  /** A folder of its own, in which it keeps everything. */
  folder: string
  stop(): Promise<void>
}>

const START_MS = 20_000

/** A new folder that a server under another user's name can look into. */
export async function serverFolder(): Promise<string> {
  const folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-server-'))
  await fs.chmod(folder, 0o755)
  return folder
}

/** A port of this computer that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Starts a program that ends with us. */
export function startProgram(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const end = (): boolean => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  return child
}

/** Waits for a line of what it says, and answers what `find` makes of it. */
export function saying<T>(child: ChildProcess, find: (said: string) => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`not ready: ${said}`)), START_MS)
    const hear = (chunk: unknown): void => {
      said += String(chunk)
      const found = find(said)
      if (found === null) return
      clearTimeout(timer)
      resolve(found)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)))
  })
}

/** Waits until somebody listens on a port; fails when the program ends before. */
export async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = ''
  child.stdout?.on('data', (chunk) => (said += String(chunk)))
  child.stderr?.on('data', (chunk) => (said += String(chunk)))
  let failure: Error | null = null
  child.once('error', (error) => (failure = error))
  for (const endMs = Date.now() + START_MS; Date.now() < endMs; await pause(20)) {
    if (failure) throw failure
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${said}`)
    if (await isOpen(port)) return
  }
  throw new Error(`does not listen: ${said}`)
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Ends a program and takes its folder away. */
export async function stopProgram(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
    await ended
    clearTimeout(timer)
  }
  await fs.rm(folder, { recursive: true, force: true })
}

/** On Debian the set-up installs every server, and one that is missing is a failure; elsewhere its tests are skipped. */
export const isMissingHere = (program: string): boolean => !existsSync('/etc/debian_version') && !existsSync(program)
