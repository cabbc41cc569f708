import { parentPort, workerData } from 'node:worker_threads'
import { BackupError } from '#common/errors.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import type { FromThread, ThreadStart, ToThread } from './worker-thread.ts'

/** Does pieces of work; `close` lets go of what it holds. */
export type Workman = Readonly<{ work(work: unknown): Promise<unknown>; close(): void }>

/** What the entry of a worker thread calls: hires a workman, and lets him work until there is no more. */
export function serveWork(hire: (start: unknown, keyring: Keyring) => Promise<Workman>): void {
  const port = parentPort
  if (!port) throw new Error('a worker outside of a thread')
  const { keyring, start } = workerData as ThreadStart
  const workman = hire(start, keyring)
  workman.catch(() => undefined) // told with the first piece of work
  const tell = (message: FromThread): void => port.postMessage(message)
  const answer = async (work: unknown): Promise<void> => {
    try {
      tell({ ok: true, answer: await (await workman).work(work) })
    } catch (thrown) {
      tell({ ok: false, error: BackupError.from(thrown).toPlain() })
    }
  }
  const end = async (): Promise<void> => {
    await workman.then(
      (hired) => hired.close(),
      () => undefined,
    )
    port.close() // nothing keeps the thread any more
  }
  let last: Promise<void> = Promise.resolve()
  port.on('message', (message: ToThread) => {
    last = last.then(() => (message.kind === 'end' ? end() : answer(message.work)))
  })
}
