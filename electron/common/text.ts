import { IntlMessageFormat } from 'intl-messageformat'
import en from '#locales/en.json' with { type: 'json' }

/** Every sentence of the product has a key; `//key` entries are notes for translators. */
export type TextKey = Exclude<keyof typeof en, `//${string}`>

export type TextValues = Readonly<Record<string, string | number | Date>>

export type Text = (key: TextKey, values?: TextValues) => string

/**
 * The sentences of one language, formatted by ICU rules (https://unicode-org.github.io/icu/userguide/format_parse/messages).
 * Used by window, menus and notifications alike. Formats are compiled when first used and kept.
 */
export function text(locale: string): Text {
  const compiled = new Map<TextKey, IntlMessageFormat>()
  return (key, values) => {
    let message = compiled.get(key)
    if (!message) {
      message = new IntlMessageFormat(en[key], locale, undefined, { ignoreTag: true })
      compiled.set(key, message)
    }
    return String(message.format(values))
  }
}
