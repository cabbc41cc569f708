import { BackupError } from '#common/errors.ts'
import type { AnyHandlers, Reply } from '#common/ipc.ts'
import { createEngineHandlers } from '#engine/index.ts'

/** One call to the engine. `group.name` is as in the engine contract. */
export type EngineRequest = Readonly<{ id: number; group: string; name: string; input: unknown }>

/** The answer to one call, or something that is told in between. */
export type EngineMessage =
  | Readonly<{ id: number; reply: Reply<unknown> }>
  | Readonly<{ event: string; payload: unknown }>

// A promise that nobody waits for has failed: nothing can be trusted any more. The main process sees the process
// end and starts another one. Not every Electron does this by itself.
process.on('unhandledRejection', () => process.exit(70))
process.on('uncaughtException', () => process.exit(70))

const [stateFolder = '', deviceName = ''] = process.argv.slice(2)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is a process, not a window
const tell = (message: EngineMessage): void => process.parentPort.postMessage(message)

const handlers: AnyHandlers = createEngineHandlers({
  stateFolder,
  deviceName,
  emit: {
    backupProgress: (payload) => tell({ event: 'backup.progress', payload }),
    restoreProgress: (payload) => tell({ event: 'restore.progress', payload }),
    turnOffProgress: (payload) => tell({ event: 'turnOff.progress', payload }),
    openBrowser: (payload) => tell({ event: 'account.openBrowser', payload }),
  },
})

async function answer({ group, name, input }: EngineRequest): Promise<Reply<unknown>> {
  const handler = handlers[group]?.[name]
  if (!handler) return { ok: false, error: new BackupError('unexpected', { call: `${group}.${name}` }).toPlain() }
  try {
    return { ok: true, value: await handler.run(handler.check(input)) }
  } catch (thrown) {
    return { ok: false, error: BackupError.from(thrown).toPlain() }
  } finally {
    wipeBytes(input)
  }
}

/** The only bytes that an input holds are keys of this device; this process's copy of it ends with the call. */
function wipeBytes(input: unknown): void {
  if (typeof input !== 'object' || input === null) return
  for (const value of Object.values(input)) if (value instanceof Uint8Array) value.fill(0)
}

process.parentPort.on('message', ({ data }: { data: EngineRequest }) => {
  void answer(data).then((reply) => tell({ id: data.id, reply }))
})
