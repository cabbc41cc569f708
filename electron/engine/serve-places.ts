import { homedir } from 'node:os'
import { join } from 'node:path'
import type { EngineContract, FoundRepository } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Handlers, Unchecked } from '#common/ipc.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { driveEndpoints, parseDriveAccount } from '#engine/destination/gdrive/account.ts'
import { GoogleDriveDestination } from '#engine/destination/gdrive/google-drive.ts'
import { DRIVE_FOLDER } from '#engine/destination/gdrive/open-google-drive.ts'
import { revokeDriveAccess, signInToDrive } from '#engine/destination/gdrive/sign-in.ts'
import { findICloudDrive, isFolder } from '#engine/destination/icloud/find-icloud.ts'
import { openDestination, type PlaceOptions } from '#engine/destination/open-destination.ts'
import { probeDestination } from '#engine/destination/probe.ts'
import { markOf } from '#engine/mark.ts'
import { findRepositories } from '#engine/repository/find-repository.ts'
import type { Runs } from '#engine/sessions.ts'
import { type Accounts, isAccountName } from '#engine/state/accounts.ts'

/** Opens a place that the app knows: by its name when its account is kept, else as on the command line. */
export type OpenPlace = (place: string, options?: PlaceOptions) => Promise<Destination>

export function placeOpener(accounts: Accounts, stateFolder: string): OpenPlace {
  return async (place, options = {}) => {
    const keepIn = join(stateFolder, 'places')
    if (!isAccountName(place)) return openDestination(place, { ...options, keepIn })
    const kept = await accounts.read(place)
    return openDestination(kept.place, { ...options, account: kept.account, keepIn })
  }
}

type PlaceParts = Readonly<{
  open: OpenPlace
  accounts: Accounts
  runs: Runs
  openBrowser: (payload: { run: string; address: string }) => void
  /** Where Google answers: another place only in tests. */
  endpoints?: Readonly<{ apiBase: string; authBase: string }> | undefined
}>

/** The part of the engine's contract that is about places and who may enter them. */
export function placeCalls({
  open,
  accounts,
  runs,
  openBrowser,
  endpoints,
}: PlaceParts): Unchecked<Pick<Handlers<EngineContract>, 'place' | 'account'>> {
  const bases = endpoints ?? {}
  const endpointsOf = () => driveEndpoints(endpoints?.apiBase, endpoints?.authBase)
  return {
    place: {
      async look({ place, readOnly }) {
        const destination = await open(place)
        const isOurOwn = isAccountName(place) || place.startsWith('icloud:')
        if (!readOnly && isOurOwn) await destination.makeTop() // nobody could have made it in a dialog
        if (!readOnly) await probeDestination(destination)
        const found = await findRepositories(destination).catch((error: unknown) => {
          const isNotMade = readOnly && isOurOwn && BackupError.from(error).code === 'destination-missing'
          if (isNotMade && BackupError.from(error).facts['reason'] === undefined) return []
          throw error
        })
        const repositories: FoundRepository[] = found.map(({ repository, lastAddedMs }) => ({
          repository,
          mark: markOf(repository),
          lastAddedMs,
        }))
        return { repositories }
      },
      iCloud: async () => {
        const path = await findICloudDrive({ platform: process.platform, home: homedir(), isFolder })
        return { isThere: path !== null }
      },
    },
    account: {
      signInToDrive: ({ run, app, page, again }) =>
        runs.run(run, async (signal) => {
          const before = again === null ? null : await accounts.read(again).catch(() => null)
          const { refreshToken } = await signInToDrive({
            app,
            endpoints: endpointsOf(),
            openBrowser: (address) => openBrowser({ run, address }),
            page,
            signal,
          })
          const account = { ...app, refreshToken, ...bases }
          const user = await new GoogleDriveDestination(DRIVE_FOLDER, parseDriveAccount(account)).user(signal)
          const known = before && parseDriveAccount(before.account).accountId
          if (known && known !== user.accountId) throw new BackupError('sign-in-needed', { reason: 'other-account' })
          const kept = { place: `gdrive:${DRIVE_FOLDER}`, account: { ...account, accountId: user.accountId } }
          return { place: await accounts.keep(kept, again ?? undefined), address: user.address }
        }),
      async disconnect({ place }) {
        const kept = await accounts.read(place).catch(() => null)
        await accounts.forget(place)
        if (kept?.place.startsWith('gdrive:')) await revokeDriveAccess(parseDriveAccount(kept.account))
      },
    },
  }
}
