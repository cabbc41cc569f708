import { checkChains } from './chain.ts'
import { readEndings } from './endings.ts'
import { type Listing, listRepository } from './listing.ts'
import { bornAnew, type OpenRepository, withEndings } from './open-repository.ts'
import { readSettings } from './unlock.ts'

/**
 * Lists an open repository once more in the middle of a run, and takes in what others have written since: their records,
 * what they dropped, that they changed the settings, or that they retired this device, which then goes on under a new id.
 *
 * @throws BackupError `rolled-back` when something is gone that was there, `wrong-secret` when the root was rotated away.
 */
export async function lookAgain(repository: OpenRepository, signal?: AbortSignal): Promise<OpenRepository> {
  const { destination, keyring, readRecord } = repository
  const listing = await listRepository(destination, signal)
  const settings = isSameConfigs(listing, repository.listing)
    ? repository.settings
    : await readSettings(destination, keyring)
  const seen = await checkChains(
    listing.records,
    repository.anchor,
    repository.deviceId,
    settings.newest.config.seq,
    readRecord,
  )
  const endings = await readEndings(listing.records, readRecord)
  const chain = withEndings(seen, endings, repository.deviceId)
  const again = { ...repository, listing, settings, chain, endings }
  return chain.mustBeReborn ? bornAnew(again) : again
}

function isSameConfigs(a: Listing, b: Listing): boolean {
  const names = ({ configs }: Listing): string =>
    configs
      .map(({ path }) => path)
      .sort()
      .join()
  return names(a) === names(b)
}
