import { type Anchor, NOTHING_LOST } from '#engine/state/anchor.ts'
import { type ChainView, checkChains, highest, type ReadRecord } from './chain.ts'
import type { Listed } from './listing.ts'
import type { Lost, SeenDevice, StoredRecord } from './record.ts'
import { MAX_LOST } from './record-body.ts'

/**
 * Takes what is listed as it is, although this device or others have seen more: a person has said so. What is missing
 * is named, so that a record can say that nobody needs to miss it; this device goes on as a new one.
 *
 * @param configSeq - the newest settings that are visible.
 */
export async function acceptOlder(
  records: readonly Listed<'record'>[],
  anchor: Anchor | null,
  ownDeviceId: string,
  configSeq: number,
  read: ReadRecord,
): Promise<Readonly<{ chain: ChainView; lost: Lost }>> {
  const chain = await checkChains(records, null, ownDeviceId, null, read)
  const newest = await readNewest(chain, records, read)
  const isThere = ({ deviceId, seq }: SeenDevice): boolean =>
    records.some((listed) => listed.deviceId === deviceId && listed.seq >= seq)
  const known = [...(anchor?.tops ?? []), ...newest.flatMap(({ record }) => record.seen)]
  const gone = highest(known).filter((record) => !isThere(record))
  const settings = Math.max(anchor?.configSeq ?? 0, ...newest.map(settingsSeen))
  const lost = {
    records: gone.slice(0, MAX_LOST).map(({ deviceId, seq, hash }) => ({ deviceId, seq, hash })),
    configSeq: settings > configSeq ? settings : 0,
  }
  return {
    chain: { ...chain, mustBeReborn: true, lost: both(both(chain.lost, anchor?.lost ?? NOTHING_LOST), lost) },
    lost,
  }
}

async function readNewest(
  { tops }: ChainView,
  records: readonly Listed<'record'>[],
  read: ReadRecord,
): Promise<readonly StoredRecord[]> {
  const newest: StoredRecord[] = []
  for (const listed of records.filter(({ id }) => tops.some((top) => top.id === id))) {
    const stored = await read(listed)
    if (typeof stored !== 'string') newest.push(stored)
  }
  return newest
}

const settingsSeen = ({ record }: StoredRecord): number => (record.body.kind === 'snap' ? record.body.configSeq : 0)

const both = (a: Lost, b: Lost): Lost => ({
  records: highest([...a.records, ...b.records]),
  configSeq: Math.max(a.configSeq, b.configSeq),
})
