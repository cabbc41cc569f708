import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { BackupError } from '#common/errors.ts'
import { PartStore } from '#engine/backup/part-store.ts'
import { loadZstd } from '#engine/compression/zstd.ts'
import { PackWriter, type SealedPack } from '#engine/repository/pack-writer.ts'
import { PartSealer } from '#engine/repository/part.ts'
import { SharedParts } from '#engine/repository/shared-parts.ts'
import { openFile } from '#engine/source/folder.ts'
import type { OpensFiles, SourceAddress } from '#engine/source/source.ts'
import { LaneWork } from './lane-work.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { Turns } from './turns.ts'

/** The entry of a worker: one lane, with buffers and open packs of its own. */

const port = parentPort
if (!port) throw new Error('lane worker: not a worker')
// While compiling zstd is all that is waited for, a worker with an idle loop would block in Node's drain of background
// tasks, and one of these may itself wait for the worker: now and then it never began.
port.ref()
const { keyring, parts, sources, openPacks, isPolite }: WorkerStart = workerData

/** Lets everything else on the computer go first. Linux takes it for this thread alone. */
if (isPolite) {
  try {
    setPriority(19)
  } catch {
    // Not every system lets a program do that; then it is only slower than it could be.
  }
}

const tell = (message: FromWorker): void => port.postMessage(message)

type Done = Extract<FromWorker, { kind: 'done' }>

/** Packs that were handed over, until they are at the place. */
const onTheWay = new Map<string, Readonly<{ done: () => void; fail: (error: BackupError) => void }>>()

function keep({ id, bytes, commitment, entries }: SealedPack): Promise<void> {
  return new Promise((done, fail) => {
    onTheWay.set(id, { done, fail })
    tell({ kind: 'pack', id, bytes, commitment, entries: entries.bytes })
  })
}

const writer = new PackWriter({
  keyring,
  keep,
  openPacks,
  newBuffer: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
})
const store = new PartStore({
  keyring,
  claims: new SharedParts(parts),
  sealer: new PartSealer(keyring, await loadZstd()),
  writer,
})
const opened = sources.map((address): OpensFiles => ({ open: (path) => openFile(mustHave(address), path) }))
const work = new LaneWork({ store, sources: opened, pageKey: keyring.ids.page, cancel: undefined })
const turns = new Turns()

function mustHave(address: SourceAddress | null): SourceAddress {
  if (!address) throw new RangeError('lane worker: a source that only the run can open')
  return address
}

async function answer(number: number, run: () => Promise<Done['result']>): Promise<void> {
  try {
    const result = await turns.run(run)
    const { newParts, incompressibleBytes } = store
    tell({ kind: 'done', number, result, counts: { newParts, incompressibleBytes } })
  } catch (thrown) {
    const error = BackupError.from(thrown)
    tell({ kind: 'failed', number, error: error.toPlain() })
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'task':
      void answer(message.number, () => work.run(message.task))
      return
    case 'finish':
      void answer(message.number, async () => {
        await writer.finish()
        return null
      })
      return
    case 'kept': {
      const waiting = onTheWay.get(message.pack)
      onTheWay.delete(message.pack)
      if (message.error) waiting?.fail(BackupError.fromPlain(message.error))
      else waiting?.done()
      return
    }
  }
})
