import { type KeyboardEvent, useId, useRef } from 'react'
import { Button, useLocale } from 'react-aria-components'
import { useFormat, useText } from '../i18n.tsx'
import { dateKey } from '../words/day-strip.ts'
import {
  firstWeekdayOf,
  isSameMonth,
  type Month,
  monthLater,
  monthOf,
  moveDay,
  startOf,
  weeksOf,
} from '../words/month.ts'
import { cx } from './class-names.ts'
import { Icon } from './icon.tsx'
import styles from './month-grid.module.css'

type Props = Readonly<{
  /** The chosen day, any moment of it. */
  selectedMs: number
  shown: Month
  onSelect: (ms: number) => void
  /** How many there are on a day (YYYY-MM-DD). */
  countOn: (day: string) => number
  /** The first and the last month that can be turned to. */
  first: Month
  last: Month
  onTurn: (month: Month) => void
}>

/** A month in which days with something carry a small bubble. Every day can be reached and says what it holds. */
export function MonthGrid({ selectedMs, shown, onSelect, countOn, first, last, onTurn }: Props) {
  const t = useText()
  const format = useFormat()
  const { locale, direction } = useLocale()
  const titleId = useId()
  const grid = useRef<HTMLTableElement>(null)
  const firstWeekday = firstWeekdayOf(locale)
  const weeks = weeksOf(shown, firstWeekday)
  const selected = dateKey(selectedMs)
  const reachable = isSameMonth(monthOf(selectedMs), shown) ? selectedMs : startOf(shown)

  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moveDay(reachable, event.key, firstWeekday, direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight')
    if (next === null) return
    event.preventDefault()
    onSelect(next)
    // The day is drawn by then, in whichever month it is.
    requestAnimationFrame(() => focusDay(grid.current, dateKey(next)))
  }
  const turn = (months: number): void => onTurn(monthOf(monthLater(startOf(shown), months)))

  return (
    <div className={styles.month}>
      <div className={styles.head}>
        <p id={titleId} className={styles.title} aria-live="polite">
          {format.monthOfYear(startOf(shown))}
        </p>
        <Button
          className={cx(styles.turn)}
          aria-label={t('day.before')}
          isDisabled={startOf(shown) <= startOf(first)}
          onPress={() => turn(-1)}
        >
          <Icon name="back" size={16} mirrors />
        </Button>
        <Button
          className={cx(styles.turn)}
          aria-label={t('day.after')}
          isDisabled={startOf(shown) >= startOf(last)}
          onPress={() => turn(1)}
        >
          <Icon name="chevron" size={16} mirrors />
        </Button>
      </div>
      <table ref={grid} className={styles.grid} aria-labelledby={titleId}>
        <thead>
          <tr>
            {weeks[0]?.map((ms) => (
              <th key={ms} scope="col" abbr={format.weekday(ms, 'long')} className={styles.weekday}>
                {format.weekday(ms, 'narrow')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((days) => (
            <tr key={days[0]}>
              {days.map((ms) => {
                const day = dateKey(ms)
                const count = countOn(day)
                return (
                  <td key={ms} className={styles.cell}>
                    <button
                      type="button"
                      className={styles.day}
                      tabIndex={day === dateKey(reachable) ? 0 : -1}
                      aria-label={t('day.cell', { day: format.date(ms), n: count })}
                      data-day={day}
                      data-selected={day === selected || undefined}
                      data-has={count > 0 || undefined}
                      data-outside={!isSameMonth(monthOf(ms), shown) || undefined}
                      aria-pressed={day === selected}
                      onClick={() => onSelect(ms)}
                      onKeyDown={onKeyDown}
                    >
                      {format.dayNumber(ms)}
                      {count > 0 && (
                        <svg width="10" height="9" viewBox="0 0 10 9" aria-hidden>
                          <path d="M2.500 0h5A2.500 2.500 0 0 1 10 2.500v2A2.500 2.500 0 0 1 7.500 7H4.800L2.600 8.900V7h-.1A2.500 2.500 0 0 1 0 4.500v-2A2.500 2.500 0 0 1 2.500 0Z" />
                        </svg>
                      )}
                    </button>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function focusDay(grid: HTMLElement | null, day: string): void {
  grid?.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus()
}
