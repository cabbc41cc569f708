import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lp } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, openBoxInto, sealBox, sealBoxInto } from '#engine/crypto/sealed-box.ts'
import { aeadSeal, random } from '#engine/crypto/sodium.ts'
import * as second from '../../helpers/second-implementation.ts'

const KEY = new Uint8Array(32).fill(1)
const AAD = lp('keepsake1', 'test')
const hello = new Uint8Array(Buffer.from('hello chat'))

const bytes = (maxLength = 300) => fc.uint8Array({ maxLength })
const key = () => fc.uint8Array({ minLength: 32, maxLength: 32 })
const label = () => fc.stringMatching(/^[a-z-]{1,12}$/)

describe('a sealed box', () => {
  it('opens to what was sealed, for any key, label, associated data and content', () => {
    fc.assert(
      fc.property(key(), label(), bytes(), bytes(5000), (k, name, aad, plain) => {
        const box = sealBox(k, name, aad, plain)
        expect(box).toHaveLength(plain.length + BOX_OVERHEAD)
        expect(openBox(k, name, aad, box)).toEqual(plain)
        expect(Buffer.from(second.open(k, name, aad, box)).equals(plain)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('T01: does not open after any single bit has flipped', () => {
    const box = sealBox(KEY, 'test', AAD, hello)
    for (let bit = 0; bit < box.length * 8; bit++) {
      const flipped = box.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(openBox(KEY, 'test', AAD, flipped)).toBeNull()
    }
  })

  it('T02, T03: does not open when it is cut or goes on', () => {
    const box = sealBox(KEY, 'test', AAD, hello)
    for (let length = 0; length < box.length; length++) {
      expect(openBox(KEY, 'test', AAD, box.subarray(0, length))).toBeNull()
    }
    expect(openBox(KEY, 'test', AAD, Buffer.concat([box, Uint8Array.of(0)]))).toBeNull()
  })

  it('does not open under another key, label or associated data', () => {
    fc.assert(
      fc.property(key(), key(), label(), label(), bytes(20), bytes(20), (k, k2, name, name2, aad, aad2) => {
        const box = sealBox(k, name, aad, hello)
        const isSame = Buffer.compare(k, k2) === 0 && name === name2 && Buffer.compare(aad, aad2) === 0
        fc.pre(!isSame)
        expect(openBox(k2, name2, aad2, box)).toBeNull()
      }),
    )
  })

  it('T21: a ciphertext that is authentic under a second key is refused by its commitment', () => {
    const box = sealBox(KEY, 'test', AAD, hello)
    const other = new Uint8Array(32).fill(2)
    // What an attacker who knows both keys can do: the cipher under the other key's own box key, the commitment kept.
    const genuine = second.seal(other, 'test', AAD, hello, box.subarray(0, 24))
    const crafted = Buffer.concat([box.subarray(0, 56), genuine.subarray(56)])
    expect(openBox(KEY, 'test', AAD, crafted)).toBeNull()
    expect(openBox(other, 'test', AAD, crafted)).toBeNull()
    expect(openBox(other, 'test', AAD, genuine)).toEqual(hello)
  })

  it('T41: takes a new nonce each time, from a source that repeats none in a million', () => {
    const nonces = new Set<string>()
    for (let i = 0; i < 20_000; i++) {
      nonces.add(Buffer.from(sealBox(KEY, 'n', AAD, new Uint8Array(0)).subarray(0, 24)).toString('latin1'))
    }
    expect(nonces.size).toBe(20_000)
    const starts = new BigUint64Array(1_000_000) // the first third of each says enough
    for (let i = 0; i < starts.length; i++) {
      const nonce = random(24)
      starts[i] = new DataView(nonce.buffer, nonce.byteOffset).getBigUint64(0)
    }
    starts.sort()
    expect(starts.every((start, i) => i === 0 || start !== starts[i - 1])).toBe(true)
  })

  it('is written into and opened into buffers that are used again', () => {
    const out = new Uint8Array(200)
    const plain = new Uint8Array(200)
    const length = sealBoxInto(out, KEY, 'test', AAD, hello)
    expect(length).toBe(hello.length + BOX_OVERHEAD)
    expect(openBoxInto(plain, KEY, 'test', AAD, out.subarray(0, length))).toBe(hello.length)
    expect(plain.subarray(0, hello.length)).toEqual(hello)
  })

  it('says null when there is no room for the plaintext, and holds nothing of what does not open', () => {
    const box = sealBox(KEY, 'test', AAD, hello)
    expect(openBoxInto(new Uint8Array(hello.length - 1), KEY, 'test', AAD, box)).toBeNull()
    const out = new Uint8Array(hello.length)
    const tampered = box.slice()
    tampered[tampered.length - 1] = (tampered.at(-1) ?? 0) ^ 1
    expect(openBoxInto(out, KEY, 'test', AAD, tampered)).toBeNull()
    expect(out).toEqual(new Uint8Array(hello.length))
  })

  it('takes only keys of 32 and nonces of 24 bytes, and buffers with room', () => {
    expect(() => sealBox(new Uint8Array(31), 'test', AAD, hello)).toThrow(RangeError)
    expect(() => sealBox(KEY, 'test', AAD, hello, new Uint8Array(23))).toThrow(RangeError)
    expect(() => openBox(new Uint8Array(33), 'test', AAD, sealBox(KEY, 'test', AAD, hello))).toThrow(RangeError)
    expect(() => sealBoxInto(new Uint8Array(81), KEY, 'test', AAD, hello)).toThrow(RangeError)
    expect(() => aeadSeal(new Uint8Array(5), hello, AAD, random(24), KEY)).toThrow(Error)
  })
})
