import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import {
  type BackupResult,
  backUp,
  changeSecret,
  check,
  createRepository,
  FolderSource,
  type OpenRepository,
  openAt,
  openToWrite,
  readSnapshots,
  restore,
  rotate,
  StateFolder,
} from '#engine/index.ts'
import type { OpenAtOptions } from '#engine/open-at.ts'
import type { NewSecret, SlotSecret } from '#engine/repository/slot.ts'
import type { ChangedSecrets } from '#engine/secrets/change-secret.ts'
import type { Rotated, RotateOptions } from '#engine/secrets/rotate.ts'
import { MemoryDestination } from '../../helpers/memory-destination.ts'

export const newKey = (): SlotSecret => ({ kind: 'key', bytes: new Uint8Array(randomBytes(32)) })
export const newPassword = (): SlotSecret => ({ kind: 'password', bytes: new Uint8Array(randomBytes(20)) })
export const secretReplaced = { code: 'wrong-secret', facts: { reason: 'secret-replaced' } }
export const rolledBack = (reason: string) => ({ code: 'rolled-back', facts: { reason } })

type Opening = Partial<Pick<OpenAtOptions, 'acceptOlder' | 'reupload' | 'lookOnly'>>

/** Some computers, a place in memory, and what each snapshot held when it was made. */
export class Household implements Disposable {
  readonly top = fs.mkdtempSync(join(tmpdir(), 'keepsake-household-'))
  readonly memory = new MemoryDestination()
  readonly saved = new Map<string, string>()
  nowMs = Date.UTC(2026, 2, 1)
  #made = 0

  /** A computer with its own chats. */
  computer(): Computer {
    return new Computer(this, join(this.top, `computer-${++this.#made}`))
  }

  /** A computer on which backup is on, with one snapshot. */
  static async begin(secret: SlotSecret): Promise<Readonly<{ home: Household; first: Computer }>> {
    const home = new Household()
    const first = home.computer()
    const { state, now } = first
    await createRepository({ place: home.memory, state, secret, another: false, deviceName: 'first', now })
    await first.backUp(secret)
    return { home, first }
  }

  /** Names of objects at the place that match, without the repository's folder. */
  names(pattern: RegExp): readonly string[] {
    return [...this.memory.objects.keys()]
      .map((name) => name.slice(name.indexOf('/') + 1))
      .filter((n) => pattern.test(n))
  }

  /** The whole place as it is now, to be brought back. */
  copy(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.memory.objects)
  }

  bringBack(copy: ReadonlyMap<string, Uint8Array>): void {
    this.memory.objects.clear()
    for (const [name, bytes] of copy) this.memory.objects.set(name, bytes)
  }

  /** Removes objects, or what `keep` does not hold of them. */
  lose(pattern: RegExp, keep: ReadonlyMap<string, Uint8Array> = new Map()): void {
    for (const name of this.memory.objects.keys()) {
      if (pattern.test(name) && !keep.has(name)) this.memory.objects.delete(name)
    }
  }

  /** Whether a secret opens the backup on a computer that knows nothing. */
  async opens(secret: SlotSecret): Promise<boolean> {
    try {
      await this.computer().open(secret)
      return true
    } catch (error) {
      if (BackupError.from(error).code !== 'wrong-secret') throw error
      return false
    }
  }

  /** Restores every snapshot on a computer that knows nothing, and compares it with what it held. Answers their ids. */
  async mustRestoreAll(secret: SlotSecret, mayBeDamaged = false): Promise<readonly string[]> {
    const repository = await this.computer().open(secret)
    const { snapshots, damaged } = await readSnapshots(repository)
    if (damaged.length > 0 && !mayBeDamaged) throw new Error(`damaged: ${damaged.join()}`)
    for (const snapshot of snapshots) {
      const to = join(this.top, `restored-${++this.#made}`)
      const { missing } = await restore(repository, { snapshot, to, only: [], now: () => this.nowMs })
      if (missing.length > 0) throw new Error(`missing: ${missing.map(({ path }) => path).join()}`)
      const { id } = snapshot.summary
      if (contentOf(to) !== this.saved.get(id)) throw new Error(`${id} is not what it was`)
    }
    return snapshots.map(({ summary }) => summary.id)
  }

  /** Whatever a computer restores from a place that may lie is what was saved, if it comes back at all. */
  async mustShowNothingWrong(computer: Computer, secret: SlotSecret, place: Destination): Promise<void> {
    const repository = await computer.open(secret, { lookOnly: true }, place)
    for (const snapshot of (await readSnapshots(repository)).snapshots.slice(0, 2)) {
      const to = join(this.top, `restored-${++this.#made}`)
      await restore(repository, { snapshot, to, only: [], now: () => this.nowMs })
      const saved = new Map<string, string>(JSON.parse(this.saved.get(snapshot.summary.id) ?? '[]'))
      for (const name of fs.readdirSync(to))
        if (fs.readFileSync(join(to, name), 'latin1') !== saved.get(name)) throw new Error(`${name} is not what it was`)
    }
  }

  /** Notes what a computer's backup that ended badly has saved all the same. */
  async noteSaved(secret: SlotSecret, computer: Computer): Promise<void> {
    const { snapshots } = await readSnapshots(await this.computer().open(secret))
    for (const { summary } of snapshots)
      if (!this.saved.has(summary.id)) this.saved.set(summary.id, contentOf(computer.chats))
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.top, { recursive: true, force: true })
  }
}

