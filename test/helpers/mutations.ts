import * as fc from 'fast-check'

/** First bytes that say something long, deep or unusual follows: CBOR's larger heads, and the ends of ranges. */
const TELLING = [
  0x00, 0x1b, 0x3b, 0x5b, 0x7b, 0x80, 0x9a, 0x9b, 0xa0, 0xba, 0xbb, 0xbf, 0xc0, 0xf7, 0xfb, 0xff,
] as const

type Mutation = Readonly<{
  kind: 'flip' | 'set' | 'cut' | 'insert' | 'repeat' | 'drop' | 'number'
  at: number
  by: number
}>

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'set', 'set', 'cut', 'insert', 'repeat', 'drop', 'number'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  by: fc.nat(2 ** 32 - 1),
})

/** Copies of real bytes with a few changes each: near enough to the real ones to get far into a parser. */
export function mutated(...originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(mutation, { minLength: 1, maxLength: 4 })
  return fc
    .tuple(fc.constantFrom(...originals), changes)
    .map(([bytes, list]) => list.reduce((changed, one) => change(changed, one), Uint8Array.from(bytes)))
}

function change(bytes: Uint8Array<ArrayBuffer>, { kind, at, by }: Mutation): Uint8Array<ArrayBuffer> {
  const index = Math.floor(at * bytes.length)
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)]
  const telling = TELLING[by % TELLING.length] ?? 0
  switch (kind) {
    case 'flip':
      return bytes.map((byte, i) => (i === index ? byte ^ (1 << (by % 8)) : byte))
    case 'set':
      return bytes.map((byte, i) => (i === index ? telling : byte))
    case 'cut':
      return before.slice()
    case 'insert':
      return joined(before, Uint8Array.of(telling, by & 255, (by >> 8) & 255, (by >> 16) & 255), after)
    case 'repeat':
      return joined(before, after.subarray(0, (by % 64) + 1), after)
    case 'drop':
      return joined(before, after.subarray((by % 16) + 1))
    case 'number':
      return joined(before, numberBytes(by), after.subarray(4))
  }
}

function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts))

/** Any text at all: lone surrogates, controls and long ones among it. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 5000 }))
    .map(([text, times]) => text.repeat(times)),
)
