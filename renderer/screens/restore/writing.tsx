import { fractionOf, quarterOf } from '#common/progress-words.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Announce } from '../../ui/announce.tsx'
import { Button } from '../../ui/button.tsx'
import { Figure } from '../../ui/figure.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { Progress } from '../../ui/progress.tsx'
import type { StepAt } from './step-at.ts'
import styles from './writing.module.css'

/** Chats on their way back. Work goes on when the window is closed. */
export function Writing({ step: { done } }: Readonly<{ step: StepAt<'writing'> }>) {
  const t = useText()
  const format = useFormat()
  const cancel = useDeed(bridge.restore.cancel)
  const fraction = fractionOf(done)
  const files = t('writing.files', { done: format.number(done.doneFiles), total: done.totalFiles })
  const stop = (): void => cancel.run()

  return (
    <Page
      title={t('writing.title')}
      lead={t('writing.lead')}
      figure={<Figure state="open" />}
      bar={
        <Bar
          start={
            <Button onPress={stop} isPending={cancel.isPending}>
              {t('common.stop')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        <ProblemBanner problem={cancel.problem} />
        <Progress label={t('progress.bar')} fraction={fraction} valueText={files} aside={format.percent(fraction)} />
        <p className={styles.counts}>
          <span>{files}</span>
          <span>
            {t('writing.bytes', { done: format.bytes(done.doneBytes), total: format.bytes(done.totalBytes) })}
          </span>
        </p>
        <p className={styles.stop}>{t('writing.stop')}</p>
        <Announce text={t('progress.spoken', { percent: format.percent(quarterOf(fraction) / 100) })} />
      </div>
    </Page>
  )
}
