import { hostname } from 'node:os'
import { BackupError } from '#common/errors.ts'
import {
  DEFAULT_POLICY,
  type OpenRepository,
  openAt,
  openToWrite,
  prune as pruneRepository,
  undoDrops,
} from '#engine/index.ts'
import { type Context, counted, endProblems, type Outcome, size, vanishedNotice } from '../command.ts'

export async function prune({ args, place, state, opener, signal }: Context): Promise<Outcome> {
  const { acceptOlder, reupload, acceptChange, dryRun, reencrypt, undo } = args
  if (undo.length > 0)
    return await bringBack(await openToWrite({ place, state, opener, signal, acceptOlder, reupload }, Date.now()), undo)
  const how = { place, state, opener, signal, acceptOlder }
  const repository = await (dryRun ? openAt(how) : openToWrite({ ...how, reupload }, Date.now()))
  const { dropped, condemnedBytes, freedBytes, isWhole } = await pruneRepository(repository, {
    policy: {
      daily: args.keepDaily ?? DEFAULT_POLICY.daily,
      weekly: args.keepWeekly ?? DEFAULT_POLICY.weekly,
      monthly: args.keepMonthly ?? DEFAULT_POLICY.monthly,
    },
    dryRun,
    acceptChange,
    reencrypt,
    deviceName: hostname(),
    now: Date.now,
    signal,
  })
  const would = dryRun ? 'would be' : ''
  return {
    result: { dropped, condemnedBytes, freedBytes },
    text: [
      `${counted(dropped.length, 'snapshot')} ${would || 'were'} dropped.`,
      `${size(condemnedBytes)} ${dryRun ? 'would go' : 'go'} in a month; ${size(freedBytes)} ${would || 'are'} freed now.`,
    ],
    notices: vanishedNotice(repository),
    problems: endProblems(isWhole ? null : new BackupError('damaged', { name: 'snapshot' })),
  }
}

/** Takes drops back whose snapshots are still there. */
async function bringBack(repository: OpenRepository, undone: readonly string[]): Promise<Outcome> {
  if (undone.some((id) => !/^[0-9a-f]{6,16}$/.test(id))) throw new BackupError('usage', { reason: 'snapshot-id' })
  await undoDrops(repository, undone, { timeMs: Date.now(), deviceName: hostname() })
  return {
    result: { undone },
    text: [`${counted(undone.length, 'snapshot')} brought back, with all that was dropped beside.`],
    problems: [],
  }
}
