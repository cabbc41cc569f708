import { BackupError } from '#common/errors.ts'
import { upTo } from '#engine/destination/destination.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { slotName } from '#engine/repository/names.ts'
import { nextAnchor, type OpenRepository } from '#engine/repository/open-repository.ts'
import type { SecretKind } from '#engine/repository/secret-kind.ts'
import { type Settings, secretKinds } from '#engine/repository/settings.ts'
import { SLOT_BYTES, type SlotSecret } from '#engine/repository/slot.ts'
import { readSettings } from '#engine/repository/unlock.ts'
import { publishConfig, publishSlot } from '#engine/repository/write-settings.ts'
import { nextConfig } from './next-config.ts'
import { sweepSettings } from './sweep-settings.ts'

export type ChangeSecretOptions = Readonly<{
  secret: SlotSecret
  /** Keeps a lone slot of the other kind. With both kinds there, the other always stays. */
  keepOther: boolean
  nowMs: number
}>

/** Which secrets open the repository now, and revoked slots that could not be deleted at the place. */
export type ChangedSecrets = Readonly<{ slots: readonly SecretKind[]; left: readonly string[] }>

/**
 * Puts a new secret in place of all of its kind. Order: the new slot, read back and opened with what was typed; the
 * settings that list it and revoke the old, read back and evaluated as any reader would; this device's memory of them;
 * only then the old slots go. Cut off before the settings, the old secret opens as before; after them, the new one.
 *
 * @throws BackupError `damaged` when the place does not give back what was written; then the old secret stays valid.
 */
export async function changeSecret(
  repository: OpenRepository,
  { secret, keepOther, nowMs }: ChangeSecretOptions,
): Promise<ChangedSecrets> {
  const { destination, keyring, settings, root } = repository
  const goes = slotsToRevoke(settings, secret.kind, keepOther)
  const added = await publishSlot(destination, keyring.repoId, secret, root)
  const stays = [...settings.slots].filter(([slotId]) => !goes.includes(slotId)).map(([, listed]) => listed)
  const config = nextConfig(settings, { slots: [...stays, added.listed], revoke: goes, nowMs })
  await publishConfig(destination, keyring.current, config)
  const changed = await readSettings(destination, keyring)
  const isValid = changed.slots.has(toHex(added.listed.slotId)) && goes.every((slotId) => !changed.slots.has(slotId))
  if (!isValid) throw new BackupError('damaged', { name: 'config' })
  await rememberSettings(repository, changed)
  return { slots: secretKinds(changed), left: await sweepSettings(destination, changed, nowMs) }
}

/** All of the new secret's kind; a lone slot of the other kind as well, unless it is to be kept. */
function slotsToRevoke({ slots }: Settings, kind: SecretKind, keepOther: boolean): readonly string[] {
  const kinds = new Set([...slots.values()].map(({ secret }) => secret))
  const isLoneOther = kinds.size === 1 && !keepOther
  return [...slots].filter(([, { secret }]) => secret === kind || isLoneOther).map(([slotId]) => slotId)
}

/** Raises the anchor to new settings and keeps copies of the slots that are valid by them. */
export async function rememberSettings(repository: OpenRepository, settings: Settings): Promise<void> {
  const { destination, state, keyring, deviceId } = repository
  await state.writeAnchor(keyring, deviceId, nextAnchor({ ...repository, settings }, null))
  const slots: Uint8Array[] = []
  for (const slotId of settings.slots.keys()) {
    const bytes = await destination.get(slotName(slotId, 'a'), upTo(SLOT_BYTES))
    if (bytes?.length === SLOT_BYTES) slots.push(bytes)
  }
  await state.keepSlots(slots)
}
