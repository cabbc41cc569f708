import { describe, expect, it } from 'vitest'
import { fromHex } from '#engine/encoding/hex.ts'
import { type ChainView, checkChains, seenByNow } from '#engine/repository/chain.ts'
import type { Listed } from '#engine/repository/listing.ts'
import { deviceFolder, recordName } from '#engine/repository/names.ts'
import type { ChainRecord, StoredRecord } from '#engine/repository/record.ts'
import { type Anchor, NOTHING_LOST } from '#engine/state/anchor.ts'
import { hex16, hex32 } from './fixture.ts'

const OWN = hex16(1)
const OTHER = hex16(2)

/** A place with records of several devices; each record is known by one byte, from which id and hash follow. */
class Place {
  readonly records = new Map<string, StoredRecord | 'damaged' | 'void'>()

  add(deviceId: string, seq: number, byte: number, more: Partial<ChainRecord> = {}): this {
    const record: ChainRecord = {
      deviceId,
      seq,
      prev: seq === 1 ? null : fromHex(hex32(byte - 1)),
      timeUs: 0,
      deviceName: '',
      seen: [],
      renamedFrom: null,
      body: { kind: 'join' },
      ...more,
    }
    this.records.set(pathOf(deviceId, seq, byte), { path: '', id: hex16(byte), hash: hex32(byte), record })
    return this
  }

  set(deviceId: string, seq: number, byte: number, as: 'damaged' | 'void'): this {
    this.records.set(pathOf(deviceId, seq, byte), as)
    return this
  }

  remove(deviceId: string, seq: number, byte: number): this {
    this.records.delete(pathOf(deviceId, seq, byte))
    return this
  }

  check(anchor: Anchor | null, configSeq: number | null = 1): Promise<ChainView> {
    return checkChains([...this.records.keys()].map(listedOf), anchor, OWN, configSeq, async ({ path }) => {
      const stored = this.records.get(path)
      return stored ?? 'damaged'
    })
  }
}

const pathOf = (deviceId: string, seq: number, byte: number): string =>
  `${deviceFolder(deviceId)}/${recordName(seq, 'join', hex16(byte))}`

function listedOf(path: string): Listed<'record'> {
  const [deviceId = '', seq = '', id = ''] = /^device-(\w+)\/record-(\d+)-join-(\w+)\.kps$/.exec(path)?.slice(1) ?? []
  return { path, size: 2048, modifiedMs: 0, kind: 'record', deviceId, seq: Number(seq), record: 'join', id }
}

const top = (deviceId: string, seq: number, byte: number) => ({ deviceId, seq, id: hex16(byte), hash: hex32(byte) })
const anchorOf = (tops: Anchor['tops'], records: readonly string[] = []): Anchor => ({
  generation: 1,
  configs: [],
  configSeq: 1,
  revoked: [],
  tops,
  records,
  lost: NOTHING_LOST,
  birth: null,
  strangers: [],
})
const alarm = (reason: string) => ({ code: 'rolled-back', facts: { reason } })

/** Own chain at 2 (bytes 1, 2), the other's at 1 (byte 11), all of it seen. */
const seenAll = anchorOf(
  [top(OWN, 2, 2), top(OTHER, 1, 11)],
  [pathOf(OWN, 1, 1), pathOf(OWN, 2, 2), pathOf(OTHER, 1, 11)],
)
const asSeen = (): Place => new Place().add(OWN, 1, 1).add(OWN, 2, 2).add(OTHER, 1, 11)

