import { randomUUID } from 'node:crypto'
import type { PlaceKinds } from '#common/backup-state.ts'
import type { DriveAppId } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { ask, askWithProgress, type Engine } from './ask-engine.ts'
import type { StoredPlace } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'

export type PlaceChoiceParts = Readonly<{
  engine: Engine
  settings: KeptSettings
  /** Shows an address in the person's own browser. */
  openBrowser: (address: string) => void
  /** What the browser shows when the person has signed in. */
  page: Readonly<{ title: string; text: string }>
  /** The app's own registration with Google; a build of somebody else may have none. */
  builtInApp: DriveAppId | null
}>

const DRIVE_NAME = 'Google Drive'
const ICLOUD: StoredPlace = { spec: 'icloud:Keepsake', name: 'iCloud Drive', kind: 'icloud' }

/** Places that are not chosen in a dialog of folders. One sign-in at a time; a new one ends the one before. */
export class PlaceChoice {
  readonly #parts: PlaceChoiceParts
  #run: string | null = null

  constructor(parts: PlaceChoiceParts) {
    this.#parts = parts
  }

  async kinds(): Promise<PlaceKinds> {
    const { isThere } = await ask(this.#parts.engine.place.iCloud())
    return { drive: this.#app() === null ? 'needs-client-id' : 'ready', iCloud: isThere }
  }

  async useDriveClient(app: DriveAppId | null): Promise<void> {
    await this.#parts.settings.update(({ driveApp: _before, ...all }) =>
      app === null ? all : { ...all, driveApp: app },
    )
  }

  /**
   * Signs in to Google in the browser.
   *
   * @param again - the place whose sign-in counts no more; it stays the same place.
   * @throws BackupError `usage` without a client id; `sign-in-needed` with the reason; `cancelled`
   */
  async drive(again: string | null = null): Promise<StoredPlace> {
    const app = this.#app()
    if (app === null) throw new BackupError('usage', { missing: 'drive-client' })
    await this.cancel()
    const { engine, openBrowser, page } = this.#parts
    const run = randomUUID()
    this.#run = run
    try {
      const { place } = await askWithProgress(
        engine.account.openBrowser,
        run,
        ({ address }) => openBrowser(address),
        () => engine.account.signInToDrive({ run, app, page, again }),
      )
      return { spec: place, name: DRIVE_NAME, kind: 'gdrive' }
    } finally {
      if (this.#run === run) this.#run = null
    }
  }

  /** @throws BackupError `destination-missing` where there is no iCloud Drive */
  async iCloud(): Promise<StoredPlace> {
    const { isThere } = await ask(this.#parts.engine.place.iCloud())
    if (!isThere) throw new BackupError('destination-missing', { reason: 'no-icloud', name: ICLOUD.name })
    return ICLOUD
  }

  /** Forgets an account that was signed in and is not used after all. Best effort: Google lists it as access to end. */
  async letGo(place: StoredPlace | null): Promise<void> {
    if (place?.spec.startsWith('account:')) await this.#parts.engine.account.disconnect({ place: place.spec })
  }

  async cancel(): Promise<void> {
    if (this.#run !== null) await this.#parts.engine.run.cancel({ run: this.#run })
  }

  #app(): DriveAppId | null {
    return this.#parts.settings.current.driveApp ?? this.#parts.builtInApp
  }
}
