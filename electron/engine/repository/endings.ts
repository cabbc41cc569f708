import type { ReadRecord } from './chain.ts'
import type { Listed } from './listing.ts'
import type { ChainRecord, StoredRecord } from './record.ts'

/** A drop record that counts: nobody has undone it. */
export type DropRecord = StoredRecord & Readonly<{ record: { body: Extract<ChainRecord['body'], { kind: 'drop' }> } }>

export type RetireRecord = StoredRecord &
  Readonly<{ record: { body: Extract<ChainRecord['body'], { kind: 'retire' }> } }>

/**
 * What drop and retire records say together: which snapshots have ended, which packs are condemned, which index objects
 * are superseded, which devices are gone. Each of them names the records that say so. A set: in which order the records
 * were written or arrive makes no difference.
 */
export type Endings = Readonly<{
  drops: readonly DropRecord[]
  packs: ReadonlyMap<string, readonly DropRecord[]> // by pack id
  indexes: ReadonlyMap<string, readonly DropRecord[]> // by id
  snapshots: ReadonlyMap<string, readonly Readonly<{ hash: string; drop: DropRecord }>[]> // by `placeOf`
  retired: ReadonlyMap<string, readonly RetireRecord[]> // by device id
}>

type Place = Readonly<{ deviceId: string; seq: number }>

const placeOf = ({ deviceId, seq }: Place): string => `${deviceId}/${seq}`

/** Reads all drop and retire records. One that is damaged says nothing: then less has ended, never more. */
export async function readEndings(records: readonly Listed<'record'>[], read: ReadRecord): Promise<Endings> {
  const drops: DropRecord[] = []
  const retired = new Map<string, RetireRecord[]>()
  for (const listed of records) {
    if (listed.record !== 'drop' && listed.record !== 'retire') continue
    const stored = await read(listed)
    if (typeof stored === 'string') continue
    if (isDrop(stored)) drops.push(stored)
    else if (isRetire(stored)) push(retired, stored.record.body.device.deviceId, stored)
  }
  const undone = new Set(
    drops.flatMap(({ record }) => record.body.undone.map((drop) => `${placeOf(drop)}/${drop.hash}`)),
  )
  const counting = drops.filter(({ record, hash }) => !undone.has(`${placeOf(record)}/${hash}`))
  const packs = new Map<string, DropRecord[]>()
  const indexes = new Map<string, DropRecord[]>()
  const snapshots = new Map<string, { hash: string; drop: DropRecord }[]>()
  for (const drop of counting) {
    const { body } = drop.record
    for (const { id } of body.packs) push(packs, id, drop)
    for (const id of body.indexes) push(indexes, id, drop)
    for (const snapshot of body.snapshots) push(snapshots, placeOf(snapshot), { hash: snapshot.hash, drop })
  }
  return { drops: counting, packs, indexes, snapshots, retired }
}

/** @param hash - of the record, or null when it cannot be read or is gone: then its place decides. */
export function isDropped({ snapshots }: Endings, place: Place, hash: string | null): boolean {
  const dropped = snapshots.get(placeOf(place)) ?? []
  return dropped.some((one) => hash === null || one.hash === hash)
}

/** Whether another device has retired this one: it must go on as a new device and trust nothing but the listing. */
export const isRetiredByOthers = ({ retired }: Endings, deviceId: string): boolean =>
  (retired.get(deviceId) ?? []).some(({ record }) => record.deviceId !== deviceId)

const isDrop = (stored: StoredRecord): stored is DropRecord => stored.record.body.kind === 'drop'
const isRetire = (stored: StoredRecord): stored is RetireRecord => stored.record.body.kind === 'retire'

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
