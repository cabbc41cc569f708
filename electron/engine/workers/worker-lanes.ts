import { Worker } from 'node:worker_threads'
import { BackupError } from '#common/errors.ts'
import { randomBelow } from '#engine/crypto/sodium.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { PackEntries } from '#engine/repository/pack-entries.ts'
import type { SealedPack } from '#engine/repository/pack-writer.ts'
import type { SharedPartsMemory } from '#engine/repository/shared-parts.ts'
import type { SourceAddress } from '#engine/source/source.ts'
import type { LaneCounts, LaneResults, Lanes, LaneTask } from './lane.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { SharedKeyring } from './shared-keyring.ts'
import { threadManners } from './thread-manners.ts'

export type WorkerLanesOptions = Readonly<{
  /** How many workers. */
  count: number
  keyring: Keyring
  parts: SharedPartsMemory
  sources: readonly (SourceAddress | null)[]
  /** Brings a pack of a worker to the place; its bytes lie in shared memory. */
  keep: (pack: SealedPack) => Promise<void>
  isPolite: boolean
  signal: AbortSignal | undefined
}>

/** Pieces of work that a worker may have before it: one that it does and one that it finds when that is done. */
const WORK_AHEAD = 2

/** Several workers fill one pack each, a single one two: which pack a part goes to must not follow from its neighbours. */
const OPEN_PACKS = 2

type Waiting = Readonly<{
  done: (result: LaneResults[LaneTask['kind']] | null) => void
  fail: (error: unknown) => void
}>

type Lane = {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
  counts: LaneCounts
}

/**
 * Lanes in threads of their own. Work goes to a lane by chance among those with room, so that neighbours in a chat do
 * not share a pack. A worker that fails or dies fails the run: what it had not handed over yet is not relied on.
 */
export class WorkerLanes implements Lanes {
  readonly areThreads = true
  readonly #options: WorkerLanesOptions
  readonly #lanes: readonly Lane[]
  readonly #keys: SharedKeyring
  readonly #roomSeekers: (() => void)[] = []
  #failure: { error: unknown } | null = null
  readonly #keeping = new Set<Promise<void>>()
  #isEnding = false
  #tasks = 0

  constructor(options: WorkerLanesOptions) {
    this.#options = options
    this.#keys = new SharedKeyring(options.keyring)
    this.#lanes = Array.from({ length: options.count }, () => this.#startLane())
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get counts(): LaneCounts {
    const sum = (pick: (counts: LaneCounts) => number): number =>
      this.#lanes.reduce((total, { counts }) => total + pick(counts), 0)
    return { newParts: sum((one) => one.newParts), incompressibleBytes: sum((one) => one.incompressibleBytes) }
  }

  async room(): Promise<void> {
    while (!this.#failure && this.#withRoom().length === 0)
      await new Promise<void>((done) => this.#roomSeekers.push(done))
    this.#throwFailure()
  }

  run<T extends LaneTask>(task: T): Promise<LaneResults[T['kind']]>
  async run(task: LaneTask): Promise<LaneResults[LaneTask['kind']]> {
    await this.room()
    const free = this.#withRoom()
    const lane = free[randomBelow(free.length)]
    const result = lane && (await this.#ask(lane, (number) => ({ kind: 'task', number, task })))
    return result ?? null
  }

  async finish(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => this.#ask(lane, (number) => ({ kind: 'finish', number }))))
  }

  async close(): Promise<void> {
    this.#isEnding = true
    this.#fail(new BackupError('cancelled'))
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    await Promise.all(this.#lanes.map(({ worker }) => worker.terminate()))
    await Promise.allSettled(this.#keeping)
    this.#keys[Symbol.dispose]()
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#options.signal?.reason)
  }

  #startLane(): Lane {
    const { parts, sources, count, isPolite } = this.#options
    const start: WorkerStart = {
      keyring: this.#keys.keyring,
      parts,
      sources,
      openPacks: count === 1 ? OPEN_PACKS : 1,
      isPolite,
    }
    const worker = new Worker(ENTRY, { workerData: start, ...threadManners() })
    const lane: Lane = { worker, waiting: new Map(), counts: { newParts: 0, incompressibleBytes: 0 } }
    worker.on('message', (message: FromWorker) => this.#hear(lane, message))
    worker.on('error', (error) => this.#fail(new BackupError('unexpected', { reason: 'worker' }, error)))
    worker.on('exit', () => {
      if (!this.#isEnding) this.#fail(new BackupError('unexpected', { reason: 'worker-ended' }))
    })
    return lane
  }

  #hear(lane: Lane, message: FromWorker): void {
    switch (message.kind) {
      case 'done':
        lane.counts = message.counts
        this.#settle(lane, message.number)?.done(message.result)
        return
      case 'failed': {
        const error = BackupError.fromPlain(message.error)
        this.#settle(lane, message.number)?.fail(error)
        this.#fail(error)
        return
      }
      case 'pack': {
        const keeping = this.#keep(lane, message).finally(() => this.#keeping.delete(keeping))
        this.#keeping.add(keeping)
        return
      }
    }
  }

  async #keep(lane: Lane, { id, bytes, commitment, entries }: Extract<FromWorker, { kind: 'pack' }>): Promise<void> {
    let failure: BackupError | null = null
    try {
      await this.#options.keep({ id, bytes, commitment, entries: new PackEntries(entries) })
    } catch (error) {
      this.#fail(error)
      failure = BackupError.from(error)
    }
    this.#tell(lane, { kind: 'kept', pack: id, error: failure?.toPlain() ?? null })
  }

  #ask(lane: Lane, message: (number: number) => ToWorker): Promise<LaneResults[LaneTask['kind']] | null> {
    this.#throwFailure()
    const number = ++this.#tasks
    return new Promise((done, fail) => {
      lane.waiting.set(number, { done, fail })
      this.#tell(lane, message(number))
    })
  }

  #tell(lane: Lane, message: ToWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is a thread, not a window
    lane.worker.postMessage(message)
  }

  #settle(lane: Lane, number: number): Waiting | undefined {
    const waiting = lane.waiting.get(number)
    lane.waiting.delete(number)
    for (const look of this.#roomSeekers.splice(0)) look()
    return waiting
  }

  #withRoom(): readonly Lane[] {
    return this.#lanes.filter(({ waiting }) => waiting.size < WORK_AHEAD)
  }

  /** The first failure is the one that counts; everything that waits fails with it. */
  #fail(error: unknown): void {
    this.#failure ??= { error }
    for (const { waiting } of this.#lanes) {
      for (const { fail } of waiting.values()) fail(this.#failure.error)
      waiting.clear()
    }
    for (const look of this.#roomSeekers.splice(0)) look()
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}

/** Beside this file, as it is: source code, or one of the bundles that the app is built of. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './lane-worker.ts' : './lane-worker.js', import.meta.url)
