import { BackupError } from '#common/errors.ts'
import type { PlaceChoice } from './place-choice.ts'
import type { KeptSettings } from './settings-file.ts'
import type { StateStore } from './state-store.ts'

type Parts = Readonly<{
  store: StateStore
  settings: KeptSettings
  placeChoice: Pick<PlaceChoice, 'drive'>
  startBackup: () => Promise<void>
}>

/** The remedy for a sign-in that counts no more: the same account again, and a backup at once to see that it works. */
export function signInAgainWith({ store, settings, placeChoice, startBackup }: Parts): () => Promise<void> {
  return async () => {
    store.at('on')
    const spec = settings.current.protection?.place.spec
    if (!spec?.startsWith('account:')) throw new BackupError('usage', { missing: 'account' })
    await placeChoice.drive(spec)
    if (store.get().kind === 'on') await startBackup()
  }
}
