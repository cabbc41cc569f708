import { BackupError, type ErrorCode } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { type FoundPlace, findRepositories } from '#engine/repository/find-repository.ts'
import { repositoryFolder } from '#engine/repository/names.ts'
import { nextAnchor, type Opener, type OpenRepository, openRepository } from '#engine/repository/open-repository.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'
import { isBeingDeleted } from '#engine/turn-off.ts'

export type OpenAtOptions = Readonly<{
  place: Destination
  state: StateFolder
  opener: Opener
  repository?: string // the one meant, when it is known
  acceptOlder?: boolean
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
  const found = await findRepositories(place)
  const known = options.repository ? [options.repository] : await state.known(place)
  const repository = await openOneOf(candidates(found, known), options)
  if (!options.lookOnly && (await isBeingDeleted(state, repository.id)))
    throw new BackupError('rolled-back', { reason: 'being-deleted' })
  if (repository.alarm) return repository
  const anchor = nextAnchor(repository, null)
  await repository.state.writeAnchor(repository.keyring, repository.deviceId, anchor)
  await state.remember(place, repository.id)
  return { ...repository, anchor }
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
  const opened: OpenRepository[] = []
  const refusals: BackupError[] = []
  for (const { repository: id, destination } of places) {
    try {
      opened.push(await openRepository({ ...options, id, destination, state: options.state.repository(id) }))
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
