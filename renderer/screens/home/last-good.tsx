import type { LastBackup } from '#common/backup-state.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { type HomeMood, lastGoodKey } from './home-mood.ts'

type Props = Readonly<{ mood: HomeMood; lastBackup: LastBackup | null; nowMs: number }>

/** Under every problem: what is safe all the same. */
export function LastGood({ mood, lastBackup, nowMs }: Props) {
  const t = useText()
  const format = useFormat()
  if (!lastBackup) return mood.kind === 'problem' ? <Banner tone="info">{t('home.noneYet')}</Banner> : null
  const key = mood.kind === 'problem' ? lastGoodKey(mood.problem) : 'home.lastGood'
  return (
    <Banner tone={key === 'home.lastGoodWas' ? 'info' : 'safe'}>
      <Say id={key} values={{ when: <b>{format.when(lastBackup.takenAtMs, nowMs)}</b> }} />
    </Banner>
  )
}
