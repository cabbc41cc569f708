import { type Destination, upTo } from '#engine/destination/destination.ts'
import { handsOver, MAX_CONFIG_BYTES } from '#engine/repository/config.ts'
import { type Listing, listRepository } from '#engine/repository/listing.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { SETTINGS_KEPT, type Settings } from '#engine/repository/settings.ts'

const OLD_MS = 30 * 24 * 3600 * 1000

/**
 * Deletes for good what no longer opens anything: revoked slots at once, because an old secret must not open a slot that
 * still lies there; slots that nobody listed (left by a change that was cut off) after 30 days; settings that were
 * superseded, are older than 30 days, are not among the newest eight, and hand no root over.
 *
 * While a rotation that crossed is not joined, what is not ours may be its: then only revoked slots go.
 *
 * @returns names of revoked slots that could not be deleted. They open with the old secret as long as they are there.
 */
export async function sweepSettings(
  { destination, crossed, strangers }: OpenRepository,
  settings: Settings,
  nowMs: number,
): Promise<readonly string[]> {
  const listing = await listRepository(destination)
  const left = await sweepRevoked(destination, listing, settings)
  if (crossed.length > 0 || strangers.length > 0) return left
  for (const { path, slotId, modifiedMs } of listing.slots) {
    const isLitter = !settings.slots.has(slotId) && !settings.revoked.has(slotId)
    if (isLitter && nowMs - modifiedMs >= OLD_MS) await removed(destination, path)
  }
  const stems = listing.configs.toSorted((a, b) => b.seq - a.seq).map(({ stem }) => stem)
  const newest = [...new Set(stems)].slice(0, SETTINGS_KEPT)
  for (const { path, stem, modifiedMs } of listing.configs) {
    const isNeeded = newest.includes(stem) || settings.heads.some((head) => head.stem === stem)
    if (isNeeded || nowMs - modifiedMs < OLD_MS) continue
    const bytes = await destination.get(path, upTo(MAX_CONFIG_BYTES))
    if (bytes && !handsOver(bytes)) await removed(destination, path)
  }
  return left
}

/** Deletes revoked slots. @returns names of those that could not be deleted. */
export async function sweepRevoked(
  destination: Destination,
  { slots }: Listing,
  { revoked }: Settings,
): Promise<readonly string[]> {
  const left: string[] = []
  for (const { path, slotId } of slots) {
    if (revoked.has(slotId) && !(await removed(destination, path))) left.push(path)
  }
  return left
}

async function removed(destination: Destination, path: string): Promise<boolean> {
  try {
    await destination.remove(path)
    return true
  } catch {
    return false // told to the person, and tried again next time
  }
}
