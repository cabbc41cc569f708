import type { TurnOffStep } from '#common/backup-state.ts'
import { quarterOf } from '#common/progress-words.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Announce } from '../../ui/announce.tsx'
import { Page } from '../../ui/page.tsx'
import { Progress } from '../../ui/progress.tsx'
import type { StateOf } from '../state-of.ts'
import styles from './deleting.module.css'

type Props = Readonly<{ state: StateOf<'turning-off'>; step: Extract<TurnOffStep, { at: 'deleting' }> }>

/** There is no way back from here, so there is no button; cut off, it goes on at the next start. */
export function Deleting({ state: { place }, step: { done, total } }: Props) {
  const t = useText()
  const format = useFormat()
  const fraction = total > 0 ? done / total : null
  const count =
    total > 0
      ? t('turnOff.deleting.count', { done: format.number(done), total: format.number(total) })
      : t('turnOff.deleting.start')
  return (
    <Page
      title={t('turnOff.deleting.title')}
      lead={<Say id="turnOff.deleting.lead" values={{ place: t('common.quoted', { name: place.name }) }} />}
    >
      <div className={styles.content}>
        <Progress label={t('progress.bar')} fraction={fraction} valueText={count} />
        <p className={styles.count}>{count}</p>
        <Announce
          text={fraction === null ? '' : t('progress.spoken', { percent: format.percent(quarterOf(fraction) / 100) })}
        />
      </div>
    </Page>
  )
}
