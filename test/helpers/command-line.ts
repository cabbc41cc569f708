import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { BackupError, EXIT_CODES } from '#common/errors.ts'
import { parseCommandLine } from '../../electron/cli/arguments.ts'
import { exitOf } from '../../electron/cli/command.ts'
import { runCommand } from '../../electron/cli/run-command.ts'

const CLI = fileURLToPath(new URL('../../electron/cli.ts', import.meta.url))

export const KEY_TEXT = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210'
export const PASSWORD = 'Grüße aus der  tulip orbit 7'

/** How a run ended. A run that a signal killed has no exit code. */
export type Ended = Readonly<{ exit: number | null; stdout: string; stderr: string; json: unknown }>

export type Running = Readonly<{ child: ChildProcess; ended: Promise<Ended> }>

export type RunHow = Readonly<{
  cwd?: string
  env?: Readonly<Record<string, string>>
  /** A module that is loaded first. */
  preload?: URL
}>

/** Starts the command line in a process of its own, as people do. */
export function start(args: readonly string[], { cwd, env, preload }: RunHow = {}): Running {
  const child = spawn(process.execPath, [...(preload ? ['--import', preload.href] : []), CLI, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, npm_lifecycle_event: '', INIT_CWD: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ending = async (): Promise<Ended> => {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { exit: child.exitCode, stdout, stderr, json: jsonOf(stdout) }
  }
  return { child, ended: ending() }
}

function jsonOf(stdout: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch {
    return undefined // none, or more than one
  }
}

/** What `--json` prints when there is no result. */
export const failure = (code: string, exit: number) => ({ exit, json: { error: { code, exit } } })

/** A folder with chats, a place, two secrets in files, and a state folder for each device. It goes when disposed. */
export class CommandLine implements Disposable {
  readonly top = fs.mkdtempSync(join(tmpdir(), 'keepsake-cli-'))
  readonly chats = join(this.top, 'All my chats')
  readonly place = join(this.top, 'Disk')
  readonly keyFile = join(this.top, 'secret.key')
  readonly passwordFile = join(this.top, 'secret.txt')

  constructor() {
    fs.mkdirSync(this.place)
    fs.writeFileSync(this.keyFile, `${KEY_TEXT}\n`)
    fs.writeFileSync(this.passwordFile, `${PASSWORD}\nnot the password\n`)
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.top, { recursive: true, force: true })
  }

  path(...parts: readonly string[]): string {
    return join(this.top, ...parts)
  }

  /** Writes files below the chats, and tells where they are. */
  write(files: Readonly<Record<string, string | Uint8Array>>): string {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(dirname(join(this.chats, name)), { recursive: true })
      fs.writeFileSync(join(this.chats, name), content)
    }
    return this.chats
  }

  file(name: string, content: string | Uint8Array): string {
    fs.writeFileSync(this.path(name), content)
    return this.path(name)
  }

  get key(): readonly string[] {
    return ['--key-file', this.keyFile]
  }

  get password(): readonly string[] {
    return ['--password-file', this.passwordFile]
  }

  start(command: string, ...args: readonly string[]): Running {
    return start([command, this.place, '--json', '--state', this.path('state'), ...args])
  }

  /** Runs a command on the place with `--json`, on the first device. */
  run(command: string, ...args: readonly string[]): Promise<Ended> {
    return this.start(command, ...args).ended
  }

  /** The same with another state folder. */
  runOn(state: string, command: string, ...args: readonly string[]): Promise<Ended> {
    return start([command, this.place, '--json', '--state', this.path(state), ...args]).ended
  }

  /** What a command that must succeed prints. */
  async result<T>(command: string, ...args: readonly string[]): Promise<T> {
    const { exit, json, stderr } = await this.run(command, ...args)
    if (exit !== 0) throw new Error(`${command} ended with ${exit}: ${stderr}`)
    return json as T
  }

  /** The same within this process: quick, for what a test begins with, or looks at afterwards. */
  quick(command: string, ...args: readonly string[]): Promise<Pick<Ended, 'exit' | 'json'>> {
    return this.quickOn('state', command, ...args)
  }

  async quickOn(state: string, command: string, ...args: readonly string[]): Promise<Pick<Ended, 'exit' | 'json'>> {
    const words = [command, this.place, '--state', this.path(state), ...args]
    try {
      const outcome = await runCommand(parseCommandLine(words), new AbortController().signal, () => undefined)
      return { exit: exitOf(outcome), json: outcome.result }
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (error.code === 'unexpected') throw error
      return failure(error.code, EXIT_CODES[error.code])
    }
  }

  /** Runs a command that must succeed, within this process. */
  async prepare(command: string, ...args: readonly string[]): Promise<void> {
    const { exit } = await this.quick(command, ...args)
    if (exit !== 0) throw new Error(`${command} ended with ${exit}`)
  }

  /** The repository's own folder. */
  get repository(): string {
    const [name = ''] = fs.readdirSync(this.place).filter((entry) => entry.startsWith('keepsake-'))
    return join(this.place, name)
  }

  /** Paths of objects in the repository whose name begins with `kind`. */
  objects(kind = ''): readonly string[] {
    const names = fs.existsSync(this.repository)
      ? fs.readdirSync(this.repository, { recursive: true, encoding: 'utf8' })
      : []
    return names
      .filter((name) => name.endsWith('.kps') && name.slice(name.lastIndexOf('/') + 1).startsWith(kind))
      .sort()
  }

  /** Changes the bytes of objects in the repository. */
  change(kind: string, change: (bytes: Uint8Array) => void): void {
    for (const name of this.objects(kind)) {
      const bytes = fs.readFileSync(join(this.repository, name))
      change(bytes)
      fs.writeFileSync(join(this.repository, name), bytes)
    }
  }
}

/** Every file below a folder with its bytes, to compare or to search. */
export function bytesBelow(folder: string): ReadonlyMap<string, Buffer> {
  if (!fs.existsSync(folder)) return new Map()
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    names.flatMap((name) => {
      const path = join(folder, name)
      return fs.statSync(path).isFile() ? [[name, fs.readFileSync(path)] as const] : []
    }),
  )
}
