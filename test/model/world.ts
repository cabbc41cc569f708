import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import {
  backUp,
  createRepository,
  FolderSource,
  type OpenRepository,
  openAt,
  openDestination,
  readSnapshots,
  restore,
  StateFolder,
} from '#engine/index.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { changeSecret } from '#engine/secrets/change-secret.ts'
import { rotate } from '#engine/secrets/rotate.ts'
import { CrashingDestination, PowerCut } from '../helpers/crashing-destination.ts'
import { type Content, Device } from './device.ts'
import { type EvilAct, evilActs } from './evil-acts.ts'
import { Random } from './random.ts'

const DAY_MS = 24 * 3600 * 1000

/** What an evil place may lead to, besides exactly what was saved. */
const HONEST_FAILURES: readonly ErrorCode[] = ['damaged', 'rolled-back', 'no-repository', 'wrong-secret', 'not-found']

/**
 * Devices, a place and a secret, and beside them the simplest description of what must be true: which snapshots there
 * are, and what each holds. Every step changes both and compares.
 */
export class World {
  readonly random: Random
  readonly steps: string[] = []
  readonly #top: string
  readonly #place: string
  readonly #devices: Device[] = []
  /** By snapshot id. */
  readonly #snapshots = new Map<string, Content>()
  #secret: SlotSecret
  #nowMs = Date.UTC(2026, 0, 1)
  #made = 0

  constructor(top: string, seed: number) {
    this.#top = top
    this.#place = join(top, 'place')
    this.random = new Random(seed)
    this.#secret = newSecret()
  }

  async begin(): Promise<void> {
    const device = this.#addDevice()
    await createRepository({
      place: openDestination(this.#place),
      state: new StateFolder(device.state),
      secret: this.#secret,
      another: false,
      deviceName: device.name,
      now: this.#now,
    })
    device.edit(this.random)
    await this.#backUp(device)
  }

  /** One random step. */
  async step(): Promise<void> {
    const device = this.random.pick(this.#devices)
    this.#nowMs += this.random.int(2 * DAY_MS)
    const roll = this.random.int(100)
    if (roll < 25) return this.#say(`${device.name} edits`, async () => device.edit(this.random))
    if (roll < 55) return this.#say(`${device.name} backs up`, () => this.#backUp(device))
    if (roll < 65) return this.#say(`${device.name} is cut off in a backup`, () => this.#backUpCutOff(device))
    if (roll < 75) return this.#say('somebody restores', () => this.#restoreAny())
    if (roll < 80) return this.#say(`${device.name} changes the secret`, () => this.#changeSecret(device))
    if (roll < 83) return this.#say(`${device.name} rotates`, () => this.#rotate(device))
    if (roll < 87) return this.#say(`${device.name} loses its state`, async () => this.#loseState(device))
    if (roll < 90) return this.#say(`${device.name} is cloned`, async () => this.#clone(device))
    const act = this.random.pick(evilActs)
    return this.#say(`the place: ${act.name}`, () => this.#evil(device, act))
  }

  readonly #now = (): number => this.#nowMs

  async #say(what: string, work: () => Promise<void>): Promise<void> {
    this.steps.push(what)
    await work()
  }

  #addDevice(): Device {
    const device = new Device(this.#top, `device-${++this.#made}`)
    this.#devices.push(device)
    return device
  }

  #open(device: Pick<Device, 'state'>, place: Destination, secret = this.#secret): Promise<OpenRepository> {
    return openAt({ place, state: new StateFolder(device.state), opener: secret })
  }

  /** A computer that knows nothing yet. */
  #observer(): Pick<Device, 'state'> {
    return { state: join(this.#top, `observer-${++this.#made}`) }
  }

  async #backUp(device: Device, destination = openDestination(this.#place)): Promise<void> {
    const content = Device.contentOf(device.source)
    const repository = await this.#open(device, destination)
    const { snapshot, files } = await backUp(repository, {
      sources: [{ label: 'chats', open: () => new FolderSource(device.source) }],
      deviceName: device.name,
      now: this.#now,
    })
    if (files !== content.size) throw new Error(`${files} files in the snapshot, ${content.size} in the folder`)
    this.#snapshots.set(snapshot, content)
  }

