import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Destination } from '#engine/destination/destination.ts'
import {
  type BackupOptions,
  type BackupResult,
  backUp,
  type CheckResult,
  check,
  createRepository,
  FolderSource,
  type OpenRepository,
  openAt,
  readSnapshots,
  restore,
  StateFolder,
} from '#engine/index.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import { DEFAULT_POLICY } from '#engine/retention/policy.ts'
import { type PruneOptions, type PruneResult, prune } from '#engine/retention/prune.ts'
import { survey } from '#engine/retention/survey.ts'
import { DatedDestination } from './dated-destination.ts'
import { MemoryDestination } from './memory-destination.ts'

export const HOUR_MS = 3600 * 1000
export const DAY_MS = 24 * HOUR_MS

/** What a folder holds: bytes as latin1 by path. */
export type Content = Readonly<Record<string, string>>

/** A place in memory with a clock of its own, a secret, and devices that back up to it. */
export class Scene implements Disposable {
  readonly top = fs.mkdtempSync(join(tmpdir(), 'keepsake-scene-'))
  readonly memory = new MemoryDestination()
  readonly secret: SlotSecret = { kind: 'key', bytes: new Uint8Array(randomBytes(32)) }
  readonly place: DatedDestination
  /** The clock of the place, and of every device that has none of its own. Files that tests write are older. */
  nowMs = Date.now() + DAY_MS
  #made = 0

  constructor() {
    this.place = new DatedDestination(this.memory, () => this.nowMs)
  }

  /** @param name - of the computer; the first one makes the repository. */
  async addDevice(name: string): Promise<SceneDevice> {
    const device = new SceneDevice(this, name)
    if (this.#made++ === 0) {
      const options = { place: this.place, state: device.state, secret: this.secret, another: false }
      await createRepository({ ...options, deviceName: name, now: device.now })
    }
    return device
  }

  /** Names of objects at the place that match, below the repository's folder. */
  objects(what: RegExp): readonly string[] {
    return [...this.memory.objects.keys()].filter((name) => what.test(name)).sort()
  }

  get packs(): readonly string[] {
    return this.objects(/\/pack-/)
  }

  /** Changes one byte in the middle of an object. */
  damage(name: string): void {
    const bytes = this.memory.objects.get(name)
    if (!bytes) throw new Error(`no object ${name}`)
    const at = bytes.length >> 2
    bytes[at] = (bytes[at] ?? 0) ^ 1
  }

  passDays(days: number): void {
    this.nowMs += days * DAY_MS
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.top, { recursive: true, force: true })
  }
}

/** A computer: chats in a folder, and a state folder. */
export class SceneDevice {
  readonly name: string
  readonly source: string
  readonly state: StateFolder
  readonly #scene: Scene
  /** How far this device's clock is ahead of the place's. */
  aheadMs = 0

  constructor(scene: Scene, name: string) {
    this.#scene = scene
    this.name = name
    this.source = join(scene.top, name, 'chats')
    this.state = new StateFolder(join(scene.top, name, 'state'))
    fs.mkdirSync(this.source, { recursive: true })
  }

  readonly now = (): number => this.#scene.nowMs + this.aheadMs

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.source, path)
    fs.mkdirSync(dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }

  remove(path: string): void {
    fs.rmSync(join(this.source, path), { recursive: true })
  }

  get content(): Content {
    return contentOf(this.source)
  }

  open(place: Destination = this.#scene.place): Promise<OpenRepository> {
    return openAt({ place, state: this.state, opener: this.#scene.secret })
  }

  /** Goes on from what is there, although it has seen more. */
  async acceptOlder(): Promise<void> {
    const scene = this.#scene
    await openAt({ place: scene.place, state: this.state, opener: scene.secret, acceptOlder: true })
  }

  async backUp(options: Partial<BackupOptions> = {}, place?: Destination): Promise<BackupResult> {
    return backUp(await this.open(place), {
      sources: [{ label: 'chats', open: () => new FolderSource(this.source) }],
      deviceName: this.name,
      now: this.now,
      rereadShare: 0,
      ...options,
    })
  }

  async prune(options: Partial<PruneOptions> = {}, place?: Destination): Promise<PruneResult> {
    return prune(await this.open(place), {
      policy: DEFAULT_POLICY,
      acceptChange: true,
      deviceName: this.name,
      now: this.now,
      ...options,
    })
  }

  async check(readData = true): Promise<CheckResult> {
    return check(await this.open(), readData)
  }

  async snapshots(): Promise<readonly Snapshot[]> {
    return (await readSnapshots(await this.open())).snapshots
  }

  /** What a snapshot holds, restored on a computer that knows nothing. Missing files are told in `missing`. */
  async restore(id: string): Promise<Readonly<{ content: Content; missing: readonly string[] }>> {
    const scene = this.#scene
    const to = fs.mkdtempSync(join(scene.top, 'restored-'))
    const state = new StateFolder(fs.mkdtempSync(join(scene.top, 'observer-')))
    const repository = await openAt({ place: scene.place, state, opener: scene.secret })
    const snapshot = (await readSnapshots(repository)).snapshots.find(({ summary }) => summary.id === id)
    if (!snapshot) throw new Error(`no snapshot ${id}`)
    const { missing } = await restore(repository, { snapshot, to: join(to, 'all'), only: [], now: this.now })
    return { content: contentOf(join(to, 'all')), missing: missing.map(({ path }) => path) }
  }

  /** Paths of packs that hold something which a snapshot needs, as a restore would take it. */
  async packsInUse(): Promise<ReadonlySet<string>> {
    const repository = await this.open()
    const { catalog, neededBytes } = await survey(repository, (await readSnapshots(repository)).snapshots)
    const used = [...catalog.packs.values()].filter(({ info }) => neededBytes(info) > 0)
    return new Set(used.map(({ info }) => info.path))
  }
}

export function contentOf(folder: string): Content {
  const found: Record<string, string> = {}
  if (!fs.existsSync(folder)) return found
  for (const path of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (fs.statSync(join(folder, path)).isFile()) found[path] = fs.readFileSync(join(folder, path), 'latin1')
  }
  return found
}

/** Bytes that cannot be compressed, always the same for the same seed. */
export function noise(bytes: number, seed: number): Uint8Array {
  const out = new Uint8Array(bytes)
  let state = (Math.imul(seed + 1, 2654435761) >>> 0) | 1
  for (let i = 0; i < bytes; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state
  }
  return out
}

/** A file that the engine keeps by page, with each page's content given by a number. */
export function database(pages: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(pages.length * 4096)
  for (const [page, seed] of pages.entries()) bytes.set(noise(4096, seed), page * 4096)
  bytes.set(Buffer.from('SQLite format 3\0'))
  bytes[16] = 0x10
  bytes[17] = 0
  return bytes
}
