import { type ChildProcess, fork } from 'node:child_process'
import { onTestFinished } from 'vitest'
import type { EngineMessage } from '../../electron/engine-process.ts'
import type { EngineProcess } from '../../electron/main/engine-client.ts'

const ENTRY = new URL('../../electron/engine-process.ts', import.meta.url)

export type NodeEngineOptions = Readonly<{
  stateFolder: string
  /** The engine kills itself, as a crash would, when it wants to tell this event for the first time. */
  diesAt?: string
}>

/**
 * Electron's message port over the channel that Node gives to a child. `test.input` tells, after each answer, what the
 * engine's copy of the input looks like by then; `test.reject` and `test.throw` are bugs on demand.
 */
const parentPort = ({ diesAt = '' }: NodeEngineOptions): string => `
  import { EventEmitter } from 'node:events'
  const inputs = new Map()
  const port = new EventEmitter()
  port.postMessage = (message) => {
    if (message.event === '${diesAt}') process.kill(process.pid, 'SIGKILL')
    process.send(message)
    if ('id' in message) process.send({ event: 'test.input', payload: inputs.get(message.id) })
  }
  process.parentPort = port
  process.on('disconnect', () => process.exit())
  process.on('message', (data) => {
    if (data === 'test.reject') return void Promise.reject(new Error('a bug'))
    if (data === 'test.throw') return void setImmediate(() => { throw new Error('a bug') })
    inputs.set(data.id, data.input)
    port.emit('message', { data })
  })
`

/** Starts the real engine process, with plain Node in Electron's place. It ends with the test. */
export function startEngineUnderNode(options: NodeEngineOptions): EngineProcess & { child: ChildProcess } {
  const child = fork(ENTRY, [options.stateFolder, 'this computer'], {
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(parentPort(options))}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    child,
    post: (request) => void child.send(request),
    onMessage: (listener) => void child.on('message', (message) => listener(message as EngineMessage)),
    onExit: (listener) => void child.on('exit', () => listener()),
    end: () => void child.kill(),
  }
}
