import { randomFillSync } from 'node:crypto'
import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { ask, type Engine } from './ask-engine.ts'
import type { Keychain } from './keychain.ts'
import type { StoredDraft, StoredProtection } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'

/** The entry under which the device key waits until its repository has a name. */
const NEW_KEY = 'setting-up'

/** Turns the answers and the confirmed secret into a backup that this computer can add to. */
export type CreateBackup = (secret: SecretInput, draft: StoredDraft) => Promise<StoredProtection>

export type CreateParts = Readonly<{
  engine: Engine
  keychain: Pick<Keychain, 'get' | 'set' | 'delete'>
  settings: KeptSettings
  nowMs: () => number
}>

/**
 * The steps, and what a computer that stops after each of them is left with:
 *
 * 1. mark `asked`: nothing else has happened, the wizard carries on where it was
 * 2. the device key in the keychain: proves that the keychain works before anything is written at the place; a
 *    random number that opens nothing, deleted at the next start
 * 3. the repository at the place: it is empty, and nothing on this computer speaks of it; the wizard will find it
 *    there like any other and never touch it
 * 4. mark `made`, with all that is to be remembered: from here on the next start finishes, because the person has
 *    confirmed the secret and holds it
 * 5. the device key under the repository's own name
 * 6. the protection record in place of draft and mark, in one write: backups are on
 *
 * A failure (not a stop) after step 3 takes the new, empty repository back, so that trying again is not met by it.
 */
export function createBackupWith({ engine, keychain, settings, nowMs }: CreateParts): CreateBackup {
  return async (secret, draft) => {
    const { place } = draft
    if (place === null || draft.chats.length === 0) throw new BackupError('usage', { missing: 'draft' })
    const deviceKey = randomFillSync(new Uint8Array(32))
    let made: StoredProtection | null = null
    try {
      await settings.update((all) => ({ ...all, creation: { at: 'asked' } }))
      await keychain.set(NEW_KEY, deviceKey)
      const { repository, mark } = await ask(
        engine.repository.create({ place: place.spec, secret, another: draft.startBeside, deviceKey }),
      )
      const kept = { repository, mark, place, chats: draft.chats, secrets: [secret.kind], sinceMs: nowMs() }
      const protection = { ...kept, waiting: null, lastBackup: null, backupDays: [], firstDoneSeen: false }
      made = protection
      await settings.update((all) => ({ ...all, creation: { at: 'made', protection } }))
      await keychain.set(repository, deviceKey)
      await turnOn(settings, protection)
      await keychain.delete(NEW_KEY).catch(() => undefined)
      return protection
    } catch (thrown) {
      if (made) await takeBack(engine, keychain, made, secret)
      await settings.update((all) => ({ ...all, creation: null })).catch(() => undefined)
      throw thrown
    } finally {
      deviceKey.fill(0)
    }
  }
}

/**
 * Finishes or forgets a set-up that was cut off, before the first window opens. With the keychain locked nothing is
 * decided: the next start asks again.
 *
 * @returns true when backups are on now.
 */
export async function finishCreation({ keychain, settings }: Omit<CreateParts, 'engine' | 'nowMs'>): Promise<boolean> {
  const { creation } = settings.current
  if (creation === null) return false
  try {
    const deviceKey = await keychain.get(NEW_KEY)
    if (creation.at === 'made') {
      const { repository } = creation.protection
      if (deviceKey) await keychain.set(repository, deviceKey)
      if (deviceKey ?? (await keychain.get(repository))) {
        await turnOn(settings, creation.protection)
        await keychain.delete(NEW_KEY).catch(() => undefined)
        return true
      }
    }
    await keychain.delete(NEW_KEY)
    await settings.update((all) => ({ ...all, creation: null }))
  } catch {
    // asked again at the next start; the draft is still there
  }
  return false
}

const turnOn = (settings: KeptSettings, protection: StoredProtection): Promise<void> =>
  settings.update((all) => ({ ...all, protection, creation: null, draft: null }))

/** Best effort: the repository was made a moment ago, by us, and holds nothing. */
async function takeBack(
  engine: Engine,
  keychain: CreateParts['keychain'],
  { place, repository }: StoredProtection,
  secret: SecretInput,
): Promise<void> {
  const opened = await engine.turnOff.open({ place: place.spec, repository, secret })
  if (opened.ok) {
    const { session } = opened.value
    const run = `take-back-${repository}`
    const finished = await engine.turnOff.finish({ run, session, deleteBackups: true })
    if (!finished.ok) await engine.turnOff.close({ session })
  }
  for (const account of [repository, NEW_KEY]) await keychain.delete(account).catch(() => undefined)
}
