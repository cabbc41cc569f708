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
import { type NewSecret, openSlot, parseSlotHead, type SlotSecret, sealSlot } from './slot.ts'

const COPIES = ['a', 'b'] as const

/** A new slot, as a config will list it, with its bytes. Until a config lists it, it opens nothing. */
export type NewSlot = Readonly<{ listed: ListedSlot; bytes: Uint8Array }>

type Root = Readonly<{ bytes: Uint8Array; epoch: number }>

/** Wraps `root` in a slot of its own and opens it again with the very secret that was given. Writes nothing. */
export async function makeSlot(repoId: Uint8Array, secret: NewSecret, root: Root): Promise<NewSlot> {
  const { keyId } = epochKeys(root.bytes, root.epoch)
  const slotId = random(16)
  const content = { keyId, root: root.bytes, epoch: root.epoch }
  const bytes = await sealSlot(secret, repoId, slotId, content, KDF_POLICY)
  await proveSlot(bytes, secret, root.bytes)
  return { listed: { slotId, fileHash: sha256(bytes), secret: secret.kind }, bytes }
}

/**
 * Writes both copies of a slot and reads them back. What comes back is byte for byte what opened before.
 *
 * @throws BackupError `damaged` when the place does not give back what was written.
 */
export async function putSlot(destination: Destination, { listed, bytes }: NewSlot): Promise<void> {
  for (const copy of COPIES) await destination.put(slotName(toHex(listed.slotId), copy), bytes)
  for (const copy of COPIES) await mustBeThere(destination, slotName(toHex(listed.slotId), copy), bytes)
}

/**
 * Puts back what is missing of two copies, or is not what it should be: of settings that count, so that the old bytes
 * are worth nothing. Their bytes are known whole.
 *
 * @returns how many copies were written.
 */
export async function putBackCopies(destination: Destination, stem: string, bytes: Uint8Array): Promise<number> {
  let written = 0
  for (const copy of COPIES) written += (await putBack(destination, `${stem}-${copy}.kps`, bytes)) ? 1 : 0
  return written
}

/** Puts back one object, when what is there under its name is missing or something else. */
export async function putBack(destination: Destination, name: string, bytes: Uint8Array): Promise<boolean> {
  const there = await destination.get(name, upTo(bytes.length))
  if (there && sameBytes(there, bytes)) return false
  await destination.remove(name) // also when nothing was given: what a place does not show may be there all the same
  await destination.put(name, bytes)
  await mustBeThere(destination, name, bytes)
  return true
}

/** Makes a slot and puts it. */
export async function publishSlot(
  destination: Destination,
  repoId: Uint8Array,
  secret: SlotSecret,
  root: Root,
): Promise<NewSlot> {
  const slot = await makeSlot(repoId, secret, root)
  await putSlot(destination, slot)
  return slot
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

async function proveSlot(bytes: Uint8Array, secret: NewSecret, root: Uint8Array): Promise<void> {
  const head = parseSlotHead(bytes)
  const content = head && (await openSlot(bytes, head, secret))
  if (!content || !sameBytes(content.root, root)) throw new BackupError('damaged', { name: 'slot' })
}