export class Computer {
  readonly home: Household
  readonly folder: string
  readonly chats: string
  readonly state: StateFolder

  constructor(home: Household, folder: string) {
    this.home = home
    this.folder = folder
    this.chats = join(folder, 'chats')
    this.state = new StateFolder(join(folder, 'state'))
    fs.mkdirSync(this.chats, { recursive: true })
  }

  readonly now = (): number => this.home.nowMs

  chat(name: string): void {
    fs.writeFileSync(join(this.chats, name), randomBytes(3000))
  }

  /** A computer with a copy of this one's chats and state. */
  clone(): Computer {
    const twin = this.home.computer()
    fs.cpSync(this.folder, twin.folder, { recursive: true })
    return twin
  }

  copyState(): string {
    const copy = `${this.folder}-copy-${randomBytes(4).toString('hex')}`
    fs.cpSync(this.state.path, copy, { recursive: true })
    return copy
  }

  bringBackState(copy: string): void {
    fs.rmSync(this.state.path, { recursive: true, force: true })
    fs.cpSync(copy, this.state.path, { recursive: true })
  }

  open(secret: SlotSecret, options: Opening = {}, place: Destination = this.home.memory): Promise<OpenRepository> {
    return openAt({ place, state: this.state, opener: secret, ...options })
  }

  openToWrite(secret: SlotSecret, options: Opening = {}, place: Destination = this.home.memory) {
    return openToWrite({ place, state: this.state, opener: secret, ...options }, this.now())
  }

  /** A backup of the chats as they are, after a minute and a new chat. */
  async backUp(secret: SlotSecret, options: Opening = {}, place?: Destination): Promise<BackupResult> {
    this.home.nowMs += 60_000
    this.chat(`chat-${this.home.nowMs}`)
    return this.backUpAsIs(secret, options, place)
  }

  async backUpAsIs(secret: SlotSecret, options: Opening = {}, place?: Destination): Promise<BackupResult> {
    const result = await backUp(await this.openToWrite(secret, options, place), {
      sources: [{ label: 'chats', open: () => new FolderSource(this.chats) }],
      deviceName: 'here',
      now: this.now,
    })
    this.home.saved.set(result.snapshot, contentOf(this.chats))
    return result
  }

  async change(old: SlotSecret, secret: NewSecret, keepOther = false, place?: Destination): Promise<ChangedSecrets> {
    return changeSecret(await this.openToWrite(old, {}, place), { secret, keepOther, nowMs: this.now() })
  }

  async rotate(secret: SlotSecret, options: Partial<RotateOptions> = {}, place?: Destination): Promise<Rotated> {
    const repository = await this.openToWrite(secret, {}, place)
    return rotate(repository, { secrets: [secret], dropOther: false, nowMs: this.now(), ...options })
  }

  async problems(secret: SlotSecret): Promise<readonly string[]> {
    const { problems } = await check(await this.open(secret, { lookOnly: true }), true)
    return problems.map(({ code, name }) => `${code} ${name}`)
  }
}

/** A destination with some of its calls replaced. */
export const altered = (inner: Destination, calls: Partial<Destination>): Destination => ({
  label: inner.label,
  identity: inner.identity,
  folder: inner.folder,
  capabilities: inner.capabilities,
  makeTop: (signal) => inner.makeTop(signal),
  list: (folder, options) => inner.list(folder, options),
  get: (name, range, signal) => inner.get(name, range, signal),
  put: (name, content, signal) => inner.put(name, content, signal),
  remove: (name, options) => inner.remove(name, options),
  removeFolder: (name, signal) => inner.removeFolder(name, signal),
  room: (signal) => inner.room(signal),
  ...calls,
})

/** A destination that refuses one kind of change for some names. */
export function refusing(inner: Destination, what: 'put' | 'remove', pattern: RegExp): Destination {
  const refuse = (name: string): void => {
    if (pattern.test(name)) throw new BackupError(what === 'put' ? 'destination-full' : 'sign-in-needed')
  }
  const put: Destination['put'] = async (name, bytes) => {
    refuse(name)
    await inner.put(name, bytes)
  }
  const remove: Destination['remove'] = async (name) => {
    refuse(name)
    await inner.remove(name)
  }
  return altered(inner, what === 'put' ? { put } : { remove })
}

function contentOf(folder: string): string {
  return JSON.stringify(
    fs
      .readdirSync(folder)
      .sort()
      .map((name) => [name, fs.readFileSync(join(folder, name), 'latin1')]),
  )
}
