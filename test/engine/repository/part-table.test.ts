import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { PackEntries } from '#engine/repository/pack-entries.ts'
import { type PackInfo, PartTable } from '#engine/repository/part-table.ts'
import { hex16 } from './fixture.ts'

const packOf = (byte: number, state: PackInfo['state'] = 'present'): PackInfo => ({
  id: hex16(byte),
  path: `pack-${byte}`,
  size: 1,
  state,
})
const entryOf = (id: Uint8Array, storedLength = 80) => ({ id, type: 1, storedLength, plainLength: 8 })

/** Ids that begin alike, so that many fall into one slot and only a whole comparison tells them apart. */
const clashing = (number: number): Uint8Array => {
  const id = new Uint8Array(16)
  new DataView(id.buffer).setUint32(0, number % 7, true)
  new DataView(id.buffer).setUint32(12, number, true)
  return id
}

it('finds what a Map finds, whatever is added and whichever packs go missing', () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), id: fc.nat(400), pack: fc.nat(5) }),
    fc.record({ kind: fc.constant('lose' as const), id: fc.constant(0), pack: fc.nat(5) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const table = new PartTable()
      const packs = Array.from({ length: 6 }, (_, i) => table.addPack(packOf(i)))
      const model = new Map<number, { pack: PackInfo; offset: number }>()
      for (const [offset, { kind, id, pack: number }] of actions.entries()) {
        const pack = packs[number]
        if (!pack) throw new Error('no such pack')
        if (kind === 'lose') {
          pack.state = 'missing'
          continue
        }
        table.add(pack, entryOf(clashing(id)), offset)
        const known = model.get(id)
        if (!known || known.pack.state === 'missing') model.set(id, { pack, offset })
      }
      for (let id = 0; id <= 400; id++) {
        const expected = model.get(id)
        const found = table.find(clashing(id))
        if (!expected || expected.pack.state === 'missing') expect(found).toBeNull()
        else expect([found?.pack, found?.offset]).toEqual([expected.pack, expected.offset])
      }
      expect(table.parts).toBe(model.size)
    }),
    { numRuns: 40 },
  )
})

it('grows to many parts and still compares all 128 bits', () => {
  const table = new PartTable()
  const pack = table.addPack(packOf(1))
  for (let i = 0; i < 20_000; i++) table.add(pack, entryOf(clashing(i), 80 + i), i)
  expect(table.parts).toBe(20_000)
  for (const i of [0, 1023, 1024, 19_999]) {
    expect(table.find(clashing(i))).toMatchObject({ offset: i, storedLength: 80 + i, plainLength: 8, type: 1 })
  }
  expect(table.find(clashing(20_000))).toBeNull()
})

it('adds the parts of a pack at the offsets that follow from their order', () => {
  const table = new PartTable()
  const pack = table.addPack(packOf(1))
  table.addEntries(
    pack,
    PackEntries.from([entryOf(clashing(1), 100), entryOf(clashing(2), 200), entryOf(clashing(3), 300)]),
  )
  expect([1, 2, 3].map((i) => table.find(clashing(i))?.offset)).toEqual([16, 116, 316])
})

it('a pack keeps what was said of it first, and one that is missing holds nothing', () => {
  const table = new PartTable()
  const missing = table.addPack(packOf(1, 'missing'))
  expect(table.addPack(packOf(1))).toBe(missing)
  table.addEntries(missing, PackEntries.from([entryOf(clashing(1))]))
  expect(table.find(clashing(1))).toBeNull()
  expect(table.hasPack(hex16(1))).toBe(true)
  table.addEntries(table.addPack(packOf(2)), PackEntries.from([entryOf(clashing(1))]))
  expect(table.find(clashing(1))?.pack.id).toBe(hex16(2))
  expect(() => table.add(packOf(9), entryOf(clashing(1)), 0)).toThrow(RangeError)
})
