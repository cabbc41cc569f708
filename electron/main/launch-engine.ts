import { type UtilityProcess, utilityProcess } from 'electron'
import type { EngineMessage } from '../engine-process.ts'
import type { EngineProcess } from './engine-client.ts'

/** A process that hangs does not hear that it should end. */
const HEARS_MS = 500

type Options = Readonly<{ entry: string; stateFolder: string; deviceName: string; showOutput: boolean }>

/** Starts the engine in a process of its own. Keys and chats are in that process only, and go with it. */
export function launchEngine({ entry, stateFolder, deviceName, showOutput }: Options): EngineProcess {
  const child = utilityProcess.fork(entry, [stateFolder, deviceName], {
    serviceName: 'Keepsake engine',
    stdio: showOutput ? 'inherit' : 'ignore',
  })
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is a process, not a window
    post: (request) => child.postMessage(request),
    onMessage: (listener) => void child.on('message', (message: EngineMessage) => listener(message)),
    onExit: (listener) => void child.on('exit', () => listener()),
    end: () => end(child),
  }
}

/** Asks it to end, and soon after that ends it: one that hangs does not hear, and would outlive the app. */
function end(child: UtilityProcess): void {
  const { pid } = child
  child.kill()
  if (pid === undefined) return
  const timer = setTimeout(() => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended
    }
  }, HEARS_MS)
  child.once('exit', () => clearTimeout(timer))
}
