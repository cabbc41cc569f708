import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainWithin } from '../../electron/main/plain-input.ts'

const LARGE = 1_000_000

/** Anything that JSON can say, as deep as a call of the contract is. */
const plain = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
  list: fc.array(tie('leaf'), { maxLength: 5 }),
  value: fc.oneof(
    tie('leaf'),
    tie('list'),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(tie('leaf'), tie('list')), { maxKeys: 5 }),
  ),
})).value

const isForbidden = (key: string): boolean => ['constructor', 'prototype'].includes(key)

describe('plain values', () => {
  it('are let in when they are small', () => {
    fc.assert(
      fc.property(plain, (value) => {
        fc.pre(typeof value !== 'object' || value === null || !Object.keys(value).some(isForbidden))
        expect(isPlainWithin(value, LARGE)).toBe(true)
      }),
    )
  })

  it('are refused when they are larger than allowed, wherever the size is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 500 }), (size, allowed) => {
        const text = 'x'.repeat(size)
        const isAllowed = size <= allowed
        expect(isPlainWithin(text, allowed)).toBe(isAllowed)
        if (isAllowed) return
        expect(isPlainWithin([text], allowed)).toBe(false)
        expect(isPlainWithin({ a: text }, allowed)).toBe(false)
        expect(isPlainWithin({ [text]: 1 }, allowed)).toBe(false)
        expect(isPlainWithin({ a: [{ b: text }] }, allowed)).toBe(false)
      }),
    )
  })

  it('count eight for everything that is not text', () => {
    expect(isPlainWithin([1, 2, 3], 32)).toBe(true)
    expect(isPlainWithin([1, 2, 3], 31)).toBe(false)
    expect(isPlainWithin({ ab: null }, 18)).toBe(true)
    expect(isPlainWithin({ ab: null }, 17)).toBe(false)
  })

  it('are refused when they are deeper than any call is', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })
    expect(isPlainWithin(nested(4), LARGE)).toBe(true)
    expect(isPlainWithin(nested(5), LARGE)).toBe(false)
    expect(isPlainWithin([[[[[1]]]]], LARGE)).toBe(false)
  })
})

describe('everything else is refused, anywhere in the input', () => {
  class Own {
    readonly field = 1
  }
  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a date', new Date()],
    ['a pattern', /x/],
    ['a map', new Map()],
    ['a set', new Set()],
    ['bytes', new Uint8Array(8)],
    ['a buffer', new ArrayBuffer(8)],
    ['an error', new Error('x')],
    ['an object of a class', new Own()],
    ['an object with a prototype of its own', Object.create({ a: 1 })],
    ['__proto__', JSON.parse('{"__proto__":{"a":1}}')],
    ['constructor', { constructor: 1 }],
    ['prototype', { prototype: 1 }],
  ])('%s', (_name, value) => {
    expect(isPlainWithin(value, LARGE)).toBe(false)
    expect(isPlainWithin([value], LARGE)).toBe(false)
    expect(isPlainWithin({ a: { b: value } }, LARGE)).toBe(false)
  })

  it('a circle', () => {
    const circle: Record<string, unknown> = {}
    circle['a'] = circle
    expect(isPlainWithin(circle, LARGE)).toBe(false)
  })
})

it('an object without any prototype is plain, too', () => {
  expect(isPlainWithin(Object.assign(Object.create(null), { a: 1 }), LARGE)).toBe(true)
})

it('looks at no more of a giant than the size allows', () => {
  let looks = 0
  const counting = {
    get a() {
      looks++
      return 'x'.repeat(10)
    },
  }
  const many = (length: number): readonly object[] => Array.from({ length }, () => counting)
  expect(isPlainWithin(many(1000), 8000 + 300)).toBe(false)
  expect(looks).toBeLessThan(1000)
  looks = 0
  expect(isPlainWithin(many(1_000_000), LARGE)).toBe(false)
  expect(looks).toBe(0) // its length alone is too much
})
