import { execFile, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished, vi } from 'vitest'
import { z } from 'zod'

const run = promisify(execFile)

/** Notifications stay until somebody does something with them. */
const SETTINGS = `[urgency_low]
timeout = 0
[urgency_normal]
timeout = 0
[urgency_critical]
timeout = 0
`

const HISTORY = z.object({ data: z.array(z.array(z.object({ summary: z.object({ data: z.string() }) }))) })

/** dunst (https://dunst-project.org): a program that people run to be shown notifications. */
export class Dunst {
  readonly #env: Readonly<Record<string, string>>

  private constructor(env: Readonly<Record<string, string>>) {
    this.#env = env
  }

  /** @param env - with the address of the bus on which it lives. */
  static async open(env: Readonly<Record<string, string>>): Promise<Dunst> {
    const settings = join(fs.mkdtempSync(join(tmpdir(), 'keepsake-dunst-')), 'dunstrc')
    fs.writeFileSync(settings, SETTINGS)
    const child = spawn('dunst', ['-config', settings], { env: { ...process.env, ...env }, stdio: 'ignore' })
    onTestFinished(() => void child.kill())
    const dunst = new Dunst(env)
    await vi.waitFor(() => dunst.displayed(), { timeout: 10_000 })
    return dunst
  }

  /** How many are on the screen. */
  async displayed(): Promise<number> {
    return Number(await this.#control('count', 'displayed'))
  }

  /** Takes all from the screen. */
  async dismiss(): Promise<void> {
    await this.#control('close-all')
  }

  /** A click on the one that is on the screen. */
  async press(): Promise<void> {
    await this.#control('action')
  }

  /** Titles of those that are not on the screen any more, oldest first. */
  async past(): Promise<readonly string[]> {
    const { data } = HISTORY.parse(JSON.parse(await this.#control('history')))
    return data
      .flat()
      .map(({ summary }) => summary.data)
      .toReversed()
  }

  async #control(...args: readonly string[]): Promise<string> {
    return (await run('dunstctl', args, { env: { ...process.env, ...this.#env } })).stdout.trim()
  }
}
