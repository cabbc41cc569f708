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
  prune,
  readSnapshots,
  restore,
  StateFolder,
} from '#engine/index.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import type { PruneOptions, PruneResult } from '#engine/retention/prune.ts'
import { changeSecret } from '#engine/secrets/change-secret.ts'
import { rotate } from '#engine/secrets/rotate.ts'
import { CrashingDestination, PowerCut } from '../helpers/crashing-destination.ts'
import { DatedDestination } from '../helpers/dated-destination.ts'
import { type Content, Device } from './device.ts'
import { type EvilAct, evilActs } from './evil-acts.ts'
import { Random } from './random.ts'

const DAY_MS = 24 * 3600 * 1000

/** What an evil place may lead to, besides exactly what was saved. */
const HONEST_FAILURES: readonly ErrorCode[] = ['damaged', 'rolled-back', 'no-repository', 'wrong-secret', 'not-found']

/** The place as it once was, to be put back by somebody who wants to hide what came after. */
type Older = Readonly<{ folder: string; snapshots: ReadonlyMap<string, Content>; secret: SlotSecret }>

/** What is there, and whose: newest first. */
type Visible = readonly Readonly<{ id: string; deviceId: string }>[]

/** However much is cleaned up, so many snapshots of each device stay. */
const ALWAYS_KEPT = 3

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
  #snapshots = new Map<string, Content>()
  /** When what lies at the place was written, by the clock of the model. */
  readonly #writtenMs = new Map<string, number>()
  /** Devices that have seen what an older state does not show: their owner must say yes to it once. */
  readonly #mustAccept = new Set<string>()
  #older: Older | null = null
  #secret: SlotSecret
  #nowMs = Date.UTC(2040, 0, 1) // later than the files that it edits, which have the times of the system
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
      place: this.#destination(),
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
    if (roll < 89) return this.#say(`${device.name} is cloned`, async () => this.#clone(device))
    if (roll < 90) return this.#say('months pass', async () => this.#passDays(30 + this.random.int(120)))
    if (roll < 93) return this.#say(`${device.name} cleans up`, () => this.#prune(device))
    if (roll < 94) return this.#say('the place is copied', async () => this.#copyPlace())
    if (roll < 96) return this.#say(`an older place, ${device.name} goes on`, () => this.#bringBackOlder(device))
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

  /** The place as it is now: a new look at it each time. */
  #destination(): Destination {
    return new DatedDestination(openDestination(this.#place), this.#now, this.#writtenMs)
  }

  async #open(device: Pick<Device, 'state'>, place: Destination, secret = this.#secret): Promise<OpenRepository> {
    const { state } = device
    const acceptOlder = this.#mustAccept.has(state)
    const repository = await openAt({ place, state: new StateFolder(state), opener: secret, acceptOlder })
    this.#mustAccept.delete(state)
    return repository
  }

  /** A computer that knows nothing yet. */
  #observer(): Pick<Device, 'state'> {
    return { state: join(this.#top, `observer-${++this.#made}`) }
  }

  async #backUp(device: Device, destination = this.#destination()): Promise<void> {
    const content = Device.contentOf(device.source)
    await this.#backUpTo(await this.#open(device, destination), device, content)
  }

  async #backUpTo(
    repository: OpenRepository,
    device: Device,
    content = Device.contentOf(device.source),
  ): Promise<void> {
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
    const place = new CrashingDestination(this.#destination(), 1 + this.random.int(6), when)
    await this.#backUp(device, place).catch(expectPowerCut)
    for (const { id } of await this.#visible()) if (!this.#snapshots.has(id)) this.#snapshots.set(id, content)
    await this.#backUp(device)
  }

  async #visible(): Promise<Visible> {
    const { snapshots } = await readSnapshots(await this.#open(this.#observer(), this.#destination()))
    return snapshots.map(({ summary, stored }) => ({ id: summary.id, deviceId: stored.record.deviceId }))
  }

  #passDays(days: number): void {
    this.#nowMs += days * DAY_MS
  }

  /** What a clean-up drops is gone from the model; what it must not drop is still there, and so is everything else. */
  async #prune(device: Device): Promise<void> {
    const policy = { daily: this.random.int(5), weekly: this.random.int(4), monthly: this.random.int(4) }
    const options = { policy, acceptChange: true, deviceName: device.name, now: this.#now }
    const before = await this.#visible()
    const planned = await prune(await this.#open(device, this.#destination()), { ...options, dryRun: true })
    const { dropped = planned.dropped } = await this.#pruneAt(device, options)
    const after = new Set((await this.#visible()).map(({ id }) => id))
    for (const [, ofDevice] of Map.groupBy(before, ({ deviceId }) => deviceId)) {
      const lost = ofDevice.slice(0, ALWAYS_KEPT).find(({ id }) => !after.has(id))
      if (lost) throw new Error(`${lost.id} was dropped, one of the newest ${ALWAYS_KEPT} of its device`)
    }
    const gone = before.filter(({ id }) => !after.has(id)).map(({ id }) => id)
    const wrong = gone.find((id) => !dropped.includes(id))
    if (wrong) throw new Error(`${wrong} is gone, and nobody dropped it`)
    for (const id of gone) this.#snapshots.delete(id)
  }

  async #pruneAt(device: Device, options: PruneOptions): Promise<Partial<PruneResult>> {
    try {
      return await prune(await this.#open(device, this.#perhapsCutOff()), options)
    } catch (error) {
      expectPowerCut(error)
      return {}
    }
  }

  #copyPlace(): void {
    const folder = join(this.#top, 'older')
    fs.rmSync(folder, { recursive: true, force: true })
    fs.cpSync(this.#place, folder, { recursive: true, preserveTimestamps: true })
    this.#older = { folder, snapshots: new Map(this.#snapshots), secret: this.#secret }
  }

  /** Devices that know better stop, until a person says yes; then everything is as it was then, and goes on from there. */
  async #bringBackOlder(device: Device): Promise<void> {
    const older = this.#older
    if (!older) return
    if ([...this.#snapshots.keys()].every((id) => older.snapshots.has(id))) return // nothing to be missed
    await this.#open(device, this.#destination()) // it has seen everything
    fs.rmSync(this.#place, { recursive: true })
    fs.cpSync(older.folder, this.#place, { recursive: true, preserveTimestamps: true })
    await this.#mustStop(device)
    const isRepaired = this.random.chance(50)
    const opener = isRepaired ? this.#secret : older.secret
    const explicit = isRepaired ? { reupload: true } : { acceptOlder: true }
    const state = new StateFolder(device.state)
    const repository = await openAt({ place: this.#destination(), state, opener, ...explicit })
    this.#snapshots = new Map(older.snapshots)
    this.#secret = opener
    for (const one of this.#devices) this.#mustAccept.add(one.state)
    this.#mustAccept.delete(device.state)
    await this.#backUpTo(repository, device)
    await this.#restoreAny()
  }

  async #mustStop(device: Device): Promise<void> {
    const before = fs.readdirSync(this.#place, { recursive: true }).length
    const stopped = await this.#backUp(device).then(
      () => null,
      (error: unknown) => error,
    )
    if (!stopped) throw new Error('an older state was taken for the newest')
    if (!['rolled-back', 'wrong-secret'].includes(BackupError.from(stopped).code)) throw stopped
    if (fs.readdirSync(this.#place, { recursive: true }).length !== before) throw new Error('something was written')
  }

  /** What is visible is what the model holds, and any of it comes back as it was. */
  async #restoreAny(): Promise<void> {
    const repository = await this.#open(this.#observer(), this.#destination())
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
      await this.#open(this.#observer(), this.#destination(), secret)
      return true
    } catch (error) {
      if (BackupError.from(error).code !== 'wrong-secret') throw error
      return false
    }
  }

  #perhapsCutOff(): Destination {
    const place = this.#destination()
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
    if (this.#mustAccept.has(device.state)) this.#mustAccept.add(twin.state)
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
    const mustAccept = this.#mustAccept.delete(device.state)
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
    if (mustAccept) this.#mustAccept.add(device.state)
  }

  async #mustBeExactOrRefused(device: Pick<Device, 'state'>): Promise<void> {
    const to = join(this.#top, `restored-${++this.#made}`)
    try {
      const repository = await this.#open(device, this.#destination())
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
