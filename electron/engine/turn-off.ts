import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import type { TurnOffOutcome } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { below, upTo } from '#engine/destination/destination.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { isDraftOfOurs, MARKER_NAME, parseObjectName, repositoryFolder } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { SLOT_BYTES, type SlotSecret } from '#engine/repository/slot.ts'
import { trySlots } from '#engine/repository/unlock.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'
import { writeWhole } from '#engine/state/whole-file.ts'

/**
 * Says to other devices that this one has ended (best effort), then forgets the repository here. The backups stay and
 * open with the secret as before.
 */
export async function turnOffKeeping(
  repository: OpenRepository,
  state: StateFolder,
  facts: Readonly<{ nowMs: number; deviceName: string }>,
): Promise<TurnOffOutcome> {
  const top = repository.chain.tops.find(({ deviceId }) => deviceId === repository.deviceId)
  if (top) {
    const device = { deviceId: top.deviceId, seq: top.seq, hash: top.hash }
    await writeRecord(
      repository,
      { kind: 'retire', device },
      { timeMs: facts.nowMs, deviceName: facts.deviceName },
    ).catch(() => undefined)
  }
  await state.forget(repository.id)
  return { deleted: 0, left: [] }
}

/**
 * Proves the secret on the copy of the slots in the state folder, for turning off while the place is out of reach.
 *
 * @throws BackupError `wrong-secret`
 */
export async function proveSecretOffline(state: StateFolder, repository: string, secret: SlotSecret): Promise<void> {
  const slots = await state.repository(repository).readSlots(SLOT_BYTES)
  await trySlots(
    slots.map((bytes) => ({ slotId: toHex(bytes.subarray(24, 40)), bytes })),
    secret,
  )
}

const BEGUN = 'deleting'

/** Whether the deletion of a repository was begun on this device and has not come to its end. */
export async function isBeingDeleted(state: StateFolder, repository: string): Promise<boolean> {
  return fs.access(join(state.repository(repository).path, BEGUN)).then(
    () => true,
    () => false,
  )
}

/**
 * Deletes a repository for good and, when nothing is left of it, forgets it here. That it was begun is kept in the
 * state folder, so that after a crash it is finished and not taken for a backup that somebody else removed.
 *
 * @param destination - the repository's own folder.
 */
export async function turnOffDeleting(
  { id, destination }: Readonly<{ id: string; destination: Destination }>,
  state: StateFolder,
  options: DeleteOptions = {},
): Promise<TurnOffOutcome> {
  const found = await findObjects(destination)
  await writeWhole(join(state.repository(id).path, BEGUN), '')
  const outcome = await deleteObjects(destination, found, options)
  if (outcome.left.length === 0) await state.forget(id)
  return outcome
}

export type DeleteOptions = Readonly<{
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}>

/** The order in which objects go: slots first, so that the rest is unreadable at once; the marker last of all. */
const ORDER = ['slot', 'config', 'record', 'index', 'pack', 'note', 'script', 'marker'] as const

/**
 * Deletes a repository's objects and nothing else: foreign files and the place itself stay. Told to go on after an
 * interruption, it deletes what is left. What cannot be deleted is listed with its cause.
 *
 * @param destination - the repository's own folder.
 */
export async function deleteRepository(destination: Destination): Promise<TurnOffOutcome> {
  return deleteObjects(destination, await findObjects(destination), {})
}

type FoundObjects = Readonly<{ objects: readonly string[]; folders: readonly string[] }>

async function deleteObjects(
  destination: Destination,
  { objects, folders }: FoundObjects,
  { onProgress, signal }: DeleteOptions,
): Promise<TurnOffOutcome> {
  const left: { name: string; code: string }[] = []
  let deleted = 0
  for (const path of objects) {
    signal?.throwIfAborted()
    if (path === MARKER_NAME && left.length > 0) break // still to be found by the next try
    try {
      await destination.remove(path)
      deleted++
    } catch (error) {
      left.push({ name: path, code: BackupError.from(error).code })
    }
    onProgress?.(deleted, objects.length)
  }
  for (const folder of folders) await destination.removeFolder(folder)
  if (left.length === 0) await destination.removeFolder('')
  return { deleted, left }
}

/** Our objects and drafts in the order in which they go, and our folders, deepest first. */
async function findObjects(destination: Destination): Promise<FoundObjects> {
  const ranked: { path: string; rank: number }[] = []
  const folders: string[] = []
  for await (const { name, isFolder } of destination.list('', { recursive: true })) {
    if (isFolder) {
      if (/^device-[0-9a-f]{32}(\/packs-[0-9]{4})?$/.test(name)) folders.push(name)
      continue
    }
    const kind = parseObjectName(name)?.kind
    if (kind) ranked.push({ path: name, rank: ORDER.indexOf(kind) })
    else if (isDraftOfOurs(name)) ranked.push({ path: name, rank: ORDER.indexOf('pack') })
  }
  return {
    objects: ranked.sort((a, b) => a.rank - b.rank).map(({ path }) => path),
    folders: folders.sort().toReversed(),
  }
}

/** The repository's own folder at a place, also when its marker or slots are gone already. */
export const repositoryAt = (place: Destination, repository: string): Destination =>
  below(place, repositoryFolder(repository))

/** Like `repositoryAt`, for a place that may be the repository's own folder: the marker tells, and it goes last of all. */
export async function locateRepository(place: Destination, repository: string): Promise<Destination> {
  const marker = await place.get(MARKER_NAME, upTo(64))
  const isItself = marker !== null && Buffer.from(marker).includes(repository)
  return isItself ? place : repositoryAt(place, repository)
}
