import { BackupError } from '#common/errors.ts'
import { toHex } from '#engine/encoding/hex.ts'
import type { Anchor } from '#engine/state/anchor.ts'
import type { NamedBytes } from '#engine/state/state-folder.ts'
import { isConfigOf } from './config.ts'
import type { Keyring } from './keyring.ts'
import type { Listing } from './listing.ts'
import { type OpenedConfig, SETTINGS_KEPT } from './settings.ts'
import type { Unlocked } from './unlock.ts'

/**
 * Somebody has taken over from an older root, and this device cannot tell whether it is one of ours: whoever types the
 * secret can. Told as a replaced secret, until the secret was typed and opened nothing of it.
 */
export function refuseStrangers({ strangers }: Unlocked, anchor: Anchor | null): void {
  const isKnown = strangers.every((stem) => anchor?.strangers.includes(stem))
  if (!isKnown) throw new BackupError('wrong-secret', { reason: 'secret-replaced' })
}

/**
 * Settings that this device has seen must still be there or be superseded, and what they revoked stays revoked.
 *
 * @throws BackupError `rolled-back`
 */
export function checkSettings(anchor: Anchor, { settings, history }: Unlocked): void {
  const isOlder = settings.newest.config.seq < anchor.configSeq
  const lostRevocation = anchor.revoked.some((slotId) => settings.slots.has(slotId))
  if (isOlder || lostRevocation || anchor.configs.some((stem) => isHidden(stem, history))) {
    throw new BackupError('rolled-back', { reason: 'settings' })
  }
}

/**
 * Settings that this device has kept lie under the present root or one before it. If not, it has seen a rotation that is
 * not shown any more: what lies under the root after it, the anchor too, cannot be opened then, and must not count as lost.
 *
 * @throws BackupError `rolled-back`
 */
export function checkRoot(kept: readonly NamedBytes[], { epochs }: Keyring): void {
  const isKnown = kept.some(({ bytes }) => epochs.some((keys) => isConfigOf(keys, bytes)))
  if (kept.length > 0 && !isKnown) throw new BackupError('rolled-back', { reason: 'settings' })
}

/** Swept are only settings that so many later ones follow; short of that, what superseded a config is there to say so. */
function isHidden(stem: string, history: readonly OpenedConfig[]): boolean {
  const [, seq = '', id = ''] = stem.split('-')
  const isKnown = history.some(({ config }) => [config, ...config.prevs].some(({ configId }) => toHex(configId) === id))
  return !isKnown && history.filter(({ config }) => config.seq > Number(seq)).length < SETTINGS_KEPT
}

/** Later settings whose file is there but does not open are damaged; only an absent name means an older state. */
export function damagedRather(alarm: BackupError, { configs }: Listing, configSeq: number): BackupError {
  if (alarm.code !== 'rolled-back' || alarm.facts['reason'] !== 'settings') return alarm
  const unread = configs.find(({ seq }) => seq > configSeq)
  return unread ? new BackupError('damaged', { name: unread.path }) : alarm
}
