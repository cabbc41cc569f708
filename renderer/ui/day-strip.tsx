import { useFormat, useText } from '../i18n.tsx'
import type { StripDay } from '../words/day-strip.ts'
import styles from './day-strip.module.css'

/** Small bubbles, one a day: filled with a tick, outlined with an arrow while it runs, dashed when there was none. */
export function DayStrip({ days }: Readonly<{ days: readonly StripDay[] }>) {
  const format = useFormat()
  const spoken = useSpoken(days)
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a picture made of parts, which an img cannot hold
    <div className={styles.strip} role="img" aria-label={spoken}>
      {days.map(({ ms, state, isToday }) => (
        <span key={ms} className={styles.day} data-today={isToday || undefined}>
          <svg width="24" height="20" viewBox="0 0 24 20" className={styles.bubble} data-state={state}>
            {state === 'before' ? (
              <circle cx="12" cy="9" r="1.500" />
            ) : (
              <path d="M6 1h12a4.500 4.500 0 0 1 4.500 4.500v5A4.500 4.500 0 0 1 18 15h-6.500l-3.700 3.300a.5.500 0 0 1-.8-.4V15H6a4.500 4.500 0 0 1-4.500-4.500v-5A4.500 4.500 0 0 1 6 1Z" />
            )}
            {state === 'backed-up' && <path d="m8.300 8.300 2.700 2.700 5-5.400" className={styles.glyph} />}
            {state === 'running' && <path d="M12 11.500v-7M9 7.300l3-2.900 3 2.900" className={styles.glyph} />}
          </svg>
          <span className={styles.number}>{format.dayNumber(ms)}</span>
        </span>
      ))}
    </div>
  )
}

function useSpoken(days: readonly StripDay[]): string {
  const t = useText()
  const format = useFormat()
  const counted = days.filter(({ state }) => state !== 'before')
  const backedUp = counted.filter(({ state }) => state === 'backed-up').length
  const without = counted.filter(({ state }) => state === 'none').map(({ ms }) => format.dayOfMonth(ms))
  const sentences = [t('home.days.spoken', { n: backedUp, total: counted.length })]
  if (without.length > 0) sentences.push(t('home.days.none', { days: format.list(without) }))
  if (days.some(({ state }) => state === 'running')) sentences.push(t('home.days.runs'))
  return sentences.join(' ')
}
