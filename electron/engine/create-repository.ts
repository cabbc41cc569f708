import { BackupError } from '#common/errors.ts'
import { random } from '#engine/crypto/sodium.ts'
import { below, type Destination } from '#engine/destination/destination.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { READER_VERSION } from '#engine/repository/config.ts'
import { findRepositories } from '#engine/repository/find-repository.ts'
import { epochKeys } from '#engine/repository/keyring.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { MARKER_NAME, NOTE_NAME, repositoryFolder, SCRIPT_NAME } from '#engine/repository/names.ts'
import { NOTE } from '#engine/repository/note.ts'
import { type OpenRepository, openRepository } from '#engine/repository/open-repository.ts'
import { restoreScript } from '#engine/repository/restore-script.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { publishConfig, publishSlot } from '#engine/repository/write-settings.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'
import { deleteRepository, repositoryAt } from '#engine/turn-off.ts'

export type CreateOptions = Readonly<{
  place: Destination
  state: StateFolder
  secret: SlotSecret
  /** Make one beside a repository that is there, or although a known one is gone. */
  another: boolean
  deviceName: string
  now: () => number
}>

/**
 * Turns backup on: makes a repository in a sub-folder of its own. The marker comes last, so that a crash leaves nothing
 * that is taken for a repository; the slot is read back and opened before anybody relies on it.
 *
 * @throws BackupError `repository-exists`, `rolled-back` (a known one is gone), and those of the destination
 */
export async function createRepository(options: CreateOptions): Promise<OpenRepository> {
  const { place, state, secret } = options
  await place.makeTop()
  if (!options.another) await refuseSecond(place, state)
  await clearUnfinished(place, state)
  const repoId = random(16)
  const id = toHex(repoId)
  await state.repository(id).deviceId() // so that a creation that stops here is found and cleared by the next
  const destination = below(place, repositoryFolder(id))
  const root = random(32)
  await writeSettings(destination, repoId, root, secret, options.now())
  await destination.put(NOTE_NAME, Buffer.from(NOTE))
  await destination.put(SCRIPT_NAME, await restoreScript())
  const opened = await openRepository({ id, destination, state: state.repository(id), opener: secret })
  const { repository } = await writeRecord(
    opened,
    { kind: 'join' },
    { timeMs: options.now(), deviceName: options.deviceName },
  )
  await destination.put(MARKER_NAME, markerBytes(id))
  await state.remember(place, id)
  root.fill(0)
  return repository
}

/** What the marker holds: enough to say "this is a Keepsake repository" without any secret. */
export const markerBytes = (id: string): Uint8Array => new Uint8Array(Buffer.from(`KEEPSAKE REPOSITORY 1\n${id}\n`))

async function refuseSecond(place: Destination, state: StateFolder): Promise<void> {
  const [known, found] = [await state.known(place), await findRepositories(place)]
  if (known.some((id) => !found.some(({ repository }) => repository === id))) {
    throw new BackupError('rolled-back', { reason: 'vanished' })
  }
  if (found.length > 0) throw new BackupError('repository-exists', { count: found.length })
}

/** Takes away what a creation of this device left that did not come to its end: no marker, and never a backup in it. */
async function clearUnfinished(place: Destination, state: StateFolder): Promise<void> {
  for (const id of await state.unfinished()) {
    const destination = repositoryAt(place, id)
    const { hasMarker, packs, records } = await listRepository(destination)
    const isUnused = packs.size === 0 && records.every(({ record }) => record === 'join')
    if (!hasMarker && isUnused) await deleteRepository(destination, () => undefined)
    await state.forget(id)
  }
}

async function writeSettings(
  destination: Destination,
  repoId: Uint8Array,
  root: Uint8Array,
  secret: SlotSecret,
  nowMs: number,
): Promise<void> {
  const { listed } = await publishSlot(destination, repoId, secret, { bytes: root, epoch: 0 })
  await publishConfig(destination, epochKeys(root, 0), {
    configId: random(16),
    repoId,
    seq: 1,
    epoch: 0,
    idKey: random(32),
    prevs: [],
    slots: [listed],
    revoked: [],
    features: [0, 0, 0],
    minReader: READER_VERSION,
    createdAtUs: Math.round(nowMs * 1000),
    olderRoots: [],
  })
}
