import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { comparePaths, fromFileBytes, fromText, toFileBytes, toText } from '#engine/source/byte-path.ts'

const name = fc
  .uint8Array({ minLength: 1, maxLength: 6 })
  .map((bytes) => fromFileBytes(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x2e : byte))))

it('any bytes come back exactly', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(Uint8Array.from(toFileBytes(fromFileBytes(bytes)))).toEqual(bytes)
    }),
  )
})

it('text becomes its UTF-8 bytes and is shown as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(toFileBytes(fromText(text)).equals(Buffer.from(text))).toBe(true)
      expect(toText(fromText(text))).toBe(text)
    }),
  )
})

it('lone surrogates become their three WTF-8 bytes, pairs their four', () => {
  expect(toFileBytes(fromText('a\ud83d')).toString('hex')).toBe('61eda0bd')
  expect(toFileBytes(fromText('\ude00b')).toString('hex')).toBe('edb88062')
  expect(toFileBytes(fromText('\ud83d\ude00')).toString('hex')).toBe('f09f9880')
  expect(toText(fromFileBytes(Uint8Array.of(0x61, 0xff)))).toBe('a\ufffd')
})

it('paths are ordered as a walk meets them that sorts each folder by bytes', () => {
  interface Folder {
    readonly children: Map<string, Folder>
  }
  fc.assert(
    fc.property(fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 30 }), (paths) => {
      const top: Folder = { children: new Map() }
      for (const names of paths) {
        let folder = top
        for (const part of names) {
          const next: Folder = folder.children.get(part) ?? { children: new Map() }
          folder.children.set(part, next)
          folder = next
        }
      }
      const walked: string[] = []
      const walk = ({ children }: Folder, above: string): void => {
        for (const part of [...children.keys()].sort((a, b) => Buffer.compare(toFileBytes(a), toFileBytes(b)))) {
          walked.push(above + part)
          walk(children.get(part) ?? top, `${above}${part}/`)
        }
      }
      walk(top, '')
      expect(walked.toSorted(comparePaths)).toEqual(walked)
      expect(walked.toReversed().sort(comparePaths)).toEqual(walked)
    }),
  )
  expect(comparePaths('a/x', 'a.txt')).toBeLessThan(0)
  expect(comparePaths('a', 'a/x')).toBeLessThan(0)
  expect(comparePaths('a', 'a')).toBe(0)
})
