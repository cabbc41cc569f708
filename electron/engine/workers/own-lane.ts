import type { LaneCounts, LaneResults, Lanes, LaneTask } from './lane.ts'
import { LaneWork, type LaneWorkParts } from './lane-work.ts'
import type { Turns } from './turns.ts'

/** The run's own thread as the only lane: for little work, and for files that no other thread can open. */
export class OwnLane implements Lanes {
  readonly areThreads = false
  readonly counts: LaneCounts = { newParts: 0, incompressibleBytes: 0 } // the run's own store counts them
  readonly #work: LaneWork
  readonly #turns: Turns

  /** @param turns - of the run's own thread, whose store this lane uses. */
  constructor(parts: Omit<LaneWorkParts, 'cancel'>, turns: Turns, signal: AbortSignal | undefined) {
    this.#work = new LaneWork({ ...parts, cancel: signal })
    this.#turns = turns
  }

  room(): Promise<void> {
    return this.#turns.run(async () => {
      await new Promise((done) => setImmediate(done)) // cancel and progress get their turn
    })
  }

  run<T extends LaneTask>(task: T): Promise<LaneResults[T['kind']]>
  run(task: LaneTask): Promise<LaneResults[LaneTask['kind']]> {
    return this.#turns.run(() => this.#work.run(task))
  }

  async finish(): Promise<void> {}

  async close(): Promise<void> {}
}
