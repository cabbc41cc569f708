import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromHex, sameBytes, toHex } from '#engine/encoding/hex.ts'

it('bytes come back from their hexadecimal, in memory of their own', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const back = fromHex(toHex(bytes))
      expect(back).toEqual(bytes)
      expect(back.buffer.byteLength).toBe(bytes.length)
      expect(sameBytes(back, bytes)).toBe(true)
    }),
  )
  expect(toHex(Uint8Array.of(0, 10, 255).subarray(1))).toBe('0aff')
  expect(sameBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
})
