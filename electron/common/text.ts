import { IntlMessageFormat } from 'intl-messageformat'
import en from '#locales/en.json' with { type: 'json' }

/** Every sentence of the product has a key; `//key` entries are notes for translators. */
export type TextKey = Exclude<keyof typeof en, `//${string}`>

export type TextValues = Readonly<Record<string, string | number | Date>>

export type Text = (key: TextKey, values?: TextValues) => string

/** A sentence in pieces, in order, for values that are more than text: a name in bold, a link. */
export type TextParts = <T>(
  key: TextKey,
  values: Readonly<Record<string, string | number | Date | T>>,
) => readonly (string | T)[]

/**
 * The sentences of one language, formatted by ICU rules (https://unicode-org.github.io/icu/userguide/format_parse/messages).
 * Used by window, menus and notifications alike. Formats are compiled when first used and kept.
 *
 * @param always - values that every sentence may use, such as the system it is said on
 */
export function text(locale: string, always: TextValues = {}): Text {
  const message = messages(locale)
  return (key, values) => String(message(key).format({ ...always, ...values }))
}

export function textParts(locale: string): TextParts {
  const message = messages(locale)
  return <T>(key: TextKey, values: Readonly<Record<string, string | number | Date | T>>) =>
    message(key)
      .formatToParts<T>(values)
      .map(({ value }) => value)
}

/**
 * The language of the sentences with the customs of the person's region: `en-DE` for `de` or `de-DE`, `en-US` for
 * `en-US`. All formatting follows it, so that no date stands in another language than its sentence.
 */
export function spokenLocale(locale: string): string {
  const wanted = new Intl.Locale(locale)
  if (wanted.language === 'en') return locale
  const { region } = wanted.maximize()
  return region ? `en-${region}` : 'en'
}

function messages(locale: string): (key: TextKey) => IntlMessageFormat {
  const spoken = spokenLocale(locale)
  const compiled = new Map<TextKey, IntlMessageFormat>()
  return (key) => {
    let message = compiled.get(key)
    if (!message) {
      message = new IntlMessageFormat(en[key], spoken, undefined, { ignoreTag: true })
      compiled.set(key, message)
    }
    return message
  }
}
