import { BackupError } from '#common/errors.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { mustFit } from '#engine/repository/config.ts'
import { lookAgain } from '#engine/repository/look-again.ts'
import { slotStem } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { SecretKind } from '#engine/repository/secret-kind.ts'
import { mustBeWritable, type Settings, secretKinds } from '#engine/repository/settings.ts'
import type { NewSecret } from '#engine/repository/slot.ts'
import { readSettings } from '#engine/repository/unlock.ts'
import { makeSlot, type NewSlot, putBackCopies } from '#engine/repository/write-settings.ts'
import { nextConfig } from './next-config.ts'
import { rememberSettings } from './remember-settings.ts'
import { SettingsChange } from './settings-change.ts'
import { sweepSettings } from './sweep-settings.ts'

export type ChangeSecretOptions = Readonly<{
  secret: NewSecret
  /** Keeps a lone slot of the other kind. With both kinds there, the other always stays. */
  keepOther: boolean
  nowMs: number
  /** Told right before the settings are written: from then on the new secret may count, even if what follows fails. */
  onCommit?: () => void
}>

/** Which secrets open the repository now, and revoked slots that could not be deleted at the place. */
export type ChangedSecrets = Readonly<{ slots: readonly SecretKind[]; left: readonly string[] }>

/**
 * Puts a new secret in place of all of its kind. Order: the new slot, opened with what was typed and read back; the
 * settings that list it and revoke the old, read back and evaluated as any reader would; this device's memory of them;
 * only then the old slots go. Cut off before the settings, the old secret opens as before; after them, the new one.
 *
 * @throws BackupError `damaged` when the place does not give back what was written, `wrong-secret` when another device
 * has rotated the root meanwhile, `usage` when the settings cannot grow any more
 */
export async function changeSecret(
  opened: OpenRepository,
  { secret, keepOther, nowMs, onCommit }: ChangeSecretOptions,
): Promise<ChangedSecrets> {
  mustBeWritable(opened.settings)
  const added = await makeSlot(opened.keyring.repoId, secret, opened.root)
  const repository = await lookAgain(opened) // making a slot takes a while
  const { keyring, settings, chain } = repository
  const change = await SettingsChange.begin(repository)
  const goes = slotsToRevoke(settings, secret.kind, keepOther)
  const stays = [...settings.slots].filter(([slotId]) => !goes.includes(slotId)).map(([, listed]) => listed)
  const slots = [...stays, added.listed]
  const revoke = [...goes, ...change.mustRevoke]
  const config = nextConfig(settings, { slots, revoke, nowMs, lostSeq: chain.lost.configSeq })
  mustFit(keyring.current, config)
  try {
    await change.putSlot(added)
  } catch (error) {
    await change.abandon()
    throw error
  }
  onCommit?.()
  try {
    await change.publish(keyring.current, config)
    return await finish(repository, added, { goes, nowMs, change })
  } catch (error) {
    throw perhapsChanged(error)
  }
}

async function finish(
  repository: OpenRepository,
  added: NewSlot,
  { goes, nowMs, change }: Readonly<{ goes: readonly string[]; nowMs: number; change: SettingsChange }>,
): Promise<ChangedSecrets> {
  const { destination, keyring } = repository
  const changed = await readSettings(destination, keyring)
  const isValid = changed.slots.has(toHex(added.listed.slotId)) && goes.every((slotId) => !changed.slots.has(slotId))
  if (!isValid) throw new BackupError('damaged', { name: 'config' })
  // Another device, whose clock is far ahead, may have taken the new slot for one that was left over.
  await putBackCopies(destination, slotStem(toHex(added.listed.slotId)), added.bytes)
  await rememberSettings(repository, changed)
  const left = await sweepSettings(repository, changed, nowMs)
  await change.end()
  return { slots: secretKinds(changed), left }
}

/** Once the settings were begun, nobody can be sure that the old secret is still the one that opens. */
function perhapsChanged(thrown: unknown): BackupError {
  const { code, facts, cause } = BackupError.from(thrown)
  return new BackupError(code, { ...facts, changed: 'perhaps' }, cause ?? thrown)
}

/** All of the new secret's kind; a lone slot of the other kind as well, unless it is to be kept. */
function slotsToRevoke({ slots }: Settings, kind: SecretKind, keepOther: boolean): readonly string[] {
  const kinds = new Set([...slots.values()].map(({ secret }) => secret))
  const isLoneOther = kinds.size === 1 && !keepOther
  return [...slots].filter(([, { secret }]) => secret === kind || isLoneOther).map(([slotId]) => slotId)
}
