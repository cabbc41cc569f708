import { FREQUENCIES, PAUSES, type Rule } from '#common/background.ts'
import { useBackground } from '../../background.ts'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Crumb } from '../../ui/crumb.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { Select } from '../../ui/select.tsx'
import { hourWords, weekdayWords } from '../../words/schedule-words.ts'
import styles from '../stack.module.css'
import { StartAtSignIn } from './start-at-sign-in.tsx'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

/** How often backups run by themselves, a pause from it, and whether the app is there to run them. */
export function SchedulePage({ onBack }: Readonly<{ onBack: () => void }>) {
  const t = useText()
  const background = useBackground()
  return (
    <Page
      crumb={<Crumb text={t('rail.settings')} onBack={onBack} />}
      title={t('schedule.heading')}
      lead={t('schedule.lead')}
      onBack={onBack}
    >
      <div className={styles.stack}>
        {background && <HowOften rule={background.settings.rule} />}
        <StartAtSignIn />
        {background && <Pausing untilMs={background.pausedUntilMs} />}
      </div>
    </Page>
  )
}

function HowOften({ rule }: Readonly<{ rule: Rule }>) {
  const t = useText()
  const format = useFormat()
  const change = useDeed(bridge.background.change)
  const hints = {
    daily: t('schedule.daily.hint'),
    weekly: t('schedule.weekly.hint', { day: weekdayWords(format, rule.weekday) }),
    monthly: t('schedule.monthly.hint', { day: rule.monthDay }),
    manual: t('schedule.manual.hint'),
  }
  return (
    <>
      <ProblemBanner problem={change.problem} />
      <RadioCards
        label={t('schedule.heading')}
        value={rule.frequency}
        onChange={(frequency) => change.run({ frequency })}
        choices={FREQUENCIES.map((id) => ({ id, title: t(`schedule.${id}`), hint: hints[id] }))}
      />
      {rule.frequency !== 'manual' && (
        <Select
          label={t('schedule.hour')}
          choices={HOURS.map((hour) => ({ id: String(hour), name: hourWords(format, hour) }))}
          value={String(rule.hour)}
          onChange={(hour) => change.run({ hour: Number(hour) })}
        />
      )}
    </>
  )
}

function Pausing({ untilMs }: Readonly<{ untilMs: number | null }>) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const pause = useDeed(bridge.background.pause)
  const resume = useDeed(bridge.background.resume)
  return (
    <section className={styles.stack} aria-labelledby="pausing">
      <h2 id="pausing" className={styles.heading}>
        {t('tray.pause')}
      </h2>
      <ProblemBanner problem={pause.problem ?? resume.problem} />
      {untilMs !== null && untilMs > nowMs ? (
        <Banner tone="info" action={<Button onPress={() => resume.run()}>{t('tray.resume')}</Button>}>
          {t('tray.paused', { when: format.when(untilMs, nowMs) })}
        </Banner>
      ) : (
        <div className={styles.buttons}>
          {PAUSES.map((one) => (
            <Button key={one} onPress={() => pause.run({ pause: one })} isPending={pause.isPending}>
              {t(`tray.pause.${one}`)}
            </Button>
          ))}
        </div>
      )}
    </section>
  )
}