describe('against an anchor', () => {
  it('the same again is normal', async () => {
    expect(await asSeen().check(seenAll)).toEqual({
      tops: seenAll.tops,
      damaged: [],
      vanished: [],
      mustBeReborn: false,
      lost: NOTHING_LOST,
    })
  })

  it('a newer record of another device raises the anchor', async () => {
    const { tops, mustBeReborn } = await asSeen().add(OTHER, 2, 12).check(seenAll)
    expect(tops).toContainEqual(top(OTHER, 2, 12))
    expect(mustBeReborn).toBe(false)
  })

  it('T07, T11: the newest record gone is a rollback, of this device or another', async () => {
    await expect(asSeen().remove(OWN, 2, 2).check(seenAll)).rejects.toMatchObject(alarm('rollback'))
    await expect(asSeen().remove(OTHER, 1, 11).check(seenAll)).rejects.toMatchObject(alarm('rollback'))
    await expect(new Place().check(seenAll)).rejects.toMatchObject(alarm('rollback'))
  })

  it('T08: another record in place of ours, or a successor that names another, is a fork', async () => {
    await expect(asSeen().remove(OTHER, 1, 11).add(OTHER, 1, 13).check(seenAll)).rejects.toMatchObject(alarm('fork'))
    const forked = asSeen().add(OTHER, 2, 20)
    await expect(forked.check(seenAll)).rejects.toMatchObject(alarm('fork'))
  })

  it('an older record that nobody dropped is told once, and does not stop', async () => {
    const { vanished } = await asSeen().remove(OWN, 1, 1).check(seenAll)
    expect(vanished).toEqual([pathOf(OWN, 1, 1)])
  })

  it('records of this device that this state never wrote: go on as a new device', async () => {
    expect((await asSeen().add(OWN, 3, 3).check(seenAll)).mustBeReborn).toBe(true)
  })

  it('two clones at one number: exactly one of them goes on as a new device', async () => {
    const both = asSeen().add(OWN, 2, 5)
    expect((await both.check(seenAll)).mustBeReborn).toBe(false)
    const fromOther = anchorOf([top(OWN, 2, 5)], [pathOf(OWN, 1, 1), pathOf(OWN, 2, 5)])
    expect((await both.check(fromOther)).mustBeReborn).toBe(true)
  })

  it('a record that does not open is damage, not an alarm', async () => {
    const { damaged, tops } = await asSeen().set(OTHER, 2, 12, 'damaged').check(seenAll)
    expect(damaged).toEqual([pathOf(OTHER, 2, 12)])
    expect(tops).toEqual(seenAll.tops)
  })

  it('a record that counts for nothing changes nothing', async () => {
    expect(await asSeen().set(OTHER, 2, 12, 'void').check(seenAll)).toMatchObject({ tops: seenAll.tops, damaged: [] })
  })
})

describe('without an anchor', () => {
  it('everything is adopted', async () => {
    const { tops, mustBeReborn } = await new Place().add(OTHER, 1, 11).add(OTHER, 2, 12).check(null)
    expect(tops).toEqual([top(OTHER, 2, 12)])
    expect(mustBeReborn).toBe(false)
  })

  it('own records without an anchor: it was lost, go on as a new device', async () => {
    expect((await new Place().add(OWN, 1, 1).check(null)).mustBeReborn).toBe(true)
  })

  it('what the newest record of a device saw must be there', async () => {
    const seen = [{ deviceId: OTHER, seq: 2, hash: hex32(12) }]
    const place = new Place().add(hex16(3), 1, 30, { seen }).add(OTHER, 1, 11)
    await expect(place.check(null)).rejects.toMatchObject(alarm('hidden'))
    expect((await place.add(OTHER, 2, 12).check(null)).tops).toHaveLength(2)
  })

  it('a record that was seen, is listed and does not open is damage, not an alarm', async () => {
    const seen = [{ deviceId: OTHER, seq: 2, hash: hex32(12) }]
    const place = new Place().add(hex16(3), 1, 30, { seen }).add(OTHER, 1, 11).set(OTHER, 2, 12, 'damaged')
    expect((await place.check(null)).damaged).toEqual([pathOf(OTHER, 2, 12)])
  })

  it('only the newest record of a device speaks for what it saw', async () => {
    const place = new Place()
      .add(hex16(3), 1, 30, { seen: [{ deviceId: OTHER, seq: 9, hash: hex32(19) }] })
      .add(hex16(3), 2, 31)
    expect((await place.check(null)).tops).toHaveLength(1)
  })

  it('a snapshot that knew later settings than are visible is an alarm, unless an older state was accepted', async () => {
    const body = { kind: 'snap', sources: [], skipped: { count: 0, list: null }, indexes: [], configSeq: 5 } as const
    const place = new Place().add(OTHER, 1, 11, { body })
    await expect(place.check(null, 4)).rejects.toMatchObject(alarm('settings'))
    expect((await place.check(null, 5)).tops).toHaveLength(1)
    expect((await place.check(null, null)).tops).toHaveLength(1)
  })
})

it('a new record tells what was seen of the others, and nothing of itself', () => {
  expect(seenByNow(seenAll.tops, OWN)).toEqual([{ deviceId: OTHER, seq: 1, hash: hex32(11) }])
})
