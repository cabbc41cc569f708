import { BackupError, type ErrorCode } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { type FoundPlace, findRepositories } from '#engine/repository/find-repository.ts'
import { repositoryFolder } from '#engine/repository/names.ts'
import { nextAnchor, type Opener, type OpenRepository, openRepository } from '#engine/repository/open-repository.ts'
import { mustBeWritable } from '#engine/repository/settings.ts'
import { putBackSettings } from '#engine/secrets/put-back-settings.ts'
import { settle } from '#engine/secrets/settle.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'
import { isBeingDeleted } from '#engine/turn-off.ts'

export type OpenAtOptions = Readonly<{
  place: Destination
  state: StateFolder
  opener: Opener
  repository?: string // the one meant, when it is known
  /** Go on from an older state, if it is one: an explicit act. */
  acceptOlder?: boolean
  /** Put back what the place has lost of the settings, and go on from what is left of the rest: an explicit act. */
  reupload?: boolean
  lookOnly?: boolean
  signal?: AbortSignal
}>

/**
 * Finds the repository at a place, opens it, and remembers on this device what was seen.
 *
 * @throws BackupError `rolled-back` when a known repository is gone, or its deletion was begun here; `no-repository`;
 * `usage` when several are meant; and those of `openRepository`
 */
export async function openAt(options: OpenAtOptions): Promise<OpenRepository> {
  const { place, state } = options
  const known = options.repository ? [options.repository] : await state.known(place)
  if (options.reupload) await putBackKnown(known, options)
  const found = await findRepositories(place)
  const repository = await openOneOf(candidates(found, known), options)
  if (!options.lookOnly && (await isBeingDeleted(state, repository.id)))
    throw new BackupError('rolled-back', { reason: 'being-deleted' })
  if (repository.alarm) return repository
  const anchor = nextAnchor(repository, null)
  await repository.state.writeAnchor(repository.keyring, repository.deviceId, anchor)
  await state.remember(place, repository.id)
  return { ...repository, anchor }
}

/**
 * Opens like `openAt`, to write: what changes of the secret have left behind is brought to an end first.
 *
 * @throws BackupError as `openAt`
 */
export async function openToWrite(options: OpenAtOptions, nowMs: number): Promise<OpenRepository> {
  const repository = await openAt(options)
  mustBeWritable(repository.settings)
  return settle(repository, nowMs)
}

async function putBackKnown(known: readonly string[], { place, state, opener }: OpenAtOptions): Promise<void> {
  for (const id of known) {
    if (await isBeingDeleted(state, id)) continue
    try {
      await putBackSettings({ place, id, state: state.repository(id), opener })
    } catch (error) {
      if (known.length === 1 || BackupError.from(error).code !== 'wrong-secret') throw error
    }
  }
}

/** The repositories that can be meant: those this device knows here, else all. */
function candidates(found: readonly FoundPlace[], known: readonly string[]): readonly FoundPlace[] {
  const mine = found.filter(({ repository }) => known.includes(repository))
  if (mine.length > 0) return mine
  if (known.length > 0) throw new BackupError('rolled-back', { reason: 'vanished' })
  if (found.length === 0) throw new BackupError('no-repository')
  return found
}

/** Why one of several did not open, in the order in which it is told when none does. */
const REFUSALS: readonly ErrorCode[] = ['too-new', 'key-settings', 'rolled-back', 'damaged', 'wrong-secret']

/** Of several, the only one that the secret opens. */
async function openOneOf(places: readonly FoundPlace[], options: OpenAtOptions): Promise<OpenRepository> {
  const opening = { ...options, acceptOlder: options.acceptOlder || options.reupload || false }
  const opened: OpenRepository[] = []
  const refusals: BackupError[] = []
  for (const { repository: id, destination } of places) {
    try {
      opened.push(await openRepository({ ...opening, id, destination, state: options.state.repository(id) }))
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (places.length === 1 || !REFUSALS.includes(error.code)) throw error
      refusals.push(error)
    }
  }
  const [only, ...others] = opened
  if (!only)
    throw (
      refusals.sort((a, b) => REFUSALS.indexOf(a.code) - REFUSALS.indexOf(b.code))[0] ?? new BackupError('wrong-secret')
    )
  if (others.length === 0) return only
  const folders = opened.map(({ id }) => repositoryFolder(id)).join(' ')
  throw new BackupError('usage', { reason: 'several-repositories', folders })
}
