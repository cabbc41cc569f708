import { BackupError } from '#common/errors.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { fromHex } from '#engine/encoding/hex.ts'
import type { RepositoryState } from '#engine/state/state-folder.ts'
import { heirsOf, openConfigs, readConfigFiles } from './config-files.ts'
import { type KeptSettings, openKept, readKeptSlots } from './kept-settings.ts'
import type { Listing } from './listing.ts'
import type { Opener } from './open-repository.ts'
import { joinConfigs, type Settings } from './settings.ts'

/** What this device keeps of the settings, joined with what is at the place. */
export type JoinedSettings = Readonly<{ kept: KeptSettings; settings: Settings }>

type Where = Readonly<{ id: string; destination: Destination; state: RepositoryState; opener: Opener }>

/**
 * Joins the settings that this device keeps with those at the place, as if the place had lost nothing.
 *
 * @returns `replaced` when what is at the place replaced the secret, null when it opens nothing here.
 */
export async function joinKept(
  { id, destination, state, opener }: Where,
  listing: Listing,
): Promise<JoinedSettings | 'replaced' | null> {
  const kept = await openKept(state, id, opener)
  if (!kept) return null
  const files = await readConfigFiles(destination, listing)
  if (heirsOf(kept.keys, files).length > 0) return 'replaced'
  const settings = joinConfigs(openConfigs(kept.keys, fromHex(id), [...files, ...kept.configs]))
  if (!settings) return null
  return kept.slotId === null || settings.slots.has(kept.slotId) ? { kept, settings } : 'replaced'
}

/**
 * Why a secret opens nothing at the place, as far as this device can tell by what it keeps: the place has lost settings
 * that it has seen, or another secret has replaced this one.
 *
 * @returns null when neither is known: then the secret is wrong.
 */
export async function knownReason(where: Where, listing: Listing): Promise<BackupError | null> {
  if (await hasAllNames(where.state, listing)) return null
  const joined = await joinKept(where, listing)
  if (joined === 'replaced') return new BackupError('wrong-secret', { reason: 'secret-replaced' })
  if (!joined) return null
  const { slotId } = joined.kept
  const hasHeads = joined.settings.heads.every(({ stem }) => listing.configs.some((listed) => listed.stem === stem))
  const hasSlot = slotId === null || listing.slots.some((listed) => listed.slotId === slotId)
  return hasHeads && hasSlot ? null : new BackupError('rolled-back', { reason: 'settings' })
}

/** What is kept has a name at the place still; if it does not open, it is damaged, or the secret is wrong. */
async function hasAllNames(state: RepositoryState, { slots, configs }: Listing): Promise<boolean> {
  const [keptSlots, keptConfigs] = [await readKeptSlots(state), await state.readConfigs()]
  return (
    keptSlots.every(({ slotId }) => slots.some((listed) => listed.slotId === slotId)) &&
    keptConfigs.every(({ stem }) => configs.some((listed) => listed.stem === stem))
  )
}
