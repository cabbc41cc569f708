import { BackupError } from '#common/errors.ts'
import { SecretBuffer } from '#engine/crypto/secret-buffer.ts'
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
  signal?: AbortSignal
}>

/**
 * Turns backup on: makes a repository in a sub-folder of its own. The marker comes last, so that a crash leaves nothing
 * that is taken for a repository; the slot is read back and opened before anybody relies on it.
 *
 * @throws BackupError `repository-exists`, `rolled-back` (a known one is gone), and those of the destination
 */
export async function createRepository(options: CreateOptions): Promise<OpenRepository> {
  const { place, state } = options
  if (!options.another) await refuseSecond(place, state)
  await place.makeTop()
  await clearUnfinished(place, state)
  const repoId = random(16)
  const id = toHex(repoId)
  await state.repository(id).deviceId() // so that a creation that stops here is found and cleared by the next
  const destination = below(place, repositoryFolder(id))
  try {
    return await writeRepository(repoId, destination, options)
  } catch (error) {
    await undo(id, destination, state)
    throw error
  }
}

async function writeRepository(
  repoId: Uint8Array,
  destination: Destination,
  { place, state, secret, now, deviceName, signal }: CreateOptions,
): Promise<OpenRepository> {
  const id = toHex(repoId)
  using root = SecretBuffer.from(random(32), { wipeSource: true })
  signal?.throwIfAborted()
  await writeSettings(destination, repoId, root.bytes, secret, now())
  await destination.put(NOTE_NAME, Buffer.from(NOTE))
  await destination.put(SCRIPT_NAME, await restoreScript())
  const opened = await openRepository({ id, destination, state: state.repository(id), opener: secret })
  const { repository } = await writeRecord(opened, { kind: 'join' }, { timeMs: now(), deviceName })
  signal?.throwIfAborted()
  await destination.put(MARKER_NAME, markerBytes(id))
  await state.remember(place, id)
  return repository
}

/** Best effort: what stays is no repository yet, and the next creation takes it away. */
async function undo(id: string, destination: Destination, state: StateFolder): Promise<void> {
  try {
    const { left } = await deleteRepository(destination)
    if (left.length === 0) await state.forget(id)
  } catch {
    // what made the creation fail lasts
  }
}

/** What the marker holds: enough to say "this is a Keepsake repository" without any secret. */
export const markerBytes = (id: string): Uint8Array => new Uint8Array(Buffer.from(`KEEPSAKE REPOSITORY 1\n${id}\n`))

/** @throws BackupError also `destination-missing`: a known place that is away must not be made anew by mistake. */
async function refuseSecond(place: Destination, state: StateFolder): Promise<void> {
  const known = await state.known(place)
  const found = await findRepositories(place).catch((error: unknown) => {
    if (BackupError.from(error).code === 'destination-missing' && known.length === 0) return []
    throw error
  })
  if (known.some((id) => !found.some(({ repository }) => repository === id))) {
    throw new BackupError('rolled-back', { reason: 'vanished' })
  }
  if (found.length > 0) throw new BackupError('repository-exists', { count: found.length })
}

/**
 * Takes away what a creation of this device left here that did not come to its end: no marker, and never a backup in
 * it. What cannot be told for certain stays.
 */
async function clearUnfinished(place: Destination, state: StateFolder): Promise<void> {
  for (const id of await state.unfinished()) {
    const destination = repositoryAt(place, id)
    const { hasMarker, objects, packs, records } = await listRepository(destination)
    const isUnused = packs.size === 0 && records.every(({ record }) => record === 'join')
    if (hasMarker || !isUnused) continue
    const { left } = await deleteRepository(destination)
    if (objects > 0 && left.length === 0) await state.forget(id)
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
