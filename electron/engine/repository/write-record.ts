import { BackupError } from '#common/errors.ts'
import { upTo } from '#engine/destination/destination.ts'
import { fromHex, sameBytes } from '#engine/encoding/hex.ts'
import { seenByNow } from './chain.ts'
import { deviceFolder, newId, recordName } from './names.ts'
import { nextAnchor, type OpenRepository } from './open-repository.ts'
import { type ChainRecord, recordHash, type StoredRecord, sealRecord } from './record.ts'

/**
 * Adds one record to this device's chain; for a snapshot this is the moment it exists. It is announced in the state
 * before, and the anchor follows. The first record of a device says which device it goes on from, if any.
 */
export async function writeRecord(
  repository: OpenRepository,
  body: ChainRecord['body'],
  facts: Readonly<{ timeMs: number; deviceName: string }>,
): Promise<Readonly<{ stored: StoredRecord; bytes: number; repository: OpenRepository }>> {
  const { destination, keyring, deviceId, chain, state, birth } = repository
  const top = chain.tops.find((known) => known.deviceId === deviceId)
  const record: ChainRecord = {
    deviceId,
    seq: (top?.seq ?? 0) + 1,
    prev: top ? fromHex(top.hash) : null,
    timeUs: Math.round(facts.timeMs * 1000),
    deviceName: facts.deviceName,
    seen: seenByNow(chain.tops, deviceId),
    renamedFrom: top ? null : (birth?.from ?? null),
    body: body.kind === 'join' && birth?.lost ? { ...body, lost: birth.lost } : body,
  }
  const id = newId()
  const name = recordName(record.seq, body.kind, id)
  const path = `${deviceFolder(deviceId)}/${name}`
  const bytes = sealRecord(keyring, name, record)
  const hash = recordHash(bytes)
  await state.announce({ path, hash })
  await destination.put(path, bytes)
  const back = await destination.get(path, upTo(bytes.length))
  if (!back || !sameBytes(back, bytes)) throw new BackupError('damaged', { name })
  const stored = { path, id, hash, record }
  const anchor = nextAnchor(repository, stored)
  await state.writeAnchor(keyring, deviceId, anchor)
  const listed = {
    path,
    size: bytes.length,
    modifiedMs: facts.timeMs,
    kind: 'record',
    deviceId,
    seq: record.seq,
    record: body.kind,
    id,
  } as const
  const listing = { ...repository.listing, records: [...repository.listing.records, listed] }
  return {
    stored,
    bytes: bytes.length,
    repository: { ...repository, listing, anchor, birth: anchor.birth, chain: { ...chain, tops: anchor.tops } },
  }
}
