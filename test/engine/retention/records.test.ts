import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChainRecord, openRecord, sealRecord } from '#engine/repository/record.ts'
import { BRAKE_REASONS, MAX_DROPPED } from '#engine/repository/record-body.ts'
import { inDropRecords } from '#engine/retention/drop-records.ts'
import { hex16, hex32, KEYRING } from '../repository/fixture.ts'

const seen = (n: number) => ({ deviceId: hex16(n & 255), seq: n + 1, hash: hex32(n & 255) })

function roundTrip(body: ChainRecord['body']): ChainRecord['body'] {
  const record: ChainRecord = {
    deviceId: hex16(1),
    seq: 2,
    prev: new Uint8Array(32).fill(9),
    timeUs: 5,
    deviceName: 'laptop',
    seen: [seen(3)],
    renamedFrom: null,
    body,
  }
  const id = hex16(7)
  const path = `device-${hex16(1)}/record-0000000002-${body.kind}-${id}.kps`
  const bytes = sealRecord(KEYRING, path.slice(path.lastIndexOf('/') + 1), record)
  const opened = openRecord(KEYRING, { path, deviceId: hex16(1), seq: 2, record: body.kind, id }, bytes)
  if (opened === 'void') throw new Error('void')
  return opened.record.body
}

describe('a drop record', () => {
  it('says again what was put in', () => {
    const reason = fc.constantFrom('unreferenced' as const, 'repacked' as const, 'orphan' as const)
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 20 }),
        fc.array(fc.tuple(byte, reason), { maxLength: 30 }),
        fc.array(byte, { maxLength: 10 }),
        (snapshots, packs, indexes) => {
          const body = {
            kind: 'drop',
            snapshots: snapshots.map(seen),
            packs: packs.map(([id, why]) => ({ id: hex16(id), reason: why })),
            indexes: indexes.map(hex16),
            undone: snapshots.slice(0, 3).map(seen),
          } as const
          expect(roundTrip(body)).toEqual(body)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('has room for the most that it may name, and refuses more', () => {
    const full = {
      kind: 'drop',
      snapshots: Array.from({ length: MAX_DROPPED.snapshots }, (_, i) => seen(i)),
      packs: Array.from({ length: MAX_DROPPED.packs }, (_, i) => ({ id: hex16(i & 255), reason: 'orphan' as const })),
      indexes: Array.from({ length: MAX_DROPPED.indexes }, (_, i) => hex16(i & 255)),
      undone: Array.from({ length: MAX_DROPPED.undone }, (_, i) => seen(i)),
    } as const
    expect(roundTrip(full)).toEqual(full)
    expect(() => roundTrip({ ...full, packs: [...full.packs, { id: hex16(1), reason: 'orphan' }] })).toThrow('damaged')
    expect(() => roundTrip({ ...full, snapshots: [...full.snapshots, seen(1)] })).toThrow('damaged')
  })

  it('is several when there is more to say, and none when there is nothing', () => {
    const packs = Array.from({ length: 2500 }, (_, i) => ({ id: hex16(i & 255), reason: 'repacked' as const }))
    const bodies = inDropRecords({ snapshots: [seen(1)], packs, indexes: [] })
    expect(bodies.map((body) => body.packs.length)).toEqual([1024, 1024, 452])
    expect(bodies.flatMap((body) => body.snapshots)).toEqual([seen(1)])
    expect(inDropRecords({ snapshots: [], packs: [], indexes: [] })).toEqual([])
  })
})

describe('a snapshot record', () => {
  const plain = {
    kind: 'snap',
    sources: [],
    skipped: { count: 0, list: null },
    indexes: [hex16(2)],
    configSeq: 1,
  } as const

  it('keeps what was verified last and what was accepted, and has neither when neither is there', () => {
    const told = { ...plain, lastVerified: { deviceId: hex16(4), seq: 9, atUs: -3 }, accepted: [...BRAKE_REASONS] }
    expect(roundTrip(told)).toEqual(told)
    expect(roundTrip(plain)).toEqual(plain)
  })
})
