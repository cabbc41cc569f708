import * as fs from 'node:fs'
import { CommandLine, start } from '../helpers/command-line.ts'
import type { Act } from './acts.ts'

const KILL_SWITCH = new URL('./kill-switch.ts', import.meta.url)

/** When a run is killed: as it is about to make its n-th change to a file, or after a time. */
export type Point = Readonly<{ kind: 'change'; number: number } | { kind: 'time'; ms: number }>

/** One act, prepared once, that can be killed again and again from the same start. */
export class Crashes implements Disposable {
  readonly #act: Act
  readonly #line = new CommandLine()
  readonly #start = `${this.#line.top}-start`
  /** How many changes the act makes to files when nothing stops it, and how long it takes; once prepared. */
  changes = 0
  ms = 0

  constructor(act: Act) {
    this.#act = act
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]()
    fs.rmSync(this.#start, { recursive: true, force: true })
  }

  async prepare(megabytes: number): Promise<void> {
    await this.#act.prepare(this.#line, megabytes)
    fs.renameSync(this.#line.top, this.#start)
    this.#reset()
    const countTo = this.#line.path('count')
    const startedMs = performance.now()
    const { exit, stderr } = await this.#run({ KEEPSAKE_COUNT_TO: countTo }).ended
    this.ms = performance.now() - startedMs
    if (exit !== 0) throw new Error(`${this.#act.name} ended with ${exit}: ${stderr}`)
    this.changes = Number(fs.readFileSync(countTo, 'utf8'))
  }

  /** @returns whether the act was killed before it had ended. @throws Error when what must hold then does not */
  async crash(point: Point): Promise<boolean> {
    this.#reset()
    const running = this.#run(point.kind === 'change' ? { KEEPSAKE_KILL_AT: String(point.number) } : {})
    const timer = point.kind === 'time' ? setTimeout(() => running.child.kill('SIGKILL'), point.ms) : undefined
    const { exit } = await running.ended
    clearTimeout(timer)
    try {
      await this.#act.verify(this.#line)
    } catch (error) {
      throw new Error(`${this.#act.name}, killed at ${JSON.stringify(point)}`, { cause: error })
    }
    return exit === null
  }

  /** The same paths again: a state folder knows places by their path. */
  #reset(): void {
    fs.rmSync(this.#line.top, { recursive: true, force: true })
    fs.cpSync(this.#start, this.#line.top, { recursive: true, preserveTimestamps: true })
  }

  #run(env: Readonly<Record<string, string>>) {
    const [command, ...args] = this.#act.command(this.#line)
    const words = [command, this.#line.place, '--json', '--state', this.#line.path('state'), ...args]
    return start(words, { env, preload: KILL_SWITCH })
  }
}
