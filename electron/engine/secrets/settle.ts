import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { healCopies } from './heal-copies.ts'
import { joinRotations } from './join-rotations.ts'
import { clearUnfinished } from './settings-change.ts'
import { sweepRevoked } from './sweep-settings.ts'

/**
 * Brings to an end what changes of the secret have left behind, before this device writes anything else: settings have
 * two whole copies again, rotations that crossed become one, slots that were revoked go, and so does what was cut off
 * before it could count.
 */
export async function settle(opened: OpenRepository, nowMs: number): Promise<OpenRepository> {
  const changes = await opened.state.readChanges()
  const own = changes.flatMap(({ settings }) => settings ?? [])
  await healCopies(opened, nowMs, own)
  await clearUnfinished(opened)
  const repository = await joinRotations(opened, nowMs)
  await sweepRevoked(repository.destination, repository.listing, repository.settings)
  return repository
}
