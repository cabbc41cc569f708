import type { BackupProgress, ContentItem, DoneCount, EngineContract } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Handlers, Unchecked } from '#common/ipc.ts'
import { backUp } from '#engine/backup/backup.ts'
import { createRepository } from '#engine/create-repository.ts'
import { memzero } from '#engine/crypto/sodium.ts'
import { Bandwidth } from '#engine/destination/http/bandwidth.ts'
import { listContents } from '#engine/list-contents.ts'
import { lookAtSource } from '#engine/look-at-source.ts'
import { markOf } from '#engine/mark.ts'
import { openAt, openToWrite } from '#engine/open-at.ts'
import { ourFolders } from '#engine/our-folders.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { secretKinds } from '#engine/repository/settings.ts'
import { chooseSnapshot, readSnapshots } from '#engine/repository/snapshots.ts'
import { restore } from '#engine/restore/restore.ts'
import { secretToKeep, secretToOpen } from '#engine/secret.ts'
import { forgetSecrets } from '#engine/secrets/forget-secrets.ts'
import { placeCalls, placeOpener } from '#engine/serve-places.ts'
import { secretCalls } from '#engine/serve-secrets.ts'
import { upkeepCalls } from '#engine/serve-upkeep.ts'
import { Runs, Sessions } from '#engine/sessions.ts'
import { FolderSource } from '#engine/source/folder.ts'
import { Accounts, isAccountName } from '#engine/state/accounts.ts'
import { StateFolder } from '#engine/state/state-folder.ts'
import { locateRepository, proveSecretOffline, turnOffDeleting, turnOffKeeping } from '#engine/turn-off.ts'

/** Where progress goes. */
export type EngineEmit = Readonly<{
  backupProgress(payload: { run: string; progress: BackupProgress }): void
  restoreProgress(payload: { run: string; done: DoneCount }): void
  turnOffProgress(payload: { run: string; done: number; total: number }): void
  openBrowser(payload: { run: string; address: string }): void
}>

/** A turn-off whose secret was proven; with the place out of reach there is no repository. */
type TurnOffSession = Readonly<{ place: string; repository: string; opened: OpenRepository | null }>

/**
 * The engine behind the main process's contract. Main is trusted: what it sends was checked where it came in.
 *
 * @param options.stateFolder - this device's own state.
 */
