import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { targetName, withNumber } from '#engine/restore/target-name.ts'
import { fromText, toText } from '#engine/source/byte-path.ts'

const onWindows = (name: string): string => toText(targetName(fromText(name), 'win32'))

const anyName = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 400 })
  .map((bytes) => String.fromCharCode(...bytes).replaceAll('/', '_'))

describe('a name in the restore folder', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['..\\..\\x', '..%5c..%5cx'],
    ['C:x', 'C%3ax'],
    ['C:..\\x', 'C%3a..%5cx'],
    ['\\\\?\\x', '%5c%5c%3f%5cx'],
    ['CON', '%43ON'],
    ['con.txt', '%63on.txt'],
    ['COM1', '%43OM1'],
    ['com0.jpg', '%63om0.jpg'],
    ['LPT¹.txt', '%4cPT¹.txt'],
    ['console.txt', 'console.txt'],
    ['a:b', 'a%3ab'],
    ['x.', 'x%2e'],
    ['x ', 'x%20'],
    ['tab\there', 'tab%09here'],
    ['Grüße 🎉.txt', 'Grüße 🎉.txt'],
  ])('is one that Windows can hold: %j becomes %j (T37)', (name, expected) => {
    expect(onWindows(name)).toBe(expected)
  })

  it('keeps bytes that are no UTF-8 on Linux, and writes them as %xx where names must be text', () => {
    expect(targetName('caf\xe9', 'linux')).toBe('caf\xe9')
    expect(targetName('caf\xe9', 'darwin')).toBe('caf%e9')
    expect(targetName(fromText('café'), 'darwin')).toBe(fromText('café'))
  })

  it('is cut when it is too long, before its ending and never inside a character', () => {
    const long = `${'ö'.repeat(200)}.jpg`
    const held = toText(targetName(fromText(long), 'linux'))
    expect(Buffer.byteLength(held)).toBeLessThanOrEqual(255)
    expect(held).toMatch(/^ö+\.jpg$/)
    const second = toText(withNumber(targetName(fromText(long), 'linux'), 2))
    expect(Buffer.byteLength(second)).toBeLessThanOrEqual(255)
    expect(second).toMatch(/^ö+ \(2\)\.jpg$/)
  })

  it('is on Windows never one with a special meaning, whatever it was', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const held = targetName(name, 'win32')
        expect(held).not.toMatch(/[\0-\x1f<>:"/\\|?*\x7f]/)
        expect(held).not.toMatch(/[. ]$/)
        expect(held).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
        expect(held.length).toBeLessThanOrEqual(255)
      }),
    )
  })

  it('stays as it is on Linux up to 255 bytes', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const held = targetName(name, 'linux')
        expect(held === name).toBe(name.length <= 255)
        expect(held.length).toBeGreaterThan(0)
        expect(held.length).toBeLessThanOrEqual(255)
      }),
    )
    expect(targetName('\x80'.repeat(300), 'linux')).toHaveLength(252)
  })
})
