import type { Keep, Storage } from '#common/background.ts'
import { useBackground } from '../../background.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Crumb } from '../../ui/crumb.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { keepWords } from '../../words/schedule-words.ts'
import styles from '../stack.module.css'

/** From long to short. The second is what everybody begins with. */
const CHOICES = {
  long: { daily: 30, weekly: 12, monthly: 24 },
  usual: { daily: 7, weekly: 4, monthly: 12 },
  short: { daily: 7, weekly: 4, monthly: 3 },
  shortest: { daily: 7, weekly: 1, monthly: 0 },
} as const satisfies Record<string, Keep>
type Choice = keyof typeof CHOICES

const isSame = (a: Keep, b: Keep): boolean => a.daily === b.daily && a.weekly === b.weekly && a.monthly === b.monthly

/** How far back one can go, and what that takes. */
export function KeepPage({ onBack }: Readonly<{ onBack: () => void }>) {
  const t = useText()
  const format = useFormat()
  const background = useBackground()
  const change = useDeed(bridge.background.change)
  const ids = Object.keys(CHOICES) as readonly Choice[]
  const keep = background?.settings.keep
  return (
    <Page
      crumb={<Crumb text={t('rail.settings')} onBack={onBack} />}
      title={t('keep.title')}
      lead={t('keep.lead')}
      onBack={onBack}
    >
      <div className={styles.stack}>
        <ProblemBanner problem={change.problem} />
        {keep && (
          <RadioCards
            label={t('keep.title')}
            value={ids.find((id) => isSame(CHOICES[id], keep)) ?? null}
            onChange={(id) => change.run({ keep: CHOICES[id] })}
            choices={ids.map((id) => ({
              id,
              title: keepWords(t, format, CHOICES[id]),
              hint: id === 'usual' ? t('keep.usual') : null,
            }))}
          />
        )}
        {background?.storage && <Uses storage={background.storage} />}
        <p className={styles.small}>{t('keep.slowly')}</p>
      </div>
    </Page>
  )
}

function Uses({ storage: { usedBytes, goingBytes, fewerDays } }: Readonly<{ storage: Storage }>) {
  const t = useText()
  const format = useFormat()
  return (
    <Banner tone="info">
      {t('keep.uses', { size: format.bytes(usedBytes) })}
      {goingBytes > 0 && ` ${t('keep.going', { size: format.bytes(goingBytes) })}`}
      {fewerDays &&
        ` ${t('keep.fewer', { keep: keepWords(t, format, fewerDays.keep), size: format.bytes(fewerDays.bytes) })}`}
    </Banner>
  )
}
