import type { Strength } from '#common/engine-contract.ts'
import type { Text } from '#common/text.ts'

/** How a judged password is shown: bars from 1 to 4, a glyph, a fact and what lies behind it. */
export type StrengthWords = Readonly<{
  bars: 1 | 2 | 3 | 4
  tone: 'short' | 'easy' | 'strong'
  title: string
  reason: string | null
}>

export function strengthWords(t: Text, { level, reason, word }: Strength): StrengthWords {
  switch (level) {
    case 'short':
      return { bars: 1, tone: 'short', title: t('strength.short'), reason: t('strength.reason.too-short') }
    case 'easy': {
      const why = reason && reason !== 'too-short' ? t(`strength.reason.${reason}`, { word: word ?? '' }) : null
      return { bars: 2, tone: 'easy', title: t('strength.easy'), reason: why }
    }
    case 'strong':
      return { bars: 3, tone: 'strong', title: t('strength.strong'), reason: t('strength.longer') }
    case 'very-strong':
      return { bars: 4, tone: 'strong', title: t('strength.veryStrong'), reason: null }
  }
}
