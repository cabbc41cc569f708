import type { Keep, Rule } from '#common/background.ts'
import type { Formats } from '#common/formats.ts'
import type { Text } from '#common/text.ts'

/** An hour of the day as the region writes it: "02:00". */
export const hourWords = (format: Formats, hour: number): string => format.time(new Date(2026, 0, 4, hour).getTime())

/** "Every day at 02:00" */
export function ruleWords(t: Text, format: Formats, { frequency, hour }: Rule): string {
  return frequency === 'manual'
    ? t('schedule.manual')
    : t('schedule.at', { what: t(`schedule.${frequency}`), time: hourWords(format, hour) })
}

/** Sunday 4 January 2026 and the days after it stand for the days of the week. */
export const weekdayWords = (format: Formats, weekday: number): string =>
  format.weekday(new Date(2026, 0, 4 + weekday, 12).getTime(), 'long')

/** "7 days, 4 weeks, 12 months" */
export function keepWords(t: Text, format: Formats, { daily, weekly, monthly }: Keep): string {
  const parts = [
    t('keep.days', { n: daily }),
    ...(weekly > 0 ? [t('keep.weeks', { n: weekly })] : []),
    ...(monthly > 0 ? [t('keep.months', { n: monthly })] : []),
  ]
  return format.list(parts)
}
