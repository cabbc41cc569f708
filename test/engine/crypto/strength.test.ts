import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { assertStrong, ratePassword } from '#engine/crypto/strength.ts'
import { suggestWords } from '#engine/crypto/suggest-words.ts'

const NOBODY: readonly string[] = []

describe('T25: a password that could be guessed offline is refused by the engine', () => {
  it.each([
    ['abc123', 'short', 'too-short'],
    ['hello1', 'short', 'too-short'],
    ['', 'short', 'too-short'],
    ['xK9$mPq2!', 'short', 'too-short'],
    ['😀😁😂🤣😃😄😅😆😉', 'short', 'too-short'], // 9 code points, 18 units
    ['password123', 'easy', 'common'],
    ['1234567890', 'easy', 'common'],
    ['whatsapp2026', 'easy', 'word'],
    ['keepsake-backup', 'easy', 'word'],
    ['photosynthesis', 'easy', 'word'],
    ['Ph0t0synthesis', 'easy', 'word'],
    ['mother elephant', 'easy', 'word'],
    ['aaaaaaaaaaaaaaaa', 'easy', 'repeats'],
    ['xyzxyzxyzxyzxyz', 'easy', 'repeats'],
    ['abcdefghijklmnop', 'easy', 'repeats'],
    ['1990-12-24 1990', 'easy', 'date'],
    ['13.05.1987', 'easy', 'date'],
  ])('%s', async (password, level, reason) => {
    expect(await ratePassword(password, NOBODY)).toMatchObject({ accepted: false, level, reason })
  })

  it('names the word that it consists of', async () => {
    expect(await ratePassword('elephant2019', NOBODY)).toMatchObject({ reason: 'word', word: 'elephant' })
  })

  it('refuses phrases that everybody knows, however they are typed', async () => {
    for (const phrase of [
      'correct horse battery staple',
      'correcthorsebatterystaple',
      'Correct-Horse-Battery-Staple',
      'correct horse battery staple1',
      'Tr0ub4dor&3',
      'to be or not to be',
      'MayTheForceBeWithYou!',
    ]) {
      expect(await ratePassword(phrase, NOBODY), phrase).toMatchObject({ accepted: false, reason: 'common' })
    }
  })

  it('takes the names of this computer and its user as known', async () => {
    const name = 'zvonimira-kqx'
    expect((await ratePassword(`${name}-2`, NOBODY)).accepted).toBe(true)
    expect(await ratePassword(`${name}-2`, [name])).toMatchObject({ accepted: false, reason: 'word', word: name })
    expect((await ratePassword(`${hostname()} 7`)).accepted).toBe(false)
  })

  it('tells what cannot be a password at all', async () => {
    for (const illegal of [
      'tulip\torbit gravel',
      'tulip orbit gravel\u0000',
      'tulip orbit \ud800',
      '\u0378'.repeat(12),
    ]) {
      expect(await ratePassword(illegal)).toEqual({ accepted: false, level: 'easy', reason: 'illegal', word: null })
    }
    expect((await ratePassword('ü'.repeat(513))).reason).toBe('illegal') // 1,026 bytes
  })

  it('throws secret-weak with the reason and nothing of the password', async () => {
    const error = await assertStrong('elephant2019').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'secret-weak', facts: { reason: 'word' } })
    expect(JSON.stringify(error)).not.toContain('elephant')
  })
})

describe('a password that holds', () => {
  it.each([
    ['kzqvwpmxjt', 'strong'],
    ['mother elephant gr7', 'very-strong'],
    ['tulip orbit gravel', 'very-strong'],
    ['Grüße tulip orbit', 'very-strong'],
    ['wool rinse glider onyx casket feel', 'very-strong'],
  ])('%s', async (password, level) => {
    expect(await ratePassword(password, NOBODY)).toEqual({ accepted: true, level, reason: null, word: null })
    await expect(assertStrong(password)).resolves.toBeUndefined()
  })

  it('is judged alike in both spellings of an accent', async () => {
    const password = 'Grüße tüp'
    expect(await ratePassword(password.normalize('NFD'), NOBODY)).toEqual(await ratePassword(password, NOBODY))
    expect((await ratePassword(password.normalize('NFD'), NOBODY)).reason).toBe('too-short')
  })

  it('is judged by its first 128 characters, so that judging takes no long time', async () => {
    const dull = 'ab'.repeat(64)
    expect(await ratePassword(`${dull} tulip orbit gravel wool rinse`, NOBODY)).toEqual(
      await ratePassword(dull, NOBODY),
    )
    expect((await ratePassword(dull, NOBODY)).accepted).toBe(false)
  })
})

describe('six suggested words', () => {
  it('are six words of the list, and make a very strong password every time', async () => {
    for (let i = 0; i < 50; i++) {
      const words = await suggestWords()
      expect(words).toMatch(/^[a-z-]{3,9}( [a-z-]{3,9}){5}$/)
      expect(await ratePassword(words, NOBODY), words).toMatchObject({ level: 'very-strong' })
    }
  })

  it('come from all of the list', async () => {
    const { default: list } = await import('#wordlist/eff-large.json', { with: { type: 'json' } })
    expect(new Set(list).size).toBe(6 ** 5)
    const seen = new Set<string>()
    for (let i = 0; i < 3_000; i++) for (const word of (await suggestWords()).split(' ')) seen.add(word)
    // 18,000 draws of 7,776 leave each word out with probability e^-2.31: 7,006 are expected, 25 is one deviation.
    expect(seen.size).toBeGreaterThan(6_800)
    for (const word of seen) expect(list).toContain(word)
  })
})
