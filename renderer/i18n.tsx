import { createContext, Fragment, isValidElement, type ReactNode, useContext, useMemo } from 'react'
import { I18nProvider } from 'react-aria-components'
import { type Formats, formats } from '#common/formats.ts'
import type { AppInfo } from '#common/ipc-contract.ts'
import {
  spokenLocale,
  type Text,
  type TextKey,
  type TextParts,
  type TextValues,
  text,
  textParts,
} from '#common/text.ts'

type Language = Readonly<{ t: Text; parts: TextParts; format: Formats }>

const LanguageContext = createContext<Language | null>(null)

/** Gives every screen its sentences, and its numbers, dates and sizes as the person's region writes them. */
export function LanguageProvider({ info, children }: Readonly<{ info: AppInfo; children: ReactNode }>) {
  const locale = spokenLocale(info.locale)
  const language = useMemo((): Language => {
    const [say, parts, os] = [text(locale), textParts(locale), info.platform]
    return {
      t: (key, values) => say(key, { os, ...values }),
      parts: (key, values) => parts(key, { os, ...values }),
      format: formats(locale),
    }
  }, [locale, info.platform])
  return (
    <I18nProvider locale={locale}>
      <LanguageContext value={language}>{children}</LanguageContext>
    </I18nProvider>
  )
}

function useLanguage(): Language {
  const language = useContext(LanguageContext)
  if (!language) throw new Error('no LanguageProvider')
  return language
}

/** The sentences. `{os}` (win32, darwin or linux) is always known to them. */
export function useText(): Text {
  return useLanguage().t
}

export function useFormat(): Formats {
  return useLanguage().format
}

type SayProps = Readonly<{
  id: TextKey
  values: Readonly<Record<string, ReactNode>>
  /** Values that the sentence only chooses by. */
  choices?: TextValues
}>

/**
 * A sentence with names, times or elements in it. Names are isolated, so that a right-to-left name does not turn the
 * sentence around.
 */
export function Say({ id, values, choices = {} }: SayProps) {
  const { parts } = useLanguage()
  const isolated = Object.entries(values).map(([name, value]) => [name, isolate(value)] as const)
  const pieces = parts<ReactNode>(id, {
    ...choices,
    ...(Object.fromEntries(isolated) as Record<string, ReactNode & {}>),
  })
  // The pieces of one sentence never change places among themselves.
  return pieces.map((piece, at) => <Fragment key={String(at)}>{piece}</Fragment>)
}

const isolate = (value: ReactNode): ReactNode =>
  typeof value === 'string' ? <bdi>{value}</bdi> : isValidElement(value) ? <bdi>{value}</bdi> : value
