import type { BackupProgress } from '#common/engine-contract.ts'
import { fractionOf, newThings, quarterOf, timeLeftWords, totalOf } from '#common/progress-words.ts'
import { useSeconds } from '../../clock.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Announce } from '../../ui/announce.tsx'
import { Progress } from '../../ui/progress.tsx'
import type { StateOf } from '../state-of.ts'

/** What is being saved, and how long that will take as far as it can be said. */
export function RunningLead({ state: { progress, startedAtMs } }: Readonly<{ state: StateOf<'backing-up'> }>) {
  const t = useText()
  const format = useFormat()
  const nowMs = useSeconds()
  const { phase, kinds } = progress
  if (phase === 'preparing' || phase === 'looking') return t('home.running.preparing')
  if (phase === 'checking') return t('home.running.checking')
  const things = newThings(t, format, kinds)
  if (things === null) return t('home.running.nothing')
  const left = timeLeftWords(t, format, fractionOf(totalOf(kinds)), nowMs - startedAtMs)
  return [t('home.running.saving', { things }), left].filter((sentence) => sentence !== null).join(' ')
}

export function RunningBar({ progress: { phase, kinds } }: Readonly<{ progress: BackupProgress }>) {
  const t = useText()
  const format = useFormat()
  const isKnown = phase === 'saving' || phase === 'checking'
  const fraction = phase === 'checking' ? 1 : fractionOf(totalOf(kinds))
  const percent = format.percent(isKnown ? fraction : 0)
  return (
    <>
      <Progress
        label={t('progress.bar')}
        fraction={isKnown ? fraction : null}
        valueText={isKnown ? percent : t('home.running.preparing')}
        aside={percent}
      />
      <Announce text={isKnown ? t('progress.spoken', { percent: format.percent(quarterOf(fraction) / 100) }) : ''} />
    </>
  )
}
