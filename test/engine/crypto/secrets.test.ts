import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { derivePasswordKey, isWithinKdfBounds, KDF_POLICY, kdfPolicyFor } from '#engine/crypto/kdf.ts'
import { formatKey64, generateKey64, parseKey64 } from '#engine/crypto/key64.ts'
import { isSettable, MAX_PASSWORD_BYTES, preparePassword } from '#engine/crypto/password.ts'
import { SecretBuffer } from '#engine/crypto/secret-buffer.ts'
import { randomBelow } from '#engine/crypto/sodium.ts'
import { toHex } from '#engine/encoding/hex.ts'

const GIB = 2 ** 30
const utf8 = (text: string) => new Uint8Array(Buffer.from(text))

describe('T23: a typed password as bytes', () => {
  it('is the same for every spelling of one text', () => {
    const expected = utf8('Grüße aus Łódź 😀')
    expect(preparePassword('Grüße aus Łódź 😀')).toEqual(expected)
    expect(preparePassword('Grüße aus Łódź 😀'.normalize('NFD'))).toEqual(expected)
    expect(preparePassword('Grüße\u00a0aus\u2003Łódź\u3000😀')).toEqual(expected)
  })

  it('keeps case, width, and spaces at either end', () => {
    expect(preparePassword('  Aa ａ ')).toEqual(utf8('  Aa ａ '))
    expect(preparePassword('ﬁ')).toEqual(utf8('ﬁ'))
    expect(preparePassword('👩‍👧 family')).toEqual(utf8('👩‍👧 family'))
  })

  it.each([
    ['empty', ''],
    ['a control character', 'tulip\torbit'],
    ['NUL', 'tulip\u0000orbit'],
    ['a line break', 'tulip\norbit'],
    ['a lone surrogate', 'tulip \ud83d orbit'],
    ['1,025 bytes', 'a'.repeat(MAX_PASSWORD_BYTES + 1)],
    ['a megabyte', 'ü'.repeat(2 ** 20)],
  ])('refuses %s', (_name, text) => {
    expect(preparePassword(text)).toBeNull()
    expect(isSettable(text)).toBe(false)
  })

  it('takes 1,024 bytes', () => {
    expect(preparePassword('ü'.repeat(512))).toHaveLength(1024)
    expect(preparePassword('ü'.repeat(512).normalize('NFD'))).toHaveLength(1024)
  })

  it('does not let unassigned code points be set, whose normal form could still change', () => {
    expect(isSettable('tulip \u0378')).toBe(false)
    expect(preparePassword('tulip \u0378')).not.toBeNull() // opening asks less than setting
    expect(isSettable('tulip 😀')).toBe(true)
  })

  it('is stable: preparing what was prepared changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const once = preparePassword(text)
        if (!once) return
        expect(preparePassword(Buffer.from(once).toString('utf8'))).toEqual(once)
        expect(preparePassword(text.normalize('NFD'))).toEqual(once)
      }),
    )
  })
})

