import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EmulatorCommands, SeenRequest } from '../drive-emulator/server.ts'

/** A file as the emulator has it, without its content. */
export type EmulatedFile = Readonly<{
  id: string
  name: string
  parent: string
  bytes: number
  trashed: boolean
  mimeType: string
}>

export type DriveGrant = Readonly<{ clientId: string; clientSecret: string; refreshToken: string }>

/** A running Drive emulator, in its own process. */
export class EmulatedDrive implements AsyncDisposable {
  readonly url: string
  readonly #end: () => Promise<void>

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url
    this.#end = end
  }

  static async start(options: Readonly<{ seed?: number; introspect?: string }> = {}): Promise<EmulatedDrive> {
    const args = [join(import.meta.dirname, '../drive-emulator/main.ts'), '--seed', String(options.seed ?? 1)]
    if (options.introspect !== undefined) args.push('--introspect', options.introspect)
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const [url] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      exited.then(([code]) => Promise.reject(new Error(`the emulator ended with ${code}`))),
    ])) as [string]
    return new EmulatedDrive(url, async () => {
      child.stdin.end()
      await exited
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end()
  }

  /** What someone who has signed in holds. */
  grant(scope?: string): Promise<DriveGrant> {
    return this.#ask('grant', { clientId: 'client-a', ...(scope !== undefined && { scope }) }) as Promise<DriveGrant>
  }

  async tell<N extends keyof EmulatorCommands>(name: N, input: EmulatorCommands[N]): Promise<void> {
    await this.#ask(name, input)
  }

  requests(): Promise<readonly SeenRequest[]> {
    return this.#ask('requests', null) as Promise<readonly SeenRequest[]>
  }

  files(): Promise<readonly EmulatedFile[]> {
    return this.#ask('files', null) as Promise<readonly EmulatedFile[]>
  }

  async #ask(name: string, input: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/_emulator/${name}`, {
      method: 'POST',
      ...(input !== null && { body: JSON.stringify(input) }),
    })
    if (!answer.ok) throw new Error(`the emulator answers ${answer.status} to ${name}`)
    return answer.json()
  }
}
