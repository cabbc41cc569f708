import { hostname } from 'node:os'
import { BackupError } from '#common/errors.ts'
import { DEFAULT_POLICY, openAt, openToWrite, prune as pruneRepository } from '#engine/index.ts'
import { type Context, counted, endProblems, type Outcome, size, vanishedNotice } from '../command.ts'

export async function prune({ args, place, state, opener, signal }: Context): Promise<Outcome> {
  const { acceptOlder, reupload, acceptChange, dryRun, reencrypt } = args
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