export function createEngineHandlers(
  options: Readonly<{
    stateFolder: string
    deviceName: string
    emit: EngineEmit
    now?: () => number
    endpoints?: Readonly<{ apiBase: string; authBase: string }>
  }>,
): Handlers<EngineContract> {
  const { deviceName, emit } = options
  const state = new StateFolder(options.stateFolder)
  const runs = new Runs()
  const accounts = new Accounts(options.stateFolder)
  const open = placeOpener(accounts, options.stateFolder)
  const restores = new Sessions<OpenRepository>((opened) => forgetSecrets(opened))
  const turnOffs = new Sessions<TurnOffSession>(({ opened }) => opened && forgetSecrets(opened))
  const now = options.now ?? Date.now
  const up = new Bandwidth() // one for all that is sent in the background

  const deletePlace = async (run: string, place: string, repository: string, signal: AbortSignal) => {
    const destination = await locateRepository(await open(place), repository)
    const onProgress = (done: number, total: number): void => emit.turnOffProgress({ run, done, total })
    return turnOffDeleting({ id: repository, destination }, state, { onProgress, signal })
  }

  const handlers: Unchecked<Handlers<EngineContract>> = {
    secret: secretCalls({ state, now, open }),
    ...placeCalls({ open, accounts, runs, openBrowser: emit.openBrowser, endpoints: options.endpoints }),
    source: {
      look: ({ path, place }) => lookAtSource(path, place !== null && isAccountName(place) ? null : place),
    },
    repository: {
      async create({ place, secret, another, deviceKey }) {
        const kept = await secretToKeep(secret)
        await using _lock = await state.lock()
        const destination = await open(place)
        const made = await createRepository({ place: destination, state, secret: kept, another, deviceName, now })
        try {
          await made.state.keepRoot(deviceKey, made.id, made.root.bytes, made.root.epoch)
          return { repository: made.id, mark: markOf(made.id) }
        } finally {
          forgetSecrets(made, kept)
        }
      },
      async signIn({ place, repository: id, secret, deviceKey }) {
        const opener = secretToOpen(secret)
        await using _lock = await state.lock()
        const opened = await openToWrite({ place: await open(place), state, repository: id, opener }, now())
        try {
          await opened.state.keepRoot(deviceKey, opened.id, opened.root.bytes, opened.root.epoch)
          return { repository: opened.id, mark: markOf(opened.id), secrets: secretKinds(opened.settings) }
        } finally {
          forgetSecrets(opened, opener)
        }
      },
    },
    backup: {
      start: ({ run, place, repository: id, sources, deviceKey, manners = NO_MANNERS }) =>
        runs.run(run, async (signal) => {
          await using _lock = await state.lock()
          up.bytesPerSecond = manners.bytesPerSecond
          const destination = await open(place, { http: { up } })
          const opener = { kind: 'device', deviceKey } as const
          const repository = await openToWrite({ place: destination, state, repository: id, opener, signal }, now())
          const leaveOut = ourFolders(state, destination, repository.id)
          try {
            const { unreadableSources, ...outcome } = await backUp(repository, {
              sources: sources.map(({ path, label }) => ({ label, open: () => new FolderSource(path, leaveOut) })),
              deviceName,
              now,
              signal,
              isPolite: manners.isPolite,
              ...(manners.rereadAll && { rereadShare: 1 }),
              onProgress: (progress) => emit.backupProgress({ run, progress }),
            })
            return { ...outcome, unreadable: unreadableSources, secrets: secretKinds(repository.settings) }
          } finally {
            forgetSecrets(repository)
          }
        }),
    },
    restore: {
      async open({ place, repository: id, secret }) {
        const opener = secretToOpen(secret)
        await using _lock = await state.lock()
        const destination = await open(place)
        try {
          const opened = await openAt({ place: destination, state, repository: id, opener, lookOnly: true })
          const { snapshots } = await readSnapshots(opened)
          return { session: restores.add(opened), snapshots: snapshots.map(({ summary }) => summary) }
        } finally {
          memzero(opener.bytes)
        }
      },
      contents: ({ session, snapshot }): Promise<readonly ContentItem[]> =>
        restores.use(session, async (opened) => listContents(opened, await chooseSnapshot(opened, snapshot))),
      start: ({ run, session, snapshot, only, to }) =>
        runs.run(run, (signal) =>
          restores.use(session, async (opened) => {
            const chosen = await chooseSnapshot(opened, snapshot)
            const onProgress = (done: DoneCount): void => emit.restoreProgress({ run, done })
            return restore(opened, { snapshot: chosen, to, only, now, signal, onProgress })
          }),
        ),
      close: async ({ session }) => restores.close(session),
    },
    turnOff: {
      async open({ place, repository: id, secret }) {
        const opener = secretToOpen(secret)
        await using _lock = await state.lock()
        try {
          const opened = await openAt({ place: await open(place), state, repository: id, opener, lookOnly: true })
          const { snapshots } = await readSnapshots(opened)
          const session = turnOffs.add({ place, repository: id, opened })
          return { session, snapshots: snapshots.length, bytes: opened.listing.bytes }
        } catch (error) {
          if (!isOutOfReach(error)) throw error
          await proveSecretOffline(state, id, opener)
          return { session: turnOffs.add({ place, repository: id, opened: null }), snapshots: 0, bytes: 0 }
        } finally {
          memzero(opener.bytes)
        }
      },
      finish: ({ run, session, deleteBackups }) =>
        runs.run(run, (signal) =>
          turnOffs.use(session, async ({ place, repository, opened }) => {
            turnOffs.close(session) // whatever comes of it: a person who tries again is asked for the secret again
            await using _lock = await state.lock()
            if (deleteBackups) return await deletePlace(run, place, repository, signal)
            if (opened) return await turnOffKeeping(opened, state, { nowMs: now(), deviceName })
            await state.forget(repository)
            return { deleted: 0, left: [] }
          }),
        ),
      resume: ({ run, place, repository, deleteBackups }) =>
        runs.run(run, async (signal) => {
          await using _lock = await state.lock()
          if (deleteBackups) return await deletePlace(run, place, repository, signal)
          await state.forget(repository)
          return { deleted: 0, left: [] }
        }),
      close: async ({ session }) => turnOffs.close(session),
    },
    upkeep: upkeepCalls({ open, state, runs, up, deviceName, now }),
    run: {
      limit: async ({ bytesPerSecond }) => {
        up.bytesPerSecond = bytesPerSecond
      },
      cancel: async ({ run }) => runs.cancel(run),
    },
  }
  return withTrust(handlers, accounts)
}

const NO_MANNERS = { bytesPerSecond: null, isPolite: false, rereadAll: false } as const

const isOutOfReach = (error: unknown): boolean =>
  ['destination-missing', 'sign-in-needed', 'offline', 'no-repository', 'rolled-back'].includes(
    BackupError.from(error).code,
  )

/** Main has checked what it sends; here nothing is checked twice. The key of the accounts comes with what needs it. */
function withTrust(handlers: Unchecked<Handlers<EngineContract>>, accounts: Accounts): Handlers<EngineContract> {
  const check = (raw: unknown): unknown => {
    const { accountKey } = Object(raw)
    if (accountKey instanceof Uint8Array) accounts.unlock(accountKey)
    return raw
  }
  const groups = Object.entries(handlers).map(([group, calls]) => [
    group,
    Object.fromEntries(Object.entries(calls).map(([name, run]) => [name, { check, run }])),
  ])
  return Object.fromEntries(groups) as Handlers<EngineContract>
}
