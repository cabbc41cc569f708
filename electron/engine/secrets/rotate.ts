import { BackupError } from '#common/errors.ts'
import { memzero, random } from '#engine/crypto/sodium.ts'
import { upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { type Config, mustFit, type OlderRoot } from '#engine/repository/config.ts'
import { heirsOf, keyIdOfConfig, readConfigFiles } from '#engine/repository/config-files.ts'
import { type EpochKeys, epochKeys, makeKeyring } from '#engine/repository/keyring.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { lookAgain } from '#engine/repository/look-again.ts'
import { slotName } from '#engine/repository/names.ts'
import { type OpenRepository, openRepository } from '#engine/repository/open-repository.ts'
import { settingsOf } from '#engine/repository/root-line.ts'
import type { SecretKind } from '#engine/repository/secret-kind.ts'
import { mustBeWritable, secretKinds } from '#engine/repository/settings.ts'
import { openSlot, parseSlotHead, SLOT_BYTES, type SlotSecret } from '#engine/repository/slot.ts'
import { isListed, readSettings } from '#engine/repository/unlock.ts'
import { makeSlot, type NewSlot } from '#engine/repository/write-settings.ts'
import type { ChainTop } from '#engine/state/anchor.ts'
import { joinRotations } from './join-rotations.ts'
import { nextConfig } from './next-config.ts'
import { rememberSettings } from './remember-settings.ts'
import { SettingsChange } from './settings-change.ts'
import { sweepSettings } from './sweep-settings.ts'
import { takeover } from './takeover.ts'

export type RotateOptions = Readonly<{
  /** The secrets that open the repository from now on: each must open a valid slot now, and one a kind is enough. */
  secrets: readonly SlotSecret[]
  /** Goes on although a kind of secret that opens the repository now is not among `secrets`; its slot is dropped. */
  dropOther: boolean
  nowMs: number
}>

export type Rotated = Readonly<{
  epoch: number
  slots: readonly SecretKind[]
  left: readonly string[] // names of slots of the old root that could not be deleted
  repository: OpenRepository // open under its new root
}>

/**
 * Gives the repository a new root key. What was stored stays readable with the new root; whoever has stolen the old one
 * can still open what was stored until now, and nothing of what comes. Order: new slots, an index of all packs under the
 * new root, and then the settings, which make all of it count and prove to holders of the old root that it is over.
 *
 * @throws BackupError `usage` when a secret is missing or does not fit, or the settings cannot grow any more;
 * `wrong-secret` when one does not open, or another device was faster
 */
export async function rotate(opened: OpenRepository, options: RotateOptions): Promise<Rotated> {
  const { secrets, dropOther, nowMs } = options
  mustBeWritable(opened.settings)
  await mustCover(opened, secrets, dropOther)
  const root = random(32)
  const next = { root, epoch: opened.root.epoch + 1, keys: epochKeys(root, opened.root.epoch + 1) }
  const slots: NewSlot[] = []
  for (const secret of secrets)
    slots.push(await makeSlot(opened.keyring.repoId, secret, { bytes: root, epoch: next.epoch }))
  const change = await SettingsChange.begin(opened)
  const draft = rotatedConfig(opened, next, slots, change, nowMs)
  mustFit(next.keys, draft)
  const rotated = makeKeyring(opened.keyring.repoId, next.keys, draft.idKey, draft.olderRoots)
  let repository: OpenRepository
  try {
    for (const slot of slots) await change.putSlot(slot)
    await change.indexPacks(rotated, [opened.keyring.current])
    repository = await lookAgain(opened) // all of this takes a while
    if (headsOf(repository) !== headsOf(opened)) {
      await change.abandon()
      return await rotate(repository, options) // the secret was changed meanwhile
    }
    const config = rotatedConfig(repository, next, slots, change, nowMs)
    await change.publish(next.keys, config, takeover(opened.keyring.current, next.keys, config))
  } catch (error) {
    await change.abandon()
    throw error
  }
  return finish(repository, next, { change, options })
}

type NextRoot = Readonly<{ root: Uint8Array; epoch: number; keys: EpochKeys }>

function rotatedConfig(
  { settings, chain, root }: OpenRepository,
  next: NextRoot,
  slots: readonly NewSlot[],
  { mustRevoke }: SettingsChange,
  nowMs: number,
): Config {
  const closed = endsToClose(chain.tops, settings.olderRoots)
  const revoke = [...settings.slots.keys(), ...mustRevoke]
  const lostSeq = chain.lost.configSeq
  return {
    ...nextConfig(settings, { slots: slots.map(({ listed }) => listed), revoke, nowMs, lostSeq }),
    epoch: next.epoch,
    olderRoots: [{ epoch: root.epoch, root: root.bytes, closed }, ...settings.olderRoots],
  }
}

/** Where chains end under the root that goes. Of a device that wrote nothing since a rotation before, that one knows it. */
function endsToClose(tops: readonly ChainTop[], olderRoots: readonly OlderRoot[]): OlderRoot['closed'] {
  const isClosed = ({ deviceId, seq, hash }: ChainTop): boolean =>
    olderRoots.some(({ closed }) =>
      closed.some((end) => end.deviceId === deviceId && end.seq === seq && end.hash === hash),
    )
  return tops.filter((top) => !isClosed(top)).map(({ deviceId, seq, hash }) => ({ deviceId, seq, hash }))
}

const headsOf = ({ settings }: OpenRepository): string => settings.heads.map(({ stem }) => stem).join()

/** Looks at what counts now, as any reader does; a rotation that crossed with this one is joined with it at once. */
async function finish(
  before: OpenRepository,
  next: NextRoot,
  { change, options }: Readonly<{ change: SettingsChange; options: RotateOptions }>,
): Promise<Rotated> {
  const { id, destination, state, keyring } = before
  const files = await readConfigFiles(destination, await listRepository(destination))
  const crossed = heirsOf(keyring.current, files).some((file) => !sameBytes(keyIdOfConfig(file), next.keys.keyId))
  const [secret] = options.secrets
  let repository: OpenRepository
  if (crossed && secret) {
    const both = await openRepository({ id, destination, state, opener: secret })
    const joined = await joinRotations(both, options.nowMs)
    repository = await rememberSettings(joined, joined.settings)
  } else {
    const settings = settingsOf(files, keyring.repoId, next.keys)
    const { idKey } = settings.newest.config
    const rotated = makeKeyring(keyring.repoId, next.keys, idKey, settings.olderRoots)
    const root = { bytes: next.root, epoch: next.epoch }
    repository = await rememberSettings({ ...before, keyring: rotated, root }, settings)
  }
  const { settings, root } = repository
  const left = await sweepSettings(repository, settings, options.nowMs)
  await change.end()
  return { epoch: root.epoch, slots: secretKinds(settings), left, repository }
}

/** Every kind of secret that opens the repository now must be given and open its slot, or be dropped knowingly. */
async function mustCover(
  { settings, destination, keyring }: OpenRepository,
  secrets: readonly SlotSecret[],
  dropOther: boolean,
): Promise<void> {
  const given = secrets.map(({ kind }) => kind)
  if (new Set(given).size !== given.length) throw new BackupError('usage', { reason: 'same-secret-twice' })
  const missing = secretKinds(settings).filter((kind) => !given.includes(kind))
  if (missing.length > 0 && !dropOther)
    throw new BackupError('usage', { reason: 'other-secret', kind: missing[0] ?? '' })
  const files: Uint8Array[] = []
  for (const slotId of settings.slots.keys()) {
    for (const copy of ['a', 'b'] as const) {
      const bytes = await destination.get(slotName(slotId, copy), upTo(SLOT_BYTES))
      if (bytes && isListed({ slotId, bytes }, settings)) files.push(bytes)
    }
  }
  for (const secret of secrets) {
    if (await opensOne(files, secret)) continue
    await readSettings(destination, keyring) // another device may have been faster, and then that is told
    throw new BackupError('wrong-secret')
  }
}

async function opensOne(files: readonly Uint8Array[], secret: SlotSecret): Promise<boolean> {
  for (const bytes of files) {
    const head = parseSlotHead(bytes)
    const content = head && (await openSlot(bytes, head, secret))
    if (!content) continue
    memzero(content.root)
    return true
  }
  return false
}
