import { deviceFolder } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'

/** So long a write can at most be under way: a clone of this device may be asleep in the middle of one. */
const OLD_MS = 48 * 3600 * 1000

/**
 * Takes away drafts in this device's own folder that writes left which were cut off long ago. Best effort: what stays
 * is litter.
 */
export async function clearDrafts({ listing, destination, deviceId }: OpenRepository, nowMs: number): Promise<void> {
  const own = listing.drafts.filter(({ path }) => path.startsWith(`${deviceFolder(deviceId)}/`))
  for (const { path, modifiedMs } of own) {
    if (nowMs - modifiedMs > OLD_MS) await destination.remove(path).catch(() => undefined)
  }
}