describe('T24: a 64-digit key however it was copied', () => {
  const hex = '0123456789abcdef'.repeat(4)
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

  it.each([
    ['plain', hex],
    ['in groups', formatKey64(hex)],
    ['in capitals', hex.toUpperCase()],
    ['with line breaks and a byte order mark', `\ufeff${formatKey64(hex).replaceAll(' ', '\r\n')}\r\n`],
    ['with dashes and colons', hex.replace(/(.{8})/g, '$1–').replace(/(.{9})/g, '$1:')],
    ['full-width', hex.replace(/./g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))],
    ['with zero-width spaces and soft hyphens', hex.replace(/(.{4})/g, '$1\u200b\u00ad')],
    ['with O for 0 and l and I for 1', hex.replaceAll('0', 'O').replace('1', 'l').replaceAll('1', 'I')],
  ])('%s', (_name, text) => {
    expect(parseKey64(text)).toEqual(bytes)
  })

  it.each([
    ['63 digits', hex.slice(1), { reason: 'length', digits: 63 }],
    ['65 digits', `${hex}0`, { reason: 'length', digits: 65 }],
    ['nothing', '', { reason: 'length', digits: 0 }],
    ['a letter that is no digit', `${hex.slice(0, 63)}g`, { reason: 'letter', letter: 'g' }],
    ['an emoji', `😀${hex}`, { reason: 'letter', letter: '😀' }],
    ['half an emoji', `\ud83d${hex}`, { reason: 'letter', letter: '\ufffd' }],
    ['some other file', 'a'.repeat(100_000), { reason: 'length', digits: 100_000 }],
  ])('%s is refused with the exact reason', (_name, text, facts) => {
    expect(() => parseKey64(text)).toThrow(new BackupError('key-malformed', facts))
    try {
      parseKey64(text)
    } catch (error) {
      expect((error as BackupError).facts).toEqual(facts)
    }
  })

  it('comes back from its groups, for any key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(formatKey64(toHex(key))).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/)
        expect(parseKey64(formatKey64(toHex(key)))).toEqual(key)
      }),
    )
  })

  it('is generated as 64 lower-case digits, never twice', () => {
    const keys = new Set(Array.from({ length: 500 }, generateKey64))
    expect(keys.size).toBe(500)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('T18: what a slot may ask of this computer', () => {
  it.each([
    ['4 TiB', { ops: 3, memKiB: 2 ** 32 }],
    ['just above 1 GiB', { ops: 3, memKiB: 1024 * 1024 + 1 }],
    ['8 KiB', { ops: 3, memKiB: 8 }],
    ['below 64 MiB', { ops: 3, memKiB: 64 * 1024 - 1 }],
    ['2^32 - 1 passes', { ops: 2 ** 32 - 1, memKiB: 65_536 }],
    ['13 passes', { ops: 13, memKiB: 65_536 }],
    ['one pass', { ops: 1, memKiB: 65_536 }],
    ['no pass', { ops: 0, memKiB: 65_536 }],
    ['negative', { ops: -3, memKiB: 65_536 }],
    ['a fraction', { ops: 2.5, memKiB: 65_536 }],
    ['not a number', { ops: 3, memKiB: Number.NaN }],
    ['infinite', { ops: 3, memKiB: Number.POSITIVE_INFINITY }],
    ['text', { ops: '3' as unknown as number, memKiB: 65_536 }],
  ])('%s is refused before anything is allocated', async (_name, settings) => {
    const before = process.memoryUsage().rss
    await expect(derivePasswordKey(utf8('x'), settings, new Uint8Array(16))).rejects.toMatchObject({
      code: 'key-settings',
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20)
  })

  it('a salt of another length is refused', async () => {
    const derived = derivePasswordKey(utf8('x'), { ops: 2, memKiB: 65_536 }, new Uint8Array(15))
    await expect(derived).rejects.toMatchObject({ code: 'key-settings' })
  })

  it('the borders are taken, and what new slots ask for lies within them', () => {
    expect(isWithinKdfBounds({ ops: 2, memKiB: 65_536 })).toBe(true)
    expect(isWithinKdfBounds({ ops: 12, memKiB: 1024 * 1024 })).toBe(true)
    expect(isWithinKdfBounds(KDF_POLICY)).toBe(true)
    expect(kdfPolicyFor(16 * GIB)).toEqual({ ops: 3, memKiB: 262_144 })
    expect(kdfPolicyFor(4 * GIB)).toEqual({ ops: 3, memKiB: 262_144 })
    expect(kdfPolicyFor(4 * GIB - 1)).toEqual({ ops: 2, memKiB: 131_072 })
  })
})

describe('a secret that ends', () => {
  it('is overwritten and cannot be used afterwards', () => {
    const secret = SecretBuffer.from(Uint8Array.of(1, 2, 3))
    const { bytes } = secret
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
    secret[Symbol.dispose]()
    secret[Symbol.dispose]()
    expect(bytes).toEqual(new Uint8Array(3))
    expect(() => secret.bytes).toThrow('after its end')
    expect(secret.isDisposed).toBe(true)
  })

  it('shares its memory with nothing, and wipes where it came from when asked', () => {
    const source = Uint8Array.of(7, 8, 9)
    using secret = SecretBuffer.from(source, { wipeSource: true })
    expect(source).toEqual(new Uint8Array(3))
    expect(secret.bytes).toEqual(Uint8Array.of(7, 8, 9))
    expect(secret.bytes.buffer.byteLength).toBe(3)
    expect(new SecretBuffer(0).bytes).toHaveLength(0)
  })
})

describe('random numbers below a bound', () => {
  it('reach every value, and none more often than chance explains', () => {
    const counts = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < 12_000; i++) {
      const drawn = randomBelow(6)
      counts[drawn] = (counts[drawn] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(300) // 7 deviations
    expect(randomBelow(1)).toBe(0)
    expect(randomBelow(2 ** 32)).toBeLessThan(2 ** 32)
    for (const bad of [0, -1, 1.5, 2 ** 32 + 1]) expect(() => randomBelow(bad)).toThrow(RangeError)
  })
})
