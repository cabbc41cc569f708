import { type Destination, upTo } from '#engine/destination/destination.ts'
import { handsOver, MAX_CONFIG_BYTES } from '#engine/repository/config.ts'
import { listRepository } from '#engine/repository/listing.ts'
import type { Settings } from '#engine/repository/settings.ts'

const OLD_MS = 30 * 24 * 3600 * 1000
const CONFIGS_KEPT = 8

/**
 * Deletes for good what no longer opens anything: revoked slots at once, because an old secret must not open a slot that
 * still lies there; slots that nobody listed (left by a change that was cut off) after 30 days; settings that were
 * superseded, are older than 30 days, are not among the newest eight, and hand no root over.
 *
 * @returns names of revoked slots that could not be deleted. They open with the old secret as long as they are there.
 */
export async function sweepSettings(
  destination: Destination,
  settings: Settings,
  nowMs: number,
): Promise<readonly string[]> {
  const { slots, configs } = await listRepository(destination)
  const left: string[] = []
  for (const { path, slotId, modifiedMs } of slots) {
    if (settings.slots.has(slotId)) continue
    const isRevoked = settings.revoked.has(slotId)
    if (!isRevoked && nowMs - modifiedMs < OLD_MS) continue
    const isGone = await removed(destination, path)
    if (!isGone && isRevoked) left.push(path)
  }
  const newest = [...new Set(configs.toSorted((a, b) => b.seq - a.seq).map(({ stem }) => stem))].slice(0, CONFIGS_KEPT)
  for (const { path, stem, modifiedMs } of configs) {
    const isNeeded = newest.includes(stem) || settings.heads.some((head) => head.stem === stem)
    if (isNeeded || nowMs - modifiedMs < OLD_MS) continue
    const bytes = await destination.get(path, upTo(MAX_CONFIG_BYTES))
    if (bytes && !handsOver(bytes)) await removed(destination, path)
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
