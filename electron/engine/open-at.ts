import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { chooseRepository, type FoundPlace, findRepositories } from '#engine/repository/find-repository.ts'
import { nextAnchor, type Opener, type OpenRepository, openRepository } from '#engine/repository/open-repository.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'

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
 * @throws BackupError see `chooseRepository` and `openRepository`
 */
export async function openAt(options: OpenAtOptions): Promise<OpenRepository> {
  const { place, state } = options
  const found = await findRepositories(place)
  const known = options.repository ? [options.repository] : await state.known(place)
  const repository = await openChosen(found, known, options)
  if (repository.alarm) return repository
  const anchor = nextAnchor(repository, null)
  await repository.state.writeAnchor(repository.keyring, repository.deviceId, anchor)
  await state.remember(place, repository.id)
  return { ...repository, anchor }
}

/** Of several that could be meant, the only one that the secret opens. One that is known and gone is an alarm. */
async function openChosen(
  found: readonly FoundPlace[],
  known: readonly string[],
  options: OpenAtOptions,
): Promise<OpenRepository> {
  const open = ({ repository: id, destination }: FoundPlace): Promise<OpenRepository> =>
    openRepository({ ...options, id, destination, state: options.state.repository(id) })
  const mine = found.filter(({ repository }) => known.includes(repository))
  const candidates = mine.length > 0 ? mine : found
  if (candidates.length < 2 || (mine.length === 0 && known.length > 0)) return open(chooseRepository(found, known))
  const opened: OpenRepository[] = []
  for (const candidate of candidates) {
    try {
      opened.push(await open(candidate))
    } catch (error) {
      if (BackupError.from(error).code !== 'wrong-secret') throw error
    }
  }
  const [only, ...others] = opened
  if (!only) throw new BackupError('wrong-secret')
  if (others.length > 0) throw new BackupError('usage', { reason: 'several-repositories', count: opened.length })
  return only
}
