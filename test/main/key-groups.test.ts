import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomGroups, sameGroup } from '../../electron/main/key-groups.ts'

const KEY = Array.from({ length: 16 }, (_none, at) => `${at.toString(16)}01a`).join('')
const group = (number: number): string => KEY.slice((number - 1) * 4, number * 4)

describe('the groups that are asked back', () => {
  it('are two different ones of the sixteen, in order, and any two can come', () => {
    const pairs = new Set<string>()
    for (let count = 0; count < 5000; count++) {
      const [first, second] = randomGroups()
      expect(first).toBeGreaterThanOrEqual(1)
      expect(second).toBeLessThanOrEqual(16)
      expect(first).toBeLessThan(second)
      pairs.add(`${first}-${second}`)
    }
    expect(pairs.size).toBe(120) // all of them: a pair is missed in 5000 draws once in 10^16 times
  })
})

describe('what was typed', () => {
  it.each(
    Array.from({ length: 16 }, (_none, at) => at + 1),
  )('group %i is right as it is, and no other one', (number) => {
    for (let other = 1; other <= 16; other++) expect(sameGroup(KEY, number, group(other))).toBe(other === number)
  })

  it.each([
    ['capitals', '001A'],
    ['spaces', ' 0 0 1 a '],
    ['dashes', '00-1a'],
    ['a long dash', '00\u20141a'],
    ['a line break', '001a\n'],
    ['colons', '00:1a'],
    ['a letter o for a zero', 'oO1a'],
    ['an l or an i for a one', '00la'],
    ['full-width letters', '\uff10\uff10\uff11\uff41'],
    ['an invisible space', '00\u200b1a\ufeff'],
  ])('may have %s', (_name, typed) => {
    expect(sameGroup(KEY, 1, typed)).toBe(true)
  })

  it('must be the whole group and nothing more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.string({ maxLength: 8 }), (number, typed) => {
        fc.pre(typed.replaceAll(' ', '') !== group(number))
        const isForgiven = /^[0-9a-foil\s\-_:]*$/i.test(typed) // spelt otherwise, the same perhaps
        if (!isForgiven) expect(sameGroup(KEY, number, typed)).toBe(false)
      }),
    )
    for (const typed of ['', '001', '001a0', '101a', KEY]) expect(sameGroup(KEY, 1, typed)).toBe(false)
  })
})
