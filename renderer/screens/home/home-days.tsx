import { useBackground } from '../../background.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Card } from '../../ui/card.tsx'
import { DayStrip } from '../../ui/day-strip.tsx'
import { daysWithout, stripDays } from '../../words/day-strip.ts'
import type { StateOf } from '../state-of.ts'
import styles from './home-days.module.css'

type Props = Readonly<{ state: StateOf<'on'> | StateOf<'backing-up'>; nowMs: number }>

/** The last two weeks at a glance. */
export function HomeDays({ state, nowMs }: Props) {
  const t = useText()
  const format = useFormat()
  const background = useBackground()
  const { sinceMs, backupDays, lastBackup } = state
  const isRunning = state.kind === 'backing-up'
  const days = stripDays({ nowMs, sinceMs, backupDays, isRunning })
  const without = daysWithout(days)
  const aside =
    isRunning && lastBackup
      ? t('home.days.last', { when: format.when(lastBackup.takenAtMs, nowMs) })
      : !isRunning && without > 1
        ? t('home.days.without', { n: without })
        : !isRunning && background?.waiting
          ? t(`wait.${background.waiting}`)
          : !isRunning && background && background.nextBackupMs !== null
            ? t('tray.next', { next: format.when(background.nextBackupMs, nowMs) })
            : null
  return (
    <Card>
      <section className={styles.days} aria-labelledby="home-days">
        <div className={styles.top}>
          <h2 id="home-days" className={styles.title}>
            {t('home.days')}
          </h2>
          {aside && <p className={styles.aside}>{aside}</p>}
        </div>
        <DayStrip days={days} />
      </section>
    </Card>
  )
}
