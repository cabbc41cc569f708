import { BackupError } from '#common/errors.ts'
import { upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { type ConfigFile, openConfigs } from '#engine/repository/config-files.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { slotName, slotStem } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { SLOT_BYTES } from '#engine/repository/slot.ts'
import { isListed } from '#engine/repository/unlock.ts'
import { putBackCopies } from '#engine/repository/write-settings.ts'

/** Settings of which only one copy is there may be on their way from another device for so long. */
const UNDER_WAY_MS = 3600 * 1000

/**
 * Makes two whole copies again of settings and valid slots of which one is missing or damaged: the other copy is what it
 * was. What another device may be writing just now is left alone.
 *
 * @param own - names of settings that this device has written itself, and was cut off.
 */
export async function healCopies(repository: OpenRepository, nowMs: number, own: readonly string[]): Promise<void> {
  const { destination, keyring, configs, listing } = repository
  for (const stem of new Set(configs.map((config) => config.stem))) {
    const listed = listing.configs.filter((config) => config.stem === stem)
    const isUnderWay = listed.length < 2 && listed.some(({ modifiedMs }) => nowMs - modifiedMs < UNDER_WAY_MS)
    const copies = configs.filter((config) => config.stem === stem)
    const whole = copies.find((copy) => opens(keyring, copy))
    if (!whole || isWhole(copies) || (isUnderWay && !own.includes(stem))) continue
    await putBackCopies(destination, stem, whole.bytes)
  }
  await healSlots(repository)
}

const isWhole = (copies: readonly ConfigFile[]): boolean => {
  const [a, b] = copies
  return a !== undefined && b !== undefined && sameBytes(a.bytes, b.bytes)
}

function opens({ epochs, repoId }: Keyring, copy: ConfigFile): boolean {
  try {
    return epochs.some((keys) => openConfigs(keys, repoId, [copy]).length > 0)
  } catch (error) {
    if (BackupError.from(error).code !== 'damaged') throw error
    return false
  }
}

async function healSlots({ destination, settings, slots, listing }: OpenRepository): Promise<void> {
  for (const slotId of settings.slots.keys()) {
    const names = (['a', 'b'] as const).map((copy) => slotName(slotId, copy))
    const isThere = names.every((name) => listing.slots.some(({ path }) => path === name))
    const isSpoilt = slots.some((slot) => slot.slotId === slotId && !isListed(slot, settings))
    if (isThere && !isSpoilt) continue
    for (const name of names) {
      const bytes = await destination.get(name, upTo(SLOT_BYTES))
      if (bytes && isListed({ slotId, bytes }, settings)) await putBackCopies(destination, slotStem(slotId), bytes)
    }
  }
}