  /** After a power cut the snapshot is there, whole, or it is not; and the next backup goes through. */
  async #backUpCutOff(device: Device): Promise<void> {
    const content = Device.contentOf(device.source)
    const when = this.random.chance(50) ? 'before' : 'after'
    const place = new CrashingDestination(openDestination(this.#place), 1 + this.random.int(6), when)
    await this.#backUp(device, place).catch(expectPowerCut)
    for (const id of await this.#visible()) if (!this.#snapshots.has(id)) this.#snapshots.set(id, content)
    await this.#backUp(device)
  }

  async #visible(): Promise<readonly string[]> {
    const { snapshots } = await readSnapshots(await this.#open(this.#observer(), openDestination(this.#place)))
    return snapshots.map(({ summary }) => summary.id)
  }

  /** What is visible is what the model holds, and any of it comes back as it was. */
  async #restoreAny(): Promise<void> {
    const repository = await this.#open(this.#observer(), openDestination(this.#place))
    const { snapshots } = await readSnapshots(repository)
    const ids = snapshots.map(({ summary }) => summary.id).sort()
    const expected = [...this.#snapshots.keys()].sort()
    if (ids.join() !== expected.join()) throw new Error(`snapshots ${ids.join()} instead of ${expected.join()}`)
    const snapshot = this.random.pick(snapshots)
    const to = join(this.#top, `restored-${++this.#made}`)
    const { missing } = await restore(repository, { snapshot, to, only: [], now: this.#now })
    if (missing.length > 0) throw new Error('something is missing at an honest place')
    mustBeEqual(Device.contentOf(to), this.#snapshots.get(snapshot.summary.id))
    fs.rmSync(to, { recursive: true })
  }

  async #changeSecret(device: Device): Promise<void> {
    const [before, after] = [this.#secret, newSecret()]
    const place = this.#perhapsCutOff()
    const change = async (): Promise<void> => {
      await changeSecret(await this.#open(device, place), { secret: after, keepOther: false, nowMs: this.#nowMs })
    }
    await change().catch(expectPowerCut)
    const opens = [await this.#doesOpen(before), await this.#doesOpen(after)]
    if (opens[0] === opens[1]) throw new Error(`old secret opens: ${opens[0]}, new secret opens: ${opens[1]}`)
    if (opens[1]) this.#secret = after
  }

  async #rotate(device: Device): Promise<void> {
    const place = this.#perhapsCutOff()
    const turn = async (): Promise<void> => {
      const options = { secrets: [this.#secret], dropOther: false, nowMs: this.#nowMs }
      await rotate(await this.#open(device, place), options)
    }
    await turn().catch(expectPowerCut)
    if (!(await this.#doesOpen(this.#secret))) throw new Error('the secret opens nothing after a rotation')
  }

  async #doesOpen(secret: SlotSecret): Promise<boolean> {
    try {
      await this.#open(this.#observer(), openDestination(this.#place), secret)
      return true
    } catch (error) {
      if (BackupError.from(error).code !== 'wrong-secret') throw error
      return false
    }
  }

  #perhapsCutOff(): Destination {
    const place = openDestination(this.#place)
    const when = this.random.chance(50) ? 'before' : 'after'
    return this.random.chance(50) ? new CrashingDestination(place, 1 + this.random.int(8), when) : place
  }

  #loseState(device: Device): void {
    fs.rmSync(device.state, { recursive: true, force: true })
  }

  #clone(device: Device): void {
    if (this.#devices.length >= 4 || !fs.existsSync(device.state)) return
    const twin = this.#addDevice()
    fs.cpSync(device.source, twin.source, { recursive: true, preserveTimestamps: true })
    fs.cpSync(device.state, twin.state, { recursive: true })
  }

  /** Nothing wrong is ever taken for right; afterwards everything is as it was. */
  async #evil(device: Device, act: EvilAct): Promise<void> {
    const saved = join(this.#top, 'saved')
    for (const [name, from] of [
      ['place', this.#place],
      ['state', device.state],
    ] as const) {
      if (fs.existsSync(from)) fs.cpSync(from, join(saved, name), { recursive: true, preserveTimestamps: true })
    }
    const hadState = fs.existsSync(device.state)
    act.run(this.#place, this.random)
    await this.#mustBeExactOrRefused(this.#observer())
    await this.#mustBeExactOrRefused(device)
    for (const [name, to] of [
      ['place', this.#place],
      ['state', device.state],
    ] as const) {
      fs.rmSync(to, { recursive: true, force: true })
      if (name === 'place' || hadState) fs.renameSync(join(saved, name), to)
    }
    fs.rmSync(saved, { recursive: true, force: true })
  }

  async #mustBeExactOrRefused(device: Pick<Device, 'state'>): Promise<void> {
    const to = join(this.#top, `restored-${++this.#made}`)
    try {
      const repository = await this.#open(device, openDestination(this.#place))
      const { snapshots } = await readSnapshots(repository)
      for (const snapshot of snapshots.slice(0, 3)) {
        const expected = this.#snapshots.get(snapshot.summary.id)
        if (!expected) throw new Error(`a snapshot that nobody made: ${snapshot.summary.id}`)
        const { missing } = await restore(repository, { snapshot, to, only: [], now: this.#now })
        const got = Device.contentOf(to)
        for (const [path, content] of got)
          if (expected.get(path) !== content) throw new Error(`${path} is not what it was`)
        if (missing.length === 0) mustBeEqual(got, expected)
        fs.rmSync(to, { recursive: true })
      }
    } catch (error) {
      if (!(error instanceof BackupError) || !HONEST_FAILURES.includes(error.code)) throw error
    } finally {
      fs.rmSync(to, { recursive: true, force: true })
    }
  }
}

const newSecret = (): SlotSecret => ({ kind: 'key', bytes: new Uint8Array(randomBytes(32)) })

function expectPowerCut(error: unknown): void {
  const cause = error instanceof BackupError ? error.cause : error
  if (!(cause instanceof PowerCut)) throw error
}

function mustBeEqual(got: Content, expected: Content | undefined): void {
  const [a, b] = [got, expected ?? new Map()].map((content) =>
    JSON.stringify([...content].sort(([one], [other]) => (one < other ? -1 : 1))),
  )
  if (a !== b) throw new Error(`restored ${a} instead of ${b}`)
}
