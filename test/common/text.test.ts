import { readdirSync, readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '#common/errors.ts'
import { spokenLocale, text, textParts } from '#common/text.ts'

const FOLDER = new URL('../../resources/locales/', import.meta.url)

const LOCALES = readdirSync(FOLDER).map((name) => {
  const sentences = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Record<string, string>
  return { name, sentences, keys: Object.keys(sentences).filter((key) => !key.startsWith('//')) }
})

describe.each(LOCALES)('the sentences of $name', ({ name, sentences, keys }) => {
  it.each(ERROR_CODES)('say of %s what happened, what is safe and what to do', (code) => {
    for (const part of ['title', 'body', 'action']) {
      expect(sentences[`error.${code}.${part}`], `error.${code}.${part}`).toBeTypeOf('string')
    }
    // A cancel is no failure, and being offline is only a line on home: neither has a title.
    if (code !== 'cancelled' && code !== 'offline') expect(sentences[`error.${code}.title`]).not.toBe('')
  })

  it('name no failure that cannot happen', () => {
    const codes = keys.filter((key) => key.startsWith('error.')).map((key) => String(key.split('.')[1]))
    expect([...new Set(codes)].toSorted()).toEqual(ERROR_CODES.toSorted())
  })

  it('can all be read as ICU messages', () => {
    const locale = name.replace('.json', '')
    for (const key of keys) {
      expect(
        () => new IntlMessageFormat(sentences[key] ?? '', locale, undefined, { ignoreTag: true }),
        key,
      ).not.toThrow()
    }
  })

  it('have a note for translators each, and there is no note without a sentence', () => {
    for (const key of keys) expect(sentences[`//${key}`], key).toMatch(/\S/)
    const notes = Object.keys(sentences).filter((key) => key.startsWith('//'))
    expect(notes.map((key) => key.slice(2)).toSorted()).toEqual(keys.toSorted())
  })

  it('use the same keys as every other language', () => {
    expect(keys.toSorted()).toEqual(LOCALES[0]?.keys.toSorted())
  })
})

describe('a sentence', () => {
  const t = text('en')

  it('takes its values', () => {
    expect(t('dialog.stopped', { code: '0123abcd' })).toBe(
      'Keepsake had to stop. Your backups are not affected. Support code: 0123abcd',
    )
  })

  it('shows a value as it is, whatever stands in it', () => {
    for (const code of ['<b>x</b>', '{other}', "it's", '\u202e']) expect(t('dialog.stopped', { code })).toContain(code)
  })

  it('is not said with a value missing', () => {
    expect(() => t('dialog.stopped')).toThrow('code')
  })

  it('comes in pieces where a value is more than text', () => {
    const bold = { bold: '0123abcd' }
    expect(textParts('en')('dialog.stopped', { code: bold })).toEqual([
      'Keepsake had to stop. Your backups are not affected. Support code: ',
      bold,
    ])
  })
})

it.each([
  ['en-US', 'en-US'],
  ['en-GB', 'en-GB'],
  ['de', 'en-DE'],
  ['de-CH', 'en-CH'],
  ['ar-EG', 'en-EG'],
  ['pt-BR', 'en-BR'],
])('for %s, sentences and numbers follow %s', (locale, spoken) => {
  expect(spokenLocale(locale)).toBe(spoken)
})
