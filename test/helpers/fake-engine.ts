import {
  type BackupEnding,
  type BackupProgress,
  type ContentItem,
  type EngineContract,
  engineContract,
  type SecretInput,
  type SnapshotSummary,
} from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import type { AnyHandlers, Bridge, Handlers } from '#common/ipc.ts'
import { makeBridge } from '#common/make-bridge.ts'

/** What the engine tells in between; the same as the real one's. */
export type FakeEmit = Readonly<{
  backupProgress(payload: { run: string; progress: BackupProgress }): void
  restoreProgress(payload: {
    run: string
    done: { doneFiles: number; totalFiles: number; doneBytes: number; totalBytes: number }
  }): void
  turnOffProgress(payload: { run: string; done: number; total: number }): void
  openBrowser(payload: { run: string; address: string }): void
}>

type FakeRepository = {
  repository: string
  mark: string
  secrets: SecretInput[] // at most one of a kind
  deviceKeys: string[]
  snapshots: SnapshotSummary[]
  objects: number
}

/** A place of the fake world; one that is not in the world is missing. */
export type FakePlace = { repositories: FakeRepository[]; isReadOnly: boolean }

const KEY = '0123456789abcdef'.repeat(4)
const done = (doneFiles: number, totalFiles: number) => ({
  doneFiles,
  totalFiles,
  doneBytes: doneFiles * 10,
  totalBytes: totalFiles * 10,
})

/** Everything an engine keeps outside of itself: places, and what is remembered on this computer. */
export class FakeWorld {
  /** Accounts that count. */
  readonly signedIn = new Set<string>()
  readonly places = new Map<string, FakePlace>()
  readonly unreadable = new Set<string>()
  /** Repositories whose turn-off was begun, with what of them is left. */
  readonly local = new Map<string, { place: string; deleting: boolean }>()
  /** Copies of the slots on this computer: they prove a secret while the place is away. */
  readonly slots = new Map<string, readonly SecretInput[]>()
  made = 0

  addPlace(spec: string): FakePlace {
    const place: FakePlace = { repositories: [], isReadOnly: false }
    this.places.set(spec, place)
    return place
  }

