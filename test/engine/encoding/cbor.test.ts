import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import * as second from '../../helpers/second-implementation.ts'
import { readVectors } from '../../helpers/vectors.ts'

type Vectors = Readonly<{
  accept: readonly { value: string; hex: string }[]
  refuse: readonly { why: string; hex: string }[]
}>
const known = readVectors('cbor') as Vectors

const readerOf = (hex: string) => new CborReader(fromHex(hex), 'object')
const damaged = expect.objectContaining({ code: 'damaged', facts: { name: 'object' } })

/** A value as the writer takes it; maps have ascending unsigned keys. */
type Value = number | string | Uint8Array | readonly Value[] | ReadonlyMap<number, Value>

function write(out: CborWriter, value: Value): CborWriter {
  if (typeof value === 'number') return out.int(value)
  if (typeof value === 'string') return out.text(value)
  if (value instanceof Uint8Array) return out.bytes(value)
  if (value instanceof Map) {
    const pairs: readonly (readonly [number, Value])[] = [...value].sort(([a], [b]) => a - b)
    out.map(pairs.length)
    for (const [key, item] of pairs) write(out.int(key), item)
    return out
  }
  const items = value as readonly Value[]
  out.array(items.length)
  for (const item of items) write(out, item)
  return out
}

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.nat(), tie('value')), { maxLength: 5 })
      .map((pairs): ReadonlyMap<number, Value> => new Map(pairs)),
  ),
}))

describe('the accepted list', () => {
  it.each(known.accept)('$value', ({ value, hex }) => {
    const reader = readerOf(hex)
    reader.skip()
    reader.end()
    expect(JSON.stringify(second.readCbor(fromHex(hex)), replacer)).toBe(value)
  })
})

describe('the refused list', () => {
  it.each(known.refuse)('$why', ({ hex }) => {
    expect(() => {
      const reader = readerOf(hex)
      reader.skip()
      reader.end()
    }).toThrow(damaged)
  })
})

describe('writing and reading', () => {
  it('any value is skipped whole, and read alike by the second implementation', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = write(new CborWriter(1), value).finish()
        const reader = new CborReader(bytes, 'object')
        reader.skip()
        reader.end()
        const again = second.readCbor(bytes)
        expect(toHex(write(new CborWriter(), again).finish())).toBe(toHex(bytes))
      }),
    )
  })

  it('integers come back, and only in their shortest form', () => {
    const integer = fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -24, -25, -(2 ** 53)),
    )
    fc.assert(
      fc.property(integer, (value) => {
        const bytes = new CborWriter().int(value).finish()
        expect(new CborReader(bytes, 'object').int()).toBe(value)
        for (const width of [1, 2, 4, 8].filter((longer) => longer > bytes.length - 1)) {
          const longer = Buffer.alloc(1 + width)
          longer[0] = ((bytes[0] ?? 0) & 0xe0) | (24 + Math.log2(width))
          Buffer.from((value < 0 ? -1 - value : value).toString(16).padStart(width * 2, '0'), 'hex').copy(longer, 1)
          expect(() => new CborReader(longer, 'object').int()).toThrow(damaged)
        }
      }),
    )
  })

  it('T36: any bytes at all are read or refused, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          new CborReader(bytes, 'object').skip()
        } catch (error) {
          expect(error).toEqual(damaged)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('every cut of a value is refused', () => {
    const bytes = write(new CborWriter(), [1, 'text', Uint8Array.of(1, 2), new Map([[3, [-70_000]]])]).finish()
    for (let length = 0; length < bytes.length; length++) {
      expect(() => new CborReader(bytes.subarray(0, length), 'object').skip()).toThrow(damaged)
    }
  })

  it('a writer refuses what is no integer in range', () => {
    for (const bad of [1.5, 2 ** 53, -(2 ** 53) - 2, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new CborWriter().int(bad)).toThrow(RangeError)
    }
  })

  it('a writer gives copies and can be used again', () => {
    const out = new CborWriter(1)
    const first = out.text('first').finish()
    out.clear()
    out.text('other').encoded(Uint8Array.of(0))
    expect(new CborReader(first, 'object').text(5)).toBe('first')
    expect(out.length).toBe(7)
  })
})

describe('bounds that the caller sets', () => {
  const refuses = (hex: string, read: (reader: CborReader) => unknown): void =>
    expect(() => read(readerOf(hex))).toThrow(damaged)

  it('lengths and numbers out of bounds are refused', () => {
    refuses('05', (reader) => reader.uint(4))
    refuses('05', (reader) => reader.uint(9, 6))
    refuses('20', (reader) => reader.uint())
    refuses('420102', (reader) => reader.bytes(3))
    refuses('420102', (reader) => reader.bytes(undefined, 1))
    refuses('626162', (reader) => reader.text(1))
    refuses('820102', (reader) => reader.array(1))
    refuses('820102', (reader) => reader.array(3, 3))
    refuses('820102', (reader) => reader.list(1, () => reader.int()))
    refuses('9affffffff', (reader) => reader.list(2 ** 32, () => reader.int()))
  })

  it('unknown keys of a map are passed over; keys that are known must still ascend', () => {
    const seen: number[] = []
    const reader = readerOf('a30105028206070308')
    reader.map((key) => {
      if (key === 2) return false
      seen.push(reader.uint())
      return true
    })
    reader.end()
    expect(seen).toEqual([5, 8])
    refuses('a202010101', (twice) => twice.map(() => false))
  })

  it('values that are passed over lie at most eight deep', () => {
    const nested = (depth: number): string => `${'81'.repeat(depth)}00`
    readerOf(nested(8)).skip()
    refuses(nested(9), (reader) => reader.skip())
    refuses(`${'a100'.repeat(9)}00`, (reader) => reader.skip())
    refuses(`${'81'.repeat(100_000)}00`, (reader) => reader.skip())
  })
})

function replacer(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `h'${toHex(value)}'`
  if (value instanceof Map) return Object.fromEntries(value)
  return value
}
