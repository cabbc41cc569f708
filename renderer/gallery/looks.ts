/** How a screen is looked at: what a person's system would say, and in which language. */
export type Look = Readonly<{
  platform: 'win32' | 'darwin'
  theme: 'light' | 'dark'
  /** BCP 47; `en-XA` is English stretched and accented, to find text that is cut or not from the catalogue. */
  locale: string
}>

export const PLAIN: Look = { platform: 'win32', theme: 'light', locale: 'en-GB' }

export function applyLook({ platform, theme }: Look): void {
  const { dataset } = document.documentElement
  dataset['platform'] = platform
  dataset['theme'] = theme
}

/** Reads a look from an address such as `?platform=darwin&theme=dark`; what is missing is plain. */
export function lookFrom(query: URLSearchParams): Look {
  return {
    platform: query.get('platform') === 'darwin' ? 'darwin' : 'win32',
    theme: query.get('theme') === 'dark' ? 'dark' : 'light',
    locale: query.get('locale') ?? PLAIN.locale,
  }
}
