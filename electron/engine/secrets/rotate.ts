import { BackupError } from '#common/errors.ts'
import { random } from '#engine/crypto/sodium.ts'
import { upTo } from '#engine/destination/destination.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import { type Handover, handoverProof, type ListedSlot } from '#engine/repository/config.ts'
import { sealIndexes } from '#engine/repository/index-object.ts'
import { epochKeys, type Keyring, makeKeyring } from '#engine/repository/keyring.ts'
import { knownPacks } from '#engine/repository/load-parts.ts'
import { configStem, deviceFolder, indexName, newId, slotName } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { SecretKind } from '#engine/repository/secret-kind.ts'
import { secretKinds } from '#engine/repository/settings.ts'
import { openSlot, parseSlotHead, type SlotSecret } from '#engine/repository/slot.ts'
import { readSettings } from '#engine/repository/unlock.ts'
import { publishConfig, publishSlot } from '#engine/repository/write-settings.ts'
import { rememberSettings } from './change-secret.ts'
import { nextConfig } from './next-config.ts'
import { sweepSettings } from './sweep-settings.ts'

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
  root: Uint8Array
  left: readonly string[]
}>

/**
 * Gives the repository a new root key. What was stored stays readable with the new root; whoever has stolen the old one
 * can still open what was stored until now, and nothing of what comes. Order: new slots, an index of all packs under the
 * new root, and then the settings, which make all of it count and prove to holders of the old root that it is over.
 *
 * @throws BackupError `usage` when a secret is missing or does not fit, `wrong-secret` when another device was faster
 */
export async function rotate(
  repository: OpenRepository,
  { secrets, dropOther, nowMs }: RotateOptions,
): Promise<Rotated> {
  const { destination, keyring, settings, chain, root: oldRoot } = repository
  await mustCover(repository, secrets, dropOther)
  const epoch = oldRoot.epoch + 1
  const root = random(32)
  const listed: ListedSlot[] = []
  for (const secret of secrets) {
    listed.push((await publishSlot(destination, keyring.repoId, secret, { bytes: root, epoch })).listed)
  }
  const closed = chain.tops.map(({ deviceId, seq, hash }) => ({ deviceId, seq, hash }))
  const olderRoots = [{ epoch: oldRoot.epoch, root: oldRoot.bytes, closed }, ...settings.newest.config.olderRoots]
  const config = {
    ...nextConfig(settings, { slots: listed, revoke: [...settings.slots.keys()], nowMs }),
    epoch,
    olderRoots,
  }
  const keys = epochKeys(root, epoch)
  const rotated = makeKeyring(keyring.repoId, keys, config.idKey, olderRoots)
  await indexAllPacks(repository, rotated)
  const stem = configStem(config.seq, toHex(config.configId))
  const handover: Handover = {
    parentKeyId: keyring.current.keyId,
    proof: handoverProof(keyring.current.handover, stem, keys.keyId, config),
  }
  await publishConfig(destination, keys, config, handover)
  const changed = await readSettings(destination, rotated).catch(async (error: unknown) => {
    if (BackupError.from(error).code === 'wrong-secret') await takeBack(repository, stem, listed)
    throw error
  })
  await rememberSettings({ ...repository, keyring: rotated, root: { bytes: root, epoch } }, changed)
  return { epoch, slots: secretKinds(changed), root, left: await sweepSettings(destination, changed, nowMs) }
}

/** Every kind of secret that opens the repository now must be given and open its slot, or be dropped knowingly. */
async function mustCover(
  { settings, slots }: OpenRepository,
  secrets: readonly SlotSecret[],
  dropOther: boolean,
): Promise<void> {
  const given = secrets.map(({ kind }) => kind)
  if (new Set(given).size !== given.length) throw new BackupError('usage', { reason: 'same-secret-twice' })
  const missing = secretKinds(settings).filter((kind) => !given.includes(kind))
  if (missing.length > 0 && !dropOther)
    throw new BackupError('usage', { reason: 'other-secret', kind: missing[0] ?? '' })
  for (const secret of secrets) {
    if (!(await opensValidSlot(slots, settings.slots, secret))) throw new BackupError('wrong-secret')
  }
}

async function opensValidSlot(
  files: OpenRepository['slots'],
  valid: ReadonlyMap<string, ListedSlot>,
  secret: SlotSecret,
): Promise<boolean> {
  for (const { slotId, bytes } of files) {
    const head = valid.get(slotId)?.secret === secret.kind ? parseSlotHead(bytes) : null
    if (head && (await openSlot(bytes, head, secret))) return true
  }
  return false
}

/** An index of every pack that is there, under the new root: from now on what older indexes say counts for nothing. */
async function indexAllPacks(repository: OpenRepository, rotated: Keyring): Promise<void> {
  const { destination, deviceId } = repository
  const packs = await knownPacks(repository)
  for (const { name, bytes } of sealIndexes(rotated, packs, () => indexName(newId()))) {
    const path = `${deviceFolder(deviceId)}/${name}`
    await destination.put(path, bytes)
    const back = await destination.get(path, upTo(bytes.length))
    if (!back || !sameBytes(back, bytes)) throw new BackupError('damaged', { name })
  }
}

/** Another device rotated the same root and counts: our settings and slots go again, and its secret is asked for. */
async function takeBack({ destination }: OpenRepository, stem: string, slots: readonly ListedSlot[]): Promise<void> {
  const names = ['a', 'b'].flatMap((copy) => [
    `${stem}-${copy}.kps`,
    ...slots.map(({ slotId }) => slotName(toHex(slotId), copy === 'a' ? 'a' : 'b')),
  ])
  for (const name of names) await destination.remove(name)
}
