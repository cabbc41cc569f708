import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { pad, padmeLength, unpad } from '#engine/crypto/padding.ts'
import * as second from '../../helpers/second-implementation.ts'

it('a padded length is never shorter, is stable, keeps the order, and is the same by the other implementation', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (length) => {
      const padded = padmeLength(length)
      expect(padded).toBeGreaterThanOrEqual(length)
      expect(padmeLength(padded)).toBe(padded)
      expect(padmeLength(length + 1)).toBeGreaterThanOrEqual(padded)
      expect(second.padme(length)).toBe(padded)
    }),
  )
})

it('grows by 11.7 % at most, 6.3 % from 2 KiB and 3.2 % from 64 KiB on', () => {
  const growth = (length: number): number => padmeLength(length) / length - 1
  const most = (from: number, to: number): number => {
    let worst = 0
    for (let length = from; length <= to; length++) worst = Math.max(worst, growth(length))
    return worst
  }
  expect(most(1, 2047)).toBeLessThanOrEqual(0.117)
  expect(most(2048, 65_535)).toBeLessThanOrEqual(0.063)
  expect(most(65_536, 200_000)).toBeLessThanOrEqual(0.032)
  for (let exponent = 17; exponent < 48; exponent++) expect(growth(2 ** exponent + 1)).toBeLessThanOrEqual(0.032)
})

it('leaves few lengths: up to 16 MiB fewer than 450', () => {
  const lengths = new Set<number>()
  for (let length = 1; length <= 2 ** 24; length = padmeLength(length) + 1) lengths.add(padmeLength(length))
  expect(lengths.size).toBeLessThan(450)
})

it('refuses what is no length', () => {
  for (const bad of [-1, 1.5, 2 ** 48 + 1, Number.NaN]) expect(() => padmeLength(bad)).toThrow(RangeError)
})

it('padding comes off again, whatever the text ends with', () => {
  const plain = fc.uint8Array({ maxLength: 100 })
  const tail = fc.constantFrom([], [0], [0x80], [0x80, 0, 0], [0, 0])
  fc.assert(
    fc.property(plain, tail, fc.integer({ min: 1, max: 50 }), (start, end, more) => {
      const whole = Uint8Array.of(...start, ...end)
      const padded = pad(whole, whole.length + more)
      expect(padded).toHaveLength(whole.length + more)
      expect(unpad(padded)).toEqual(whole)
    }),
  )
})

it('what was not padded by that rule is refused', () => {
  for (const bytes of [[], [0], [0, 0, 0], [1], [0x80, 1], [0x80, 0, 7, 0]]) {
    expect(unpad(Uint8Array.from(bytes))).toBeNull()
  }
  expect(() => pad(new Uint8Array(4), 4)).toThrow(RangeError)
  expect(() => pad(new Uint8Array(4), 4.5)).toThrow(RangeError)
})
