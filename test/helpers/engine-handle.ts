import * as fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeepsakeApp } from './keepsake-app.ts'

/** Stops the engine process where it is, in the middle of whatever it does. It goes on when disposed. */
export async function freezeEngine(app: KeepsakeApp): Promise<Disposable> {
  const pid = await runningEngine(app)
  process.kill(pid, 'SIGSTOP')
  return { [Symbol.dispose]: () => resume(pid) }
}

/** Lets an engine process go on that was stopped. */
export async function thawEngine(app: KeepsakeApp): Promise<void> {
  resume(await runningEngine(app))
}

/** What a crash does to the engine process. */
export async function killEngine(app: KeepsakeApp): Promise<number> {
  const pid = await runningEngine(app)
  process.kill(pid, 'SIGKILL')
  return pid
}

async function runningEngine(app: KeepsakeApp): Promise<number> {
  const pid = await app.enginePid()
  if (pid === null) throw new Error('no engine process is running')
  return pid
}

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // it was ended with the app
  }
}

/** Waits until a file with such a name is below the folder, looking often enough to be there in the middle of a run. */
export async function untilThereIs(folder: string, name: RegExp, patienceMs = 60_000): Promise<void> {
  const endMs = performance.now() + patienceMs
  while (!filesBelow(folder).some((file) => name.test(file))) {
    if (performance.now() > endMs) throw new Error(`nothing like ${name} below ${folder}`)
    await pause(1)
  }
}

/** Paths of all files below a folder. */
export function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
