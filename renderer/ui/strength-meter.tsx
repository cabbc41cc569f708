import type { Strength } from '#common/engine-contract.ts'
import { useText } from '../i18n.tsx'
import { strengthWords } from '../words/strength-words.ts'
import { StateGlyph } from './state-glyph.tsx'
import styles from './strength-meter.module.css'

const GLYPHS = { short: 'none', easy: 'needs', strong: 'safe' } as const

/** How hard a password is to guess: a bar of four, a glyph and words. Its place is kept while nothing is judged. */
export function StrengthMeter({ strength }: Readonly<{ strength: Strength | null }>) {
  const t = useText()
  const words = strength && strengthWords(t, strength)
  return (
    <div className={styles.meter} data-tone={words?.tone}>
      <div className={styles.bars} aria-hidden>
        {[1, 2, 3, 4].map((bar) => (
          <span key={bar} data-on={(words && bar <= words.bars) || undefined} />
        ))}
      </div>
      <output className={styles.words} aria-label={t('strength.label')}>
        {words && (
          <>
            <StateGlyph tone={GLYPHS[words.tone]} size={14} />
            <span>
              <b>{words.title}</b> {words.reason}
            </span>
          </>
        )}
      </output>
    </div>
  )
}
