import type {
  BackupProgress,
  ContentItem,
  DoneCount,
  EngineContract,
  FoundRepository,
} from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Handlers } from '#common/ipc.ts'
import { backUp } from '#engine/backup/backup.ts'
import { createRepository } from '#engine/create-repository.ts'
import { generateKey64, parseKey64 } from '#engine/crypto/key64.ts'
import { ratePassword } from '#engine/crypto/strength.ts'
import { suggestWords } from '#engine/crypto/suggest-words.ts'
import { openDestination } from '#engine/destination/open-destination.ts'
import { probeDestination } from '#engine/destination/probe.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { listContents } from '#engine/list-contents.ts'
import { lookAtSource } from '#engine/look-at-source.ts'
import { markOf } from '#engine/mark.ts'
import { openAt, openToWrite } from '#engine/open-at.ts'
import { ourFolders } from '#engine/our-folders.ts'
import { findRepositories } from '#engine/repository/find-repository.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { secretKinds } from '#engine/repository/settings.ts'
import { chooseSnapshot, readSnapshots } from '#engine/repository/snapshots.ts'
import { restore } from '#engine/restore/restore.ts'
import { secretToKeep, secretToOpen } from '#engine/secret.ts'
import { changeSecret } from '#engine/secrets/change-secret.ts'
import { forgetSecrets } from '#engine/secrets/forget-secrets.ts'
import { Runs, Sessions } from '#engine/sessions.ts'
import { FolderSource } from '#engine/source/folder.ts'
import { StateFolder } from '#engine/state/state-folder.ts'
import { locateRepository, proveSecretOffline, turnOffDeleting, turnOffKeeping } from '#engine/turn-off.ts'

/** Where progress goes. */
export type EngineEmit = Readonly<{
  backupProgress(payload: { run: string; progress: BackupProgress }): void
  restoreProgress(payload: { run: string; done: DoneCount }): void
  turnOffProgress(payload: { run: string; done: number; total: number }): void
}>

type Unchecked<H> = { [G in keyof H]: { [M in keyof H[G]]: H[G][M] extends { run: infer R } ? R : never } }

/** A turn-off whose secret was proven; with the place out of reach there is no repository. */
type TurnOffSession = Readonly<{ place: string; repository: string; opened: OpenRepository | null }>

/**
 * The engine behind the main process's contract. Main is trusted: what it sends was checked where it came in.
 *
 * @param options.stateFolder - this device's own state.
 */
