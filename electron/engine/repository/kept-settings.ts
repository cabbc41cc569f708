import { type Destination, upTo } from '#engine/destination/destination.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import type { NamedBytes, RepositoryState } from '#engine/state/state-folder.ts'
import { MAX_CONFIG_BYTES } from './config.ts'
import { openConfigs } from './config-files.ts'
import { epochKeys, type Keyring } from './keyring.ts'
import { slotStem } from './names.ts'
import type { Opener } from './open-repository.ts'
import { joinConfigs, type Settings } from './settings.ts'
import { SLOT_BYTES } from './slot.ts'
import { isListed, trySlots } from './unlock.ts'

type Place = Readonly<{ destination: Destination; state: RepositoryState; keyring: Keyring }>
type KeptSlot = Readonly<{ slotId: string; bytes: Uint8Array }>

const COPIES = ['a', 'b'] as const

/**
 * Keeps on this device what makes up the present settings: the valid slots and the heads, sealed as they are. With them a
 * secret can be proven while the place is away, and the place repaired when it has lost them.
 */
export async function keepSettings({ destination, state, keyring }: Place, settings: Settings): Promise<void> {
  const [slots, configs] = [await readKeptSlots(state), await state.readConfigs()]
  const hasSlots = slots.length === settings.slots.size && slots.every((slot) => isListed(slot, settings))
  if (!hasSlots) await state.keepSlots(await validSlots(destination, settings, slots))
  const stems = settings.heads.map(({ stem }) => stem)
  if (configs.map(({ stem }) => stem).join() !== stems.join()) {
    await state.keepConfigs(await headFiles(destination, keyring, stems))
  }
}

async function validSlots(
  destination: Destination,
  settings: Settings,
  kept: readonly KeptSlot[],
): Promise<readonly Uint8Array[]> {
  const slots: Uint8Array[] = []
  for (const slotId of settings.slots.keys()) {
    const copies = kept.filter((slot) => slot.slotId === slotId).map(({ bytes }) => bytes)
    for (const copy of COPIES) {
      const bytes = await destination.get(`${slotStem(slotId)}-${copy}.kps`, upTo(SLOT_BYTES))
      if (bytes) copies.push(bytes)
    }
    const whole = copies.find((bytes) => isListed({ slotId, bytes }, settings))
    if (whole) slots.push(whole)
  }
  return slots
}

async function headFiles(
  destination: Destination,
  { repoId, current }: Keyring,
  stems: readonly string[],
): Promise<readonly NamedBytes[]> {
  const files: NamedBytes[] = []
  for (const stem of stems) {
    for (const copy of COPIES) {
      const bytes = await destination.get(`${stem}-${copy}.kps`, upTo(MAX_CONFIG_BYTES))
      const isWhole = bytes && openConfigs(current, repoId, [{ stem, bytes }]).length > 0
      if (isWhole && files.every((file) => file.stem !== stem)) files.push({ stem, bytes })
    }
  }
  return files
}

export async function readKeptSlots(state: RepositoryState): Promise<readonly KeptSlot[]> {
  const slots = await state.readSlots(SLOT_BYTES)
  return slots.map((bytes) => ({ slotId: toHex(bytes.subarray(24, 40)), bytes }))
}

/** The settings as this device last kept them, opened. */
export type KeptSettings = Readonly<{
  root: Uint8Array
  epoch: number
  keys: ReturnType<typeof epochKeys>
  settings: Settings
  slots: readonly KeptSlot[]
  configs: readonly NamedBytes[]
  /** The slot that the secret opened; null when this device's own key opened the root. */
  slotId: string | null
}>

/** Opens what this device keeps of a repository's settings; null when the secret opens none of it. */
export async function openKept(state: RepositoryState, id: string, opener: Opener): Promise<KeptSettings | null> {
  const [slots, configs] = [await readKeptSlots(state), await state.readConfigs()]
  const opened = opener.kind === 'device' ? await openRoot(state, id, opener.deviceKey) : await openSlots(slots, opener)
  if (!opened) return null
  const keys = epochKeys(opened.root, opened.epoch)
  const settings = joinConfigs(openConfigs(keys, fromHex(id), configs))
  const isValid = settings && (opened.slotId === null || settings.slots.has(opened.slotId))
  return isValid ? { ...opened, keys, settings, slots, configs } : null
}

type OpenedRoot = Readonly<{ root: Uint8Array; epoch: number; slotId: string | null }>

async function openRoot(state: RepositoryState, id: string, deviceKey: Uint8Array): Promise<OpenedRoot | null> {
  const kept = await state.readRoot(deviceKey, id)
  return kept && { ...kept, slotId: null }
}

async function openSlots(slots: readonly KeptSlot[], secret: Exclude<Opener, { kind: 'device' }>) {
  const opened = await trySlots(slots, secret).catch(() => null) // wrong here, and told as wrong at the place
  return opened && { ...opened.content, slotId: opened.file.slotId }
}
