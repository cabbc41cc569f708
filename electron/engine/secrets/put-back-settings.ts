import { BackupError } from '#common/errors.ts'
import { markerBytes } from '#engine/create-repository.ts'
import { below, type Destination, upTo } from '#engine/destination/destination.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { type JoinedSettings, joinKept } from '#engine/repository/lost-settings.ts'
import {
  MARKER_NAME,
  NOTE_NAME,
  parseObjectName,
  repositoryFolder,
  SCRIPT_NAME,
  slotStem,
} from '#engine/repository/names.ts'
import { NOTE } from '#engine/repository/note.ts'
import type { Opener } from '#engine/repository/open-repository.ts'
import { restoreScript } from '#engine/repository/restore-script.ts'
import { isListed } from '#engine/repository/unlock.ts'
import { putBack, putBackCopies } from '#engine/repository/write-settings.ts'
import type { RepositoryState } from '#engine/state/state-folder.ts'

export type PutBackOptions = Readonly<{ place: Destination; id: string; state: RepositoryState; opener: Opener }>

/**
 * Puts back what a place has lost of a repository's settings, out of the copies that this device keeps: valid slots, the
 * newest settings, note and script, and last of all the marker. Works also where nothing of the repository is left. What
 * others have changed since stands; a secret that they replaced puts back nothing.
 *
 * @throws BackupError `wrong-secret` when nothing of the repository is left and the secret opens none of the copies.
 */
export async function putBackSettings({ place, id, state, opener }: PutBackOptions): Promise<void> {
  const destination = await homeOf(place, id)
  const listing = await listRepository(destination)
  const joined = await joinKept({ id, destination, state, opener }, listing)
  if (!joined && listing.objects === 0) throw new BackupError('wrong-secret')
  if (!joined || joined === 'replaced') return // opening it will say why
  await putBackSlots(destination, joined)
  for (const { stem } of joined.settings.heads) {
    const bytes = joined.kept.configs.find((config) => config.stem === stem)?.bytes
    if (bytes) await putBackCopies(destination, stem, bytes)
  }
  await putIfMissing(destination, NOTE_NAME, Buffer.from(NOTE))
  await putIfMissing(destination, SCRIPT_NAME, await restoreScript())
  await putBack(destination, MARKER_NAME, markerBytes(id))
}

/**
 * Note and script of another version are as good. Nothing hangs on either, so a place that neither shows nor takes them
 * keeps nobody from their backup; what fails for good fails at the marker, too.
 */
async function putIfMissing(destination: Destination, name: string, bytes: Uint8Array): Promise<void> {
  if ((await destination.get(name, upTo(0))) !== null) return
  try {
    await destination.remove(name) // what a place does not show may be there all the same
    await destination.put(name, bytes)
  } catch {
    // tried again with the next repair
  }
}

async function putBackSlots(destination: Destination, { kept, settings }: JoinedSettings): Promise<void> {
  for (const slot of kept.slots) {
    if (isListed(slot, settings)) await putBackCopies(destination, slotStem(slot.slotId), slot.bytes)
  }
}

/** Where the repository lies or lay: the place may be its own folder, and that may be empty. */
async function homeOf(place: Destination, id: string): Promise<Destination> {
  const folder = repositoryFolder(id)
  if (place.label.split(/[\\/]/).at(-1) === folder) return place
  for await (const { name, isFolder } of place.list('')) {
    const kind = parseObjectName(name)?.kind
    const isObject = kind !== undefined && kind !== 'note' && kind !== 'script' // a read-me.txt may be anybody's
    if (isFolder ? /^device-[0-9a-f]{32}$/.test(name) : isObject) return place
  }
  return below(place, folder)
}