  at(spec: string): FakePlace {
    const place = this.places.get(spec)
    if (!place) throw new BackupError('destination-missing', { folder: spec.replace(/^folder:/, '') })
    return place
  }
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const kindsOf = ({ secrets }: FakeRepository) =>
  (['password', 'key'] as const).filter((kind) => secrets.some((secret) => secret.kind === kind))

function mustBeStrong(secret: SecretInput): void {
  if (secret.kind === 'password' && secret.password.length < 10) throw new BackupError('secret-weak')
}

type Prepared = Readonly<{ repository: string; secret: SecretInput; deviceKey: string }>

const seal = (prepared: Prepared): string => toHex(Buffer.from(JSON.stringify(prepared)))

function unseal(sealed: string, repository: string, deviceKey: string): SecretInput {
  const prepared = JSON.parse(Buffer.from(sealed, 'hex').toString('utf8')) as Prepared
  if (prepared.repository !== repository || prepared.deviceKey !== deviceKey) throw new BackupError('damaged')
  return prepared.secret
}

/** A disk of the fake world: the first part of a path. */
const diskOf = (path: string): string | undefined => path.replace(/^folder:/, '').split('/')[1]

const ITEMS: readonly ContentItem[] = [
  { path: 'Mum', name: 'Mum', isFolder: true, files: 3, bytes: 30 },
  { path: 'notes.txt', name: 'notes.txt', isFolder: false, files: 1, bytes: 10 },
]

/**
 * An engine made of memory, with the real one's contract and manners: secrets are compared, sessions must be open,
 * runs can be cancelled. `at` is called at every step of a run, so that tests can wait, fail or cut off there.
 */
export function createFakeHandlers(
  world: FakeWorld,
  emit: FakeEmit,
  at: (moment: string) => Promise<void> = async () => undefined,
): Handlers<EngineContract> {
  const sessions = new Map<string, { place: string; repository: string }>()
  const cancelled = new Set<string>()
  let keys = 0
  const step = async (run: string, moment: string): Promise<void> => {
    await at(moment)
    if (cancelled.has(run)) throw new BackupError('cancelled')
  }
  const find = (place: string, repository: string): FakeRepository => {
    const found = world.at(place).repositories.find((one) => one.repository === repository)
    if (!found) throw new BackupError('no-repository')
    return found
  }
  const open = (place: string, repository: string, secret: SecretInput, slots?: readonly SecretInput[]): string => {
    const right = slots ?? find(place, repository).secrets
    if (!right.some((one) => JSON.stringify(one) === JSON.stringify(secret))) throw new BackupError('wrong-secret')
    const session = `session-${++world.made}`
    sessions.set(session, { place, repository })
    return session
  }
  const inSession = (session: string): FakeRepository => {
    const opened = sessions.get(session)
    if (!opened) throw new BackupError('unexpected')
    return find(opened.place, opened.repository)
  }
  const end = async (run: string, place: string, repository: string, deleteBackups: boolean) => {
    world.local.set(repository, { place, deleting: deleteBackups })
    let deleted = 0
    if (deleteBackups) {
      const { repositories } = world.at(place)
      const found = repositories.find((one) => one.repository === repository)
      if (!found && !world.local.has(repository)) throw new BackupError('no-repository')
      const total = found?.objects ?? 0
      for (let left = total; left > 0; left--) {
        await at('turnOff.object')
        if (found) found.objects = left - 1
        emit.turnOffProgress({ run, done: ++deleted, total })
      }
      world.at(place).repositories = repositories.filter((one) => one.repository !== repository)
    }
    await at('turnOff.end')
    world.local.delete(repository)
    return { deleted, left: [] }
  }
  const answer = <I, O>(run: (input: I) => Promise<O>) => ({ check: (raw: unknown) => raw as I, run })
  return {
    secret: {
      rate: answer(async ({ password }) => ({
        accepted: password.length >= 10,
        level: password.length >= 10 ? ('strong' as const) : ('short' as const),
        reason: password.length >= 10 ? null : ('too-short' as const),
        word: null,
      })),
      suggestWords: answer(async () => 'one two three four five six'),
      generateKey: answer(async () => {
        await at('key')
        const turned = keys++ % KEY.length
        return KEY.slice(turned) + KEY.slice(0, turned) // never the same one twice
      }),
      parseKey: answer(async ({ key }) => key.replaceAll(' ', '')),
      prepare: answer(async ({ repository, secret, deviceKey }) => {
        await at('secret.prepare')
        mustBeStrong(secret)
        return { kind: 'prepared' as const, sealed: seal({ repository, secret, deviceKey: toHex(deviceKey) }) }
      }),
      change: answer(async ({ place, repository, secret: given, keepOther, deviceKey }) => {
        await at('change.before')
        const found = find(place, repository)
        if (!found.deviceKeys.includes(toHex(deviceKey))) throw new BackupError('wrong-secret')
        const secret = given.kind === 'prepared' ? unseal(given.sealed, repository, toHex(deviceKey)) : given
        mustBeStrong(secret)
        const others = found.secrets.filter(({ kind }) => kind !== secret.kind)
        const hasBoth = found.secrets.length > 1
        found.secrets = [...(keepOther || hasBoth ? others : []), secret]
        world.slots.set(repository, found.secrets)
        await at('change.after')
        return { secrets: kindsOf(found), left: 0 }
      }),
      rotate: answer(async ({ place, repository, secrets }) => {
        const found = find(place, repository)
        if (secrets.length !== found.secrets.length) throw new BackupError('usage', { missing: 'secret' })
        for (const secret of secrets) open(place, repository, secret)
        return { epoch: 1, secrets: kindsOf(found), left: 0 }
      }),
    },
    place: {
      iCloud: answer(async () => ({ isThere: world.places.has('icloud:Keepsake') })),
      look: answer(async ({ place, readOnly }) => {
        const { repositories, isReadOnly } = world.at(place)
        if (isReadOnly && !readOnly) throw new BackupError('sign-in-needed')
        return {
          repositories: repositories.map(({ repository, mark, snapshots }) => {
            return { repository, mark, lastAddedMs: snapshots[0]?.takenAtMs ?? null }
          }),
        }
      }),
    },
    source: {
      look: answer(async ({ path, place }) => {
        await at('source.look')
        if (world.unreadable.has(path)) throw new BackupError('source-unreadable', { path })
        return { files: 4, bytes: 40, sameDisk: place !== null && diskOf(path) === diskOf(place) }
      }),
    },
    account: {
      signInToDrive: answer(async ({ run, again }) => {
        emit.openBrowser({ run, address: 'https://accounts.google.com/o/oauth2/v2/auth?state=1' })
        await step(run, 'signIn.browser')
        const place = again ?? `account:${`${++world.made}`.padStart(32, '0')}`
        if (again === null) world.addPlace(place)
        world.signedIn.add(place)
        return { place, address: 'a.person@example.org' }
      }),
      disconnect: answer(async ({ place }) => void world.signedIn.delete(place)),
    },
    repository: {
      create: answer(async ({ place, secret, another, deviceKey }) => {
        await at('create.before')
        mustBeStrong(secret)
        const { repositories, isReadOnly } = world.at(place)
        if (isReadOnly) throw new BackupError('sign-in-needed')
        if (repositories.length > 0 && !another) throw new BackupError('repository-exists')
        const repository = `${++world.made}`.padStart(16, '0')
        const mark = `Wren ${world.made}`
        const [secrets, deviceKeys] = [[secret], [toHex(deviceKey)]]
        repositories.push({ repository, mark, secrets, deviceKeys, snapshots: [], objects: 4 })
        world.slots.set(repository, secrets)
        await at('create.after')
        return { repository, mark }
      }),
      signIn: answer(async ({ place, repository, secret, deviceKey }) => {
        open(place, repository, secret)
        const found = find(place, repository)
        found.deviceKeys.push(toHex(deviceKey))
        return { repository, mark: found.mark, secrets: kindsOf(found) }
      }),
    },
    backup: {
      start: answer(async ({ run, place, repository, sources, deviceKey }): Promise<BackupEnding> => {
        await step(run, 'backup.begin')
        const found = find(place, repository)
        if (!found.deviceKeys.includes(toHex(deviceKey))) throw new BackupError('wrong-secret')
        const unreadable = sources.filter(({ path }) => world.unreadable.has(path)).map(({ label }) => label)
        if (unreadable.length === sources.length) throw new BackupError('source-unreadable')
        for (const count of [1, 4]) {
          const [messages, none] = [done(count, 4), done(0, 0)]
          emit.backupProgress({
            run,
            progress: { phase: 'saving', kinds: { messages, photos: none, voice: none, videos: none } },
          })
          await step(run, 'backup.file')
        }
        const id = `${++world.made}`.padStart(16, 'a')
        const takenAtMs = 1_700_000_000_000 + world.made
        found.snapshots.unshift({ id, takenAtMs, device: 'here', deviceId: 'd', files: 4, bytes: 40 })
        found.objects += 2
        const counts = { files: 4, bytes: 40, addedBytes: 20, seconds: 1, skipped: [] }
        return { snapshot: id, takenAtMs, unchanged: false, ...counts, unreadable, secrets: kindsOf(found) }
      }),
    },
    restore: {
      open: answer(async ({ place, repository, secret }) => {
        const session = open(place, repository, secret)
        await at('restore.open')
        return { session, snapshots: inSession(session).snapshots }
      }),
      contents: answer(async ({ session }) => {
        await at('restore.contents')
        inSession(session)
        return ITEMS
      }),
      start: answer(async ({ run, session, snapshot, only, to }) => {
        await step(run, 'restore.begin')
        inSession(session)
        if (to.endsWith('not-empty')) throw new BackupError('target-unusable', { folder: to })
        const files = ITEMS.filter(({ path }) => only.length === 0 || only.includes(path)).reduce(
          (n, i) => n + i.files,
          0,
        )
        for (let count = 1; count <= files; count++) {
          emit.restoreProgress({ run, done: done(count, files) })
          await step(run, 'restore.file')
        }
        return { snapshot, files, bytes: files * 10, missing: [], notes: [], seconds: 1 }
      }),
      close: answer(async ({ session }) => void sessions.delete(session)),
    },
    turnOff: {
      open: answer(async ({ place, repository, secret }) => {
        const isAway = !world.places.has(place)
        const session = open(place, repository, secret, isAway ? world.slots.get(repository) : undefined)
        await at('turnOff.open')
        if (isAway) return { session, snapshots: 0, bytes: 0 }
        return { session, snapshots: inSession(session).snapshots.length, bytes: 100 }
      }),
      finish: answer(async ({ run, session, deleteBackups }) => {
        const opened = sessions.get(session)
        if (!opened) throw new BackupError('unexpected')
        await at('turnOff.begin')
        sessions.delete(session)
        return await end(run, opened.place, opened.repository, deleteBackups)
      }),
      resume: answer(async ({ run, place, repository, deleteBackups }) => {
        await at('turnOff.resume')
        return await end(run, place, repository, deleteBackups)
      }),
      close: answer(async ({ session }) => void sessions.delete(session)),
    },
    upkeep: {
      cleanUp: answer(async ({ run, place, repository }) => {
        await step(run, 'upkeep.cleanUp')
        const usedBytes = find(place, repository).objects * 10
        const outcome = { dropped: 0, freedBytes: 0, isWhole: true, usedBytes, goingBytes: 0, fewerBytes: null }
        return { ...outcome, silent: [], seconds: 1 }
      }),
      prove: answer(async ({ run, place, repository }) => {
        await step(run, 'upkeep.prove')
        find(place, repository)
        return { files: 4, databases: 1, broken: 0, seconds: 1 }
      }),
      devices: answer(async ({ place, repository }) => {
        find(place, repository)
        return []
      }),
      retire: answer(async ({ place, repository }) => void find(place, repository)),
    },
    run: {
      limit: answer(async () => undefined),
      cancel: answer(async ({ run }) => void cancelled.add(run)),
    },
  }
}

/** The fake engine as services see it, without a process in between. */
export class FakeEngine {
  readonly world: FakeWorld
  readonly engine: Bridge<EngineContract>
  readonly calls: string[] = []
  readonly #listeners = new Map<string, Set<(payload: unknown) => void>>()
  readonly #replies = new Map<string, PlainError[]>()
  /** Called at every step of a run; a throw there fails the run. */
  at: (moment: string) => Promise<void> = async () => undefined

