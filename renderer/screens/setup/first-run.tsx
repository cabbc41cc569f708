import { fractionOf, quarterOf, timeLeftWords, totalOf } from '#common/progress-words.ts'
import { bridge } from '../../bridge.ts'
import { useSeconds } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Announce } from '../../ui/announce.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/card.tsx'
import { Figure } from '../../ui/figure.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { Progress } from '../../ui/progress.tsx'
import { Shell } from '../../ui/shell.tsx'
import type { StateOf } from '../state-of.ts'
import styles from './first-run.module.css'
import { KindRows } from './kind-rows.tsx'
import { SetupSteps } from './setup.tsx'

type State = StateOf<'backing-up'> | StateOf<'on'>

/** The first backup while it runs, and its proof when it is done. One screen, so that the lid is seen to close. */
export function FirstRun({ state }: Readonly<{ state: State }>) {
  const t = useText()
  const isRunning = state.kind === 'backing-up'
  const stop = useDeed(bridge.backup.cancel)
  const close = useDeed(bridge.app.closeWindow)
  const goHome = useDeed(bridge.backup.seenFirstDone)
  const onward = isRunning ? close : goHome

  return (
    <Shell rail={<SetupSteps current={isRunning ? 'first' : null} />}>
      <Page
        title={t(isRunning ? 'first.title' : 'first.done.title')}
        lead={isRunning ? <RunningLead state={state} /> : t('first.done.lead')}
        figure={<Figure state={isRunning ? 'open' : 'safe'} />}
        onSubmit={() => onward.run()}
        bar={
          <Bar
            start={
              isRunning && (
                <Button onPress={() => stop.run()} isPending={stop.isPending}>
                  {t('common.stop')}
                </Button>
              )
            }
            end={
              <Button tone="primary" type="submit" isPending={onward.isPending}>
                {t(isRunning ? 'first.close' : 'first.done.home')}
              </Button>
            }
          />
        }
      >
        <div className={styles.content}>
          <ProblemBanner problem={stop.problem ?? onward.problem} />
          {isRunning ? <Running state={state} /> : <Done state={state} />}
        </div>
      </Page>
    </Shell>
  )
}

function RunningLead({ state: { progress, startedAtMs } }: Readonly<{ state: StateOf<'backing-up'> }>) {
  const t = useText()
  const format = useFormat()
  const nowMs = useSeconds()
  const { phase, kinds } = progress
  const left = timeLeftWords(t, format, fractionOf(totalOf(kinds)), nowMs - startedAtMs)
  const first = phase === 'saving' ? left : t(phase === 'checking' ? 'first.checking' : 'first.looking')
  return [first, t('first.canClose')].filter((sentence) => sentence !== null).join(' ')
}

function Running({ state: { progress } }: Readonly<{ state: StateOf<'backing-up'> }>) {
  const t = useText()
  const format = useFormat()
  const isKnown = progress.phase === 'saving' || progress.phase === 'checking'
  const fraction = progress.phase === 'checking' ? 1 : fractionOf(totalOf(progress.kinds))
  const percent = format.percent(isKnown ? fraction : 0)
  return (
    <>
      <Progress
        label={t('progress.bar')}
        fraction={isKnown ? fraction : null}
        valueText={isKnown ? percent : t('first.looking')}
        aside={percent}
      />
      <Announce text={isKnown ? t('progress.spoken', { percent: format.percent(quarterOf(fraction) / 100) }) : ''} />
      <KindRows progress={progress} />
    </>
  )
}

function Done({ state: { lastBackup, place } }: Readonly<{ state: StateOf<'on'> }>) {
  const t = useText()
  const format = useFormat()
  if (!lastBackup) return null
  const { files, bytes, addedBytes, seconds, skippedFiles } = lastBackup
  return (
    <>
      <Facts
        facts={[
          { id: 'files', value: format.number(files), name: t('first.done.files', { n: files }) },
          { id: 'bytes', value: format.bytes(bytes), name: t('first.done.bytes') },
          { id: 'added', value: format.bytes(addedBytes), name: t('first.done.added') },
        ]}
      />
      <Banner tone="safe" title={t('first.done.check.title')}>
        <Say
          id="first.done.check.body"
          values={{ place: t('common.quoted', { name: place.name }), time: format.duration(seconds) }}
        />
      </Banner>
      {skippedFiles > 0 && (
        <Banner tone="needs" title={t('first.done.skipped.title', { n: skippedFiles })}>
          {t('first.done.skipped.body', { n: skippedFiles })}
        </Banner>
      )}
    </>
  )
}
