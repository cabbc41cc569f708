import { type ReactNode, useState } from 'react'
import { problemWords } from '#common/problem-words.ts'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { type Deed, useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Announce } from '../../ui/announce.tsx'
import { Button } from '../../ui/button.tsx'
import { Figure, type FigureState } from '../../ui/figure.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import type { PageName } from '../signed-in.tsx'
import type { StateOf } from '../state-of.ts'
import styles from './home.module.css'
import { HomeDays } from './home-days.tsx'
import { type HomeMood, homeMood } from './home-mood.ts'
import { HomeRows } from './home-rows.tsx'
import { LastGood } from './last-good.tsx'
import { Questions } from './questions.tsx'
import { RolledBackDialog } from './rolled-back-dialog.tsx'
import { RunningBar, RunningLead } from './running.tsx'

type Props = Readonly<{
  state: StateOf<'on'> | StateOf<'backing-up'>
  restore: Deed<void>
  onGo: (page: PageName) => void
}>

type Words = Readonly<{ figure: FigureState; title: string; lead: ReactNode; action: string | null }>

/** The answer to the one question: are my chats safe? One screen for every answer, so that the lid moves between them. */
export function Home({ state, restore, onGo }: Props) {
  const t = useText()
  const nowMs = useNow()
  const start = useDeed(bridge.backup.start)
  const signIn = useDeed(bridge.places.signInAgain)
  const stop = useDeed(bridge.backup.cancel)
  const [isExplained, setExplained] = useState(false)
  const mood = state.kind === 'on' ? homeMood(state, nowMs) : null
  const words = useWords(state, mood, nowMs)
  const problem = mood?.kind === 'problem' ? mood.problem : null
  const needsSignIn = problem?.code === 'sign-in-needed' && state.place.kind === 'gdrive'

  return (
    <>
      <Page
        title={words.title}
        lead={words.lead}
        figure={<Figure state={words.figure} />}
        onSubmit={() => (needsSignIn ? signIn.run() : start.run())}
        actions={
          state.kind === 'backing-up' ? (
            <Button onPress={() => stop.run()} isPending={stop.isPending}>
              {t('common.stop')}
            </Button>
          ) : (
            <>
              <Button tone="primary" type="submit" isPending={start.isPending || signIn.isPending}>
                {needsSignIn ? t('place.gdrive.signIn') : words.action}
              </Button>
              {problem?.code === 'rolled-back' ? (
                <Button onPress={() => setExplained(true)}>{t('home.whatIsThis')}</Button>
              ) : (
                <Button onPress={() => restore.run()} isPending={restore.isPending}>
                  {t('home.restore')}
                </Button>
              )}
            </>
          )
        }
      >
        <div className={styles.content}>
          <ProblemBanner problem={start.problem ?? signIn.problem ?? stop.problem ?? restore.problem} />
          {state.kind === 'backing-up' && <RunningBar progress={state.progress} />}
          {mood && mood.kind !== 'safe' && <LastGood mood={mood} lastBackup={state.lastBackup} nowMs={nowMs} />}
          <Questions state={state} onGo={onGo} />
          <HomeDays state={state} nowMs={nowMs} />
          <HomeRows state={state} onGo={onGo} />
        </div>
        <Announce text={problem ? '' : words.title} />
        <Announce text={problem ? words.title : ''} isUrgent />
      </Page>
      {isExplained && <RolledBackDialog onClose={() => setExplained(false)} />}
    </>
  )
}

function useWords(state: Props['state'], mood: HomeMood | null, nowMs: number): Words {
  const t = useText()
  const format = useFormat()
  if (state.kind === 'backing-up' || !mood) {
    const lead = state.kind === 'backing-up' ? <RunningLead state={state} /> : null
    return { figure: 'open', title: t('home.running.title'), lead, action: null }
  }
  const { lastBackup, place } = state
  switch (mood.kind) {
    case 'problem': {
      const { title, body, action } = problemWords(t, mood.problem, { place: place.name })
      return { figure: 'needs', title, lead: body, action }
    }
    case 'unfinished':
      return {
        figure: 'needs',
        title: t('home.unfinished.title'),
        lead: t('home.unfinished.lead'),
        action: t('home.unfinished.carryOn'),
      }
    case 'late':
      return {
        figure: 'needs',
        title: t('home.late.title', { n: mood.days }),
        lead: t('home.late.lead'),
        action: t('home.backUpNow'),
      }
    case 'safe': {
      const when = lastBackup ? format.when(lastBackup.takenAtMs, nowMs) : ''
      const named = t('common.quoted', { name: place.name })
      return {
        figure: 'safe',
        title: t('home.safe.title'),
        lead: <Say id="home.safe.last" values={{ when, place: named }} />,
        action: t('home.backUpNow'),
      }
    }
  }
}
