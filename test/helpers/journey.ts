import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RestoreOutcome } from '#common/engine-contract.ts'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import {
  type BackupOptions,
  type BackupResult,
  backUp,
  type CheckResult,
  check,
  chooseSnapshot,
  createRepository,
  type Destination,
  FolderSource,
  type OpenRepository,
  openAt,
  openDestination,
  ourFolders,
  readSnapshots,
  restore,
  StateFolder,
} from '#engine/index.ts'
import type { RestoreOptions } from '#engine/restore/restore.ts'

/** A 64-digit key as the engine takes it: no second of Argon2id for each opening. */
export const KEY = { kind: 'key', bytes: new Uint8Array(32).fill(3) } as const
export const OTHER_KEY = { kind: 'key', bytes: new Uint8Array(32).fill(4) } as const

type OpenHow = Readonly<{ lookOnly?: boolean; acceptOlder?: boolean; key?: typeof KEY | typeof OTHER_KEY }>

/** What of a restore a test may choose. */
export type RestoreHow = Partial<Pick<RestoreOptions, 'only' | 'workers' | 'onProgress' | 'signal'>>

/** A folder of chats, a place, and devices that back the one up to the other; all of it goes when the test ends. */
export class Journey {
  readonly top = fs.mkdtempSync(join(tmpdir(), 'keepsake-journey-'))
  readonly source = join(this.top, 'source')
  readonly place = join(this.top, 'place')
  /** Stands between the engine and the place. */
  wrap: (place: Destination) => Destination = (place) => place

  constructor() {
    fs.mkdirSync(this.source)
    onTestFinished(() => fs.rmSync(this.top, { recursive: true, force: true }))
  }

  device(name = 'here'): Device {
    return new Device(this, name)
  }

  path(...parts: readonly string[]): string {
    return join(this.top, ...parts)
  }

  /** Writes files below the source. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(join(this.source, name, '..'), { recursive: true })
      fs.writeFileSync(join(this.source, name), content)
    }
  }

  /** Paths below the place of our objects whose name holds `what`. */
  objects(what = '', ending = '.kps'): readonly string[] {
    const names = fs.readdirSync(this.place, { recursive: true, encoding: 'utf8' })
    return names.filter((name) => name.includes(what) && name.endsWith(ending)).sort()
  }

  /** Every byte at the place, to prove that nothing was written. */
  placeContent(): ReadonlyMap<string, string> {
    const names = fs.readdirSync(this.place, { recursive: true, encoding: 'utf8' }).sort()
    return new Map(
      names.map((name) => {
        const path = join(this.place, name)
        return [name, fs.statSync(path).isFile() ? fs.readFileSync(path).toString('latin1') : 'folder']
      }),
    )
  }
}

/** One computer: a state folder of its own. */
export class Device {
  readonly #journey: Journey
  readonly name: string
  readonly state: StateFolder

  constructor(journey: Journey, name: string) {
    this.#journey = journey
    this.name = name
    this.state = new StateFolder(journey.path(`state-${name}`))
  }

  get place(): Destination {
    return this.#journey.wrap(openDestination(this.#journey.place))
  }

  async create(how: Readonly<{ another?: boolean; key?: typeof KEY | typeof OTHER_KEY }> = {}): Promise<string> {
    const { place, state, name } = this
    const secret = how.key ?? KEY
    const options = { place, state, secret, another: how.another ?? false, deviceName: name, now: Date.now }
    return (await createRepository(options)).id
  }

  open({ key, ...how }: OpenHow = {}): Promise<OpenRepository> {
    return openAt({ place: this.place, state: this.state, opener: key ?? KEY, ...how })
  }

  /** Backs up the journey's source, or the folders given by label. */
  async backUp(
    sources: Readonly<Record<string, string>> = { source: this.#journey.source },
    options: Partial<BackupOptions> & OpenHow = {},
  ): Promise<BackupResult> {
    const { key, acceptOlder, lookOnly: _, ...rest } = options
    const repository = await this.open({ ...(key && { key }), ...(acceptOlder && { acceptOlder }) })
    const leaveOut = ourFolders(this.state, this.place, repository.id)
    return backUp(repository, {
      sources: Object.entries(sources).map(([label, path]) => ({
        label,
        open: () => new FolderSource(path, leaveOut),
      })),
      deviceName: this.name,
      now: Date.now,
      ...rest,
    })
  }

  async restore(
    to: string,
    options: Readonly<{ snapshot?: string }> & RestoreHow & OpenHow = {},
  ): Promise<RestoreOutcome> {
    const { snapshot = null, only = [], workers, onProgress, signal, ...how } = options
    const repository = await this.open({ lookOnly: true, ...how })
    const chosen = await chooseSnapshot(repository, snapshot)
    return restore(repository, {
      snapshot: chosen,
      to,
      only,
      now: Date.now,
      ...(workers !== undefined && { workers }),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    })
  }

  async check(readData = true): Promise<CheckResult> {
    return check(await this.open({ lookOnly: true }), readData)
  }

  async snapshotIds(): Promise<readonly string[]> {
    const { snapshots } = await readSnapshots(await this.open({ lookOnly: true }))
    return snapshots.map(({ summary }) => summary.id)
  }
}

/** The code with which something fails; null when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<ErrorCode | null> {
  return work.then(
    () => null,
    (error: unknown) => BackupError.from(error).code,
  )
}

/** In an hour: by then no file is so new that it must be read again to be sure. */
export const later = (): number => Date.now() + 3_600_000
