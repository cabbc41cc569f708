import { upTo } from '#engine/destination/destination.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { MAX_PACK_BYTES } from '#engine/repository/pack-format.ts'
import type { PackInfo } from '#engine/repository/part-table.ts'
import type { Snapshot } from '#engine/repository/snapshots.ts'
import { type PackReads, type RereadLog, readRereadLog, writeRereadLog } from './reread-log.ts'

/** Of the packs at the place, so many are read whole on each run; at least one. */
export const REREAD_SHARE = 0.02

/** What a run read again, counted apart from what the backup itself reads. */
export type Reread = Readonly<{
  packs: number
  bytes: number
  seconds: number
  damaged: ReadonlySet<string> // ids of packs that are at the place and are not what they should be
  verified: RereadLog['verified']
}>

export type RereadOptions = Readonly<{
  packs: readonly PackInfo[] // all that count as stored
  newest: Snapshot | null // this device's newest snapshot, which a round that begins now will verify
  share: number
  nowMs: number
  signal?: AbortSignal
}>

/**
 * Reads some packs whole and proves every byte: those that were read longest ago, and any that was found damaged before.
 * What is found is kept in the state folder.
 */
export async function rereadPacks(repository: OpenRepository, options: RereadOptions): Promise<Reread> {
  const startedMs = performance.now()
  const log = begin(await readRereadLog(repository), options)
  const packs = new Map(log.packs)
  const damaged = new Set<string>()
  let bytes = 0
  const chosen = choose(log, options)
  for (const pack of chosen) {
    options.signal?.throwIfAborted()
    const content = await repository.destination.get(pack.path, upTo(MAX_PACK_BYTES))
    bytes += content?.length ?? 0
    const known = packs.get(pack.id)
    const isWhole = content !== null && (await checkPack(repository.keyring, repository.zstd, pack.id, content))
    if (!isWhole) damaged.add(pack.id)
    if (known) packs.set(pack.id, { ...known, lastRun: log.run, provenInRound: isWhole ? log.round : 0 })
  }
  const roundSnapshot = damaged.size > 0 ? null : log.roundSnapshot
  const ended = end({ ...log, packs, damaged, roundSnapshot }, options)
  await writeRereadLog(repository, ended)
  const seconds = (performance.now() - startedMs) / 1000
  return { packs: chosen.length, bytes, seconds, damaged, verified: ended.verified }
}

/** Takes in packs that are new, and forgets those that are gone. */
function begin(before: RereadLog, { packs, newest }: RereadOptions): RereadLog {
  const log = before.round === 0 ? { ...before, round: 1, roundSnapshot: refOf(newest) } : before
  const run = log.run + 1
  const known = packs.map(({ id }): [string, PackReads] => {
    const fromRound = before.round === 0 ? 1 : log.round + 1
    return [id, log.packs.get(id) ?? { lastRun: log.run, fromRound, provenInRound: 0 }]
  })
  return { ...log, run, packs: new Map(known) }
}

function choose({ packs, damaged }: RereadLog, options: RereadOptions): readonly PackInfo[] {
  if (options.share === 0) return []
  const inDoubt = options.packs.filter(({ id }) => damaged.has(id))
  const lastRun = ({ id }: PackInfo): number => packs.get(id)?.lastRun ?? 0
  const others = options.packs
    .filter(({ id }) => !damaged.has(id))
    .sort((a, b) => lastRun(a) - lastRun(b) || (a.id < b.id ? -1 : 1))
  return [...inDoubt, ...others.slice(0, Math.ceil(options.packs.length * options.share))]
}

/** A round is over when nothing of it is left to read; the next begins with the newest snapshot of now. */
function end(log: RereadLog, { newest, nowMs }: RereadOptions): RereadLog {
  const reads = [...log.packs.values()]
  if (reads.length === 0 || reads.some((pack) => pack.fromRound <= log.round && pack.provenInRound !== log.round)) {
    return log
  }
  const verified = log.roundSnapshot ? { ...log.roundSnapshot, atUs: Math.round(nowMs * 1000) } : log.verified
  return { ...log, round: log.round + 1, roundSnapshot: refOf(newest), verified }
}

const refOf = (snapshot: Snapshot | null): RereadLog['roundSnapshot'] =>
  snapshot && { deviceId: snapshot.summary.deviceId, seq: snapshot.stored.record.seq }