export function createEngineHandlers(
  options: Readonly<{ stateFolder: string; deviceName: string; emit: EngineEmit }>,
): Handlers<EngineContract> {
  const { deviceName, emit } = options
  const state = new StateFolder(options.stateFolder)
  const runs = new Runs()
  const restores = new Sessions<OpenRepository>()
  const turnOffs = new Sessions<TurnOffSession>()
  const now = Date.now

  const deletePlace = async (run: string, place: string, repository: string, signal: AbortSignal) => {
    const destination = await locateRepository(openDestination(place), repository)
    const onProgress = (done: number, total: number): void => emit.turnOffProgress({ run, done, total })
    return turnOffDeleting({ id: repository, destination }, state, { onProgress, signal })
  }

  const handlers: Unchecked<Handlers<EngineContract>> = {
    secret: {
      rate: async ({ password }) => ratePassword(password),
      suggestWords: async () => suggestWords(),
      generateKey: async () => generateKey64(),
      parseKey: async ({ key }) => toHex(parseKey64(key)),
      async change({ place, repository: id, old, secret, keepOther, deviceKey }) {
        const kept = await secretToKeep(secret)
        await using _lock = await state.lock()
        const opener = old ? secretToOpen(old) : ({ kind: 'device', deviceKey } as const)
        const repository = await openToWrite({ place: openDestination(place), state, repository: id, opener }, now())
        try {
          const { slots, left } = await changeSecret(repository, { secret: kept, keepOther, nowMs: now() })
          await repository.state.keepRoot(deviceKey, id, repository.root.bytes, repository.root.epoch)
          return { secrets: slots, left: left.length }
        } finally {
          forgetSecrets(repository, kept)
        }
      },
    },
    place: {
      async look({ place, readOnly }) {
        const destination = openDestination(place)
        if (!readOnly) await probeDestination(destination)
        const found = await findRepositories(destination)
        const repositories: FoundRepository[] = found.map(({ repository, lastAddedMs }) => ({
          repository,
          mark: markOf(repository),
          lastAddedMs,
        }))
        return { repositories }
      },
    },
    source: {
      look: ({ path, place }) => lookAtSource(path, place),
    },
    repository: {
      async create({ place, secret, another, deviceKey }) {
        const kept = await secretToKeep(secret)
        await using _lock = await state.lock()
        const repository = await createRepository({
          place: openDestination(place),
          state,
          secret: kept,
          another,
          deviceName,
          now,
        })
        await repository.state.keepRoot(deviceKey, repository.id, repository.root.bytes, repository.root.epoch)
        return { repository: repository.id, mark: markOf(repository.id) }
      },
      async signIn({ place, repository: id, secret, deviceKey }) {
        const opener = secretToOpen(secret)
        await using _lock = await state.lock()
        const repository = await openToWrite({ place: openDestination(place), state, repository: id, opener }, now())
        await repository.state.keepRoot(deviceKey, repository.id, repository.root.bytes, repository.root.epoch)
        return { repository: repository.id, mark: markOf(repository.id), secrets: secretKinds(repository.settings) }
      },
    },
    backup: {
      start: ({ run, place, repository: id, sources, deviceKey }) =>
        runs.run(run, async (signal) => {
          await using _lock = await state.lock()
          const destination = openDestination(place)
          const opener = { kind: 'device', deviceKey } as const
          const repository = await openToWrite({ place: destination, state, repository: id, opener, signal }, now())
          const leaveOut = ourFolders(state, destination, repository.id)
          const result = await backUp(repository, {
            sources: sources.map(({ path, label }) => ({ label, open: () => new FolderSource(path, leaveOut) })),
            deviceName,
            now,
            signal,
            onProgress: (progress) => emit.backupProgress({ run, progress }),
          })
          if (result.unreadableSources.length > 0)
            throw new BackupError('source-unreadable', { name: result.unreadableSources[0] ?? '' })
          return result
        }),
    },
    restore: {
      async open({ place, repository: id, secret }) {
        const opener = secretToOpen(secret)
        await using _lock = await state.lock()
        const repository = await openAt({
          place: openDestination(place),
          state,
          repository: id,
          opener,
          lookOnly: true,
        })
        const { snapshots } = await readSnapshots(repository)
        return { session: restores.add(repository), snapshots: snapshots.map(({ summary }) => summary) }
      },
      async contents({ session, snapshot }): Promise<readonly ContentItem[]> {
        const repository = restores.get(session)
        return listContents(repository, await chooseSnapshot(repository, snapshot))
      },
      start: ({ run, session, snapshot, only, to }) =>
        runs.run(run, async (signal) => {
          const repository = restores.get(session)
          const chosen = await chooseSnapshot(repository, snapshot)
          const onProgress = (done: DoneCount): void => emit.restoreProgress({ run, done })
          return restore(repository, { snapshot: chosen, to, only, now, signal, onProgress })
        }),
      close: async ({ session }) => restores.close(session),
    },
    turnOff: {
      async open({ place, repository: id, secret }) {
        const opener = secretToOpen(secret)
        await using _lock = await state.lock()
        try {
          const opened = await openAt({ place: openDestination(place), state, repository: id, opener, lookOnly: true })
          const { snapshots } = await readSnapshots(opened)
          return {
            session: turnOffs.add({ place, repository: id, opened }),
            snapshots: snapshots.length,
            bytes: opened.listing.bytes,
          }
        } catch (error) {
          if (!isOutOfReach(error)) throw error
          await proveSecretOffline(state, id, opener)
          return { session: turnOffs.add({ place, repository: id, opened: null }), snapshots: 0, bytes: 0 }
        }
      },
      finish: ({ run, session, deleteBackups }) =>
        runs.run(run, async (signal) => {
          const { place, repository, opened } = turnOffs.get(session)
          await using _lock = await state.lock()
          if (deleteBackups) return await deletePlace(run, place, repository, signal)
          if (opened) return await turnOffKeeping(opened, state, { nowMs: now(), deviceName })
          await state.forget(repository)
          return { deleted: 0, left: [] }
        }),
      resume: ({ run, place, repository, deleteBackups }) =>
        runs.run(run, async (signal) => {
          await using _lock = await state.lock()
          if (deleteBackups) return await deletePlace(run, place, repository, signal)
          await state.forget(repository)
          return { deleted: 0, left: [] }
        }),
      close: async ({ session }) => turnOffs.close(session),
    },
    run: {
      cancel: async ({ run }) => runs.cancel(run),
    },
  }
  return withTrust(handlers)
}

const isOutOfReach = (error: unknown): boolean =>
  ['destination-missing', 'sign-in-needed', 'offline', 'no-repository', 'rolled-back'].includes(
    BackupError.from(error).code,
  )

/** Main has checked what it sends; here nothing is checked twice. */
function withTrust(handlers: Unchecked<Handlers<EngineContract>>): Handlers<EngineContract> {
  const groups = Object.entries(handlers).map(([group, calls]) => [
    group,
    Object.fromEntries(Object.entries(calls).map(([name, run]) => [name, { check: (raw: unknown) => raw, run }])),
  ])
  return Object.fromEntries(groups) as Handlers<EngineContract>
}
