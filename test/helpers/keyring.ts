import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { Bus, type Serve } from './dbus/bus.ts'

const run = promisify(execFile)

type Entry = Readonly<{ account: string; password: string }>

const PASSWORD = 'test\n'
const SERVICE = '--dest=org.freedesktop.secrets'
const LOGIN = 'array:objpath:/org/freedesktop/secrets/collection/login'

/** A session bus and a keyring of its own for one test, to lock, to unlock and to take away. */
export class Keyring {
  readonly #home: string
  readonly #bus: ChildProcess
  readonly #address: string
  #daemon: ChildProcess | null = null
  #standIn: Bus | null = null

  private constructor(home: string, bus: ChildProcess, address: string) {
    this.#home = home
    this.#bus = bus
    this.#address = address
  }

  /** A bus with no keyring yet. */
  static async prepare(): Promise<Keyring> {
    const home = fs.mkdtempSync(join(tmpdir(), 'keepsake-keyring-'))
    fs.mkdirSync(join(home, 'run'), { mode: 0o700 })
    const config = join(home, 'bus.conf')
    fs.writeFileSync(config, busConfig(home)) // no services: nothing starts a keyring when it is asked for
    const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [address] = await once(createInterface(bus.stdout), 'line')
    const keyring = new Keyring(home, bus, String(address))
    onTestFinished(() => keyring.#end())
    return keyring
  }

  /** An unlocked keyring, as after signing in. */
  static async open(): Promise<Keyring> {
    const keyring = await Keyring.prepare()
    await keyring.unlock()
    return keyring
  }

  /** What a program must be started with to find this keyring and no other. */
  get env(): Readonly<Record<string, string>> {
    return {
      DBUS_SESSION_BUS_ADDRESS: this.#address,
      XDG_RUNTIME_DIR: join(this.#home, 'run'),
      XDG_DATA_HOME: join(this.#home, 'data'),
    }
  }

  async unlock(): Promise<void> {
    const env = { ...process.env, ...this.env }
    await this.#stop() // a new one unlocks what the old one has kept
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--components=secrets', '--unlock'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#daemon = daemon
    daemon.stdin.end(PASSWORD)
    while (!(await this.#isOpen())) if (daemon.exitCode !== null) throw new Error('the keyring has ended')
  }

  async lock(): Promise<void> {
    await this.#call('org.freedesktop.Secret.Service.Lock', LOGIN)
  }

  /** Puts something in the keyring's place that answers as it likes; unlocking brings the keyring back. */
  async replace(serve: Serve): Promise<void> {
    await this.#stop()
    this.#standIn = await Bus.connect(this.#address)
    await this.#standIn.own('org.freedesktop.secrets', serve)
  }

  /** Changes every secret that a program keeps in the keyring. */
  async spoil(service: string, change: (secret: string) => string): Promise<void> {
    const entries: Entry[] = JSON.parse(await this.#keytar('findCredentials', service))
    for (const { account, password } of entries) await this.#keytar('setPassword', service, account, change(password))
  }

  /** In a process of its own: which keyring it finds is decided by its surroundings. */
  async #keytar(method: string, ...args: readonly string[]): Promise<string> {
    const script = 'const [method, ...args] = process.argv.slice(1); '
    const call = "require('keytar')[method](...args).then((answer) => console.log(JSON.stringify(answer ?? null)))"
    const env = { ...process.env, ...this.env }
    return (await run(process.execPath, ['-e', script + call, method, ...args], { env, timeout: 10_000 })).stdout
  }

  async #isOpen(): Promise<boolean> {
    return await this.#call('org.freedesktop.Secret.Service.Unlock', LOGIN).then(
      (answer) => answer.includes('collection/login'),
      () => false,
    )
  }

  async #call(method: string, ...args: readonly string[]): Promise<string> {
    const path = '/org/freedesktop/secrets'
    const words = [`--bus=${this.#address}`, '--print-reply', SERVICE, path, method, ...args]
    return (await run('dbus-send', words, { timeout: 10_000 })).stdout
  }

  async #stop(): Promise<void> {
    this.#standIn?.close()
    this.#standIn = null
    const ending = this.#daemon
    this.#daemon = null
    if (ending && ending.exitCode === null && ending.kill()) await once(ending, 'exit')
  }

  async #end(): Promise<void> {
    await this.#stop()
    this.#bus.kill()
    fs.rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 })
  }
}

const busConfig = (
  home: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${home}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`
