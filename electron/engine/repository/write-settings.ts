import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { KDF_POLICY } from '#engine/crypto/kdf.ts'
import { random } from '#engine/crypto/sodium.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import { type Config, type Handover, type ListedSlot, openConfig, sealConfig } from './config.ts'
import { type EpochKeys, epochKeys } from './keyring.ts'
import { configStem, slotName } from './names.ts'
import type { OpenedConfig } from './settings.ts'
import { openSlot, parseSlotHead, type SlotSecret, sealSlot } from './slot.ts'

const COPIES = ['a', 'b'] as const

/** A slot that was published, as a config lists it, with its bytes. */
export type PublishedSlot = Readonly<{ listed: ListedSlot; bytes: Uint8Array }>

/**
 * Writes both copies of a new slot for `root`, reads each back from the place and opens it with the very secret that
 * was typed. Until a config lists it, it opens nothing.
 *
 * @throws BackupError `damaged` when the place does not give back what was written.
 */
export async function publishSlot(
  destination: Destination,
  repoId: Uint8Array,
  secret: SlotSecret,
  root: Readonly<{ bytes: Uint8Array; epoch: number }>,
): Promise<PublishedSlot> {
  const { keyId } = epochKeys(root.bytes, root.epoch)
  const slotId = random(16)
  const content = { keyId, root: root.bytes, epoch: root.epoch }
  const bytes = await sealSlot(secret, repoId, slotId, content, KDF_POLICY)
  for (const copy of COPIES) await destination.put(slotName(toHex(slotId), copy), bytes)
  for (const copy of COPIES) await mustBeThere(destination, slotName(toHex(slotId), copy), bytes)
  await proveSlot(bytes, secret, root.bytes)
  return { listed: { slotId, fileHash: sha256(bytes), secret: secret.kind }, bytes }
}

/**
 * Writes both copies of a config, reads them back and opens them.
 *
 * @returns the config as a reader meets it.
 * @throws BackupError `damaged` when the place does not give back what was written.
 */
export async function publishConfig(
  destination: Destination,
  keys: EpochKeys,
  config: Config,
  handover: Handover | null = null,
): Promise<OpenedConfig> {
  const stem = configStem(config.seq, toHex(config.configId))
  const { bytes } = sealConfig(keys, stem, config, handover)
  for (const copy of COPIES) await destination.put(`${stem}-${copy}.kps`, bytes)
  for (const copy of COPIES) await mustBeThere(destination, `${stem}-${copy}.kps`, bytes)
  const opened = openConfig(keys, config.repoId, stem, bytes)
  if (!opened) throw new BackupError('damaged', { name: stem })
  return { stem, ...opened }
}

async function mustBeThere(destination: Destination, name: string, bytes: Uint8Array): Promise<void> {
  const back = await destination.get(name, upTo(bytes.length))
  if (!back || !sameBytes(back, bytes)) throw new BackupError('damaged', { name })
}

async function proveSlot(bytes: Uint8Array, secret: SlotSecret, root: Uint8Array): Promise<void> {
  const head = parseSlotHead(bytes)
  const content = head && (await openSlot(bytes, head, secret))
  if (!content || !sameBytes(content.root, root)) throw new BackupError('damaged', { name: 'slot' })
}
