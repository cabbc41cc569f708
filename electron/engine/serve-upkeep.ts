import type { CleanUpOutcome, EngineContract, KeepCounts } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Handlers, Unchecked } from '#common/ipc.ts'
import type { Bandwidth } from '#engine/destination/http/bandwidth.ts'
import { listDevices, retireDevice } from '#engine/devices.ts'
import { openToWrite } from '#engine/open-at.ts'
import { prove } from '#engine/prove.ts'
import { lookAgain } from '#engine/repository/look-again.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { quietDevices, readDevices } from '#engine/retention/devices.ts'
import { isRetentionFrozen } from '#engine/retention/freeze.ts'
import { prune } from '#engine/retention/prune.ts'
import { forgetSecrets } from '#engine/secrets/forget-secrets.ts'
import type { OpenPlace } from '#engine/serve-places.ts'
import type { Runs } from '#engine/sessions.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'

export type UpkeepParts = Readonly<{
  state: StateFolder
  runs: Runs
  up: Bandwidth
  deviceName: string
  now: () => number
  open: OpenPlace
}>

type Opened = Readonly<{ place: string; repository: string; deviceKey: Uint8Array }>

/** After so long a person is asked whether a device is still in use (design: 90 days; at 180 it is not waited for). */
const QUIET_MS = 90 * 24 * 3600 * 1000

/** The part of the engine's contract that is about housekeeping. */
export function upkeepCalls(parts: UpkeepParts): Unchecked<Handlers<EngineContract>>['upkeep'] {
  const { state, runs, up, deviceName, now, open } = parts

  /** Opens a repository with this device's own key, and forgets its secrets afterwards. */
  const withRepository = async <T>(
    { place, repository: id, deviceKey }: Opened,
    signal: AbortSignal | undefined,
    work: (repository: OpenRepository) => Promise<T>,
  ): Promise<T> => {
    await using _lock = await state.lock()
    const destination = await open(place, { http: { up } })
    const opener = { kind: 'device', deviceKey } as const
    const options = { place: destination, state, repository: id, opener, ...(signal && { signal }) }
    const repository = await openToWrite(options, now())
    try {
      return await work(repository)
    } finally {
      forgetSecrets(repository)
    }
  }

  return {
    cleanUp: ({ run, keep, fewer, accepted, ...opened }) =>
      runs.run(run, (signal) =>
        withRepository(opened, signal, async (repository) => {
          const startedMs = now()
          const how = { deviceName, now, signal }
          // An accepted clean-up is no accepted backup: while one waits for its yes, old snapshots may be all there is.
          if (await isRetentionFrozen(repository.state)) throw new BackupError('looks-wrong', { reason: 'frozen' })
          const pruned = await prune(repository, { ...how, policy: keep, acceptChange: accepted })
          const { dropped, freedBytes, isWhole } = pruned
          const after = await overview(repository, fewer, how)
          return { dropped: dropped.length, freedBytes, isWhole, ...after, seconds: (now() - startedMs) / 1000 }
        }),
      ),
    prove: ({ run, ...opened }) =>
      runs.run(run, (signal) =>
        withRepository(opened, signal, async (repository) => {
          const { files, databases, broken, seconds } = await prove(repository, {
            folder: repository.state.path,
            now,
            signal,
          })
          return { files, databases, broken, seconds }
        }),
      ),
    devices: (opened) => withRepository(opened, undefined, (repository) => listDevices(repository, now())),
    retire: ({ deviceId, ...opened }) =>
      withRepository(opened, undefined, async (repository) => {
        await retireDevice(repository, deviceId, { nowMs: now(), deviceName })
      }),
  }
}

/** What the place looks like now. */
async function overview(
  before: OpenRepository,
  fewer: KeepCounts | null,
  how: Readonly<{ deviceName: string; now: () => number; signal: AbortSignal }>,
): Promise<Pick<CleanUpOutcome, 'usedBytes' | 'goingBytes' | 'fewerBytes' | 'silent'>> {
  const anchor = (await before.state.readAnchor(before.keyring, before.deviceId)) ?? before.anchor
  const repository = await lookAgain({ ...before, anchor }, how.signal)
  const { listing, endings } = repository
  let goingBytes = 0
  for (const { id, size } of listing.packs.values()) if (endings.packs.has(id)) goingBytes += size
  const would = fewer && (await prune(repository, { ...how, policy: fewer, dryRun: true }))
  const devices = quietDevices(await readDevices(repository, how.now()), repository, QUIET_MS, how.now())
  const silent = devices.map(({ deviceId, newest, lastMs }) => {
    return { deviceId, name: newest.record.deviceName, lastMs: Math.floor(lastMs) }
  })
  return { usedBytes: listing.bytes, goingBytes, fewerBytes: would && would.condemnedBytes, silent }
}