  constructor(world = new FakeWorld()) {
    this.world = world
    const tell = (channel: string) => (payload: unknown) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(payload)
    }
    const emit: FakeEmit = {
      backupProgress: tell('backup.progress'),
      restoreProgress: tell('restore.progress'),
      turnOffProgress: tell('turnOff.progress'),
      openBrowser: tell('account.openBrowser'),
    }
    const handlers: AnyHandlers = createFakeHandlers(world, emit, (moment) => this.at(moment))
    this.engine = makeBridge(engineContract, {
      ask: async (channel, input) => {
        this.calls.push(channel)
        const failure = this.#replies.get(channel)?.shift()
        if (failure) return { ok: false, error: failure }
        const [group = '', name = ''] = channel.split('.')
        try {
          return { ok: true, value: await handlers[group]?.[name]?.run(structuredClone(input)) }
        } catch (thrown) {
          return { ok: false, error: BackupError.from(thrown).toPlain() }
        }
      },
      listen: (channel, listener) => {
        const listeners = this.#listeners.get(channel) ?? new Set()
        this.#listeners.set(channel, listeners.add(listener))
        return () => listeners.delete(listener)
      },
    })
  }

  /** The next call on this channel answers with a failure, without being made. */
  failNext(channel: string, error: PlainError): void {
    this.#replies.set(channel, [...(this.#replies.get(channel) ?? []), error])
  }
}
