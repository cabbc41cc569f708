import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/card.tsx'
import { Figure } from '../../ui/figure.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import styles from './done.module.css'
import type { StepAt } from './step-at.ts'

/** The proof: what came back, and that it is what was saved. Or what is missing. */
export function Done({ step: { result } }: Readonly<{ step: StepAt<'done'> }>) {
  const t = useText()
  const format = useFormat()
  const open = useDeed(bridge.restore.openFolder)
  const leave = useDeed(bridge.restore.leave)
  const { folder, files, bytes, missing, notes, seconds } = result
  const named = t('common.quoted', { name: folder })

  return (
    <Page
      title={t(missing > 0 ? 'done.title.most' : 'done.title')}
      lead={<Say id="done.lead" values={{ folder: named, time: format.duration(seconds) }} />}
      figure={<Figure state={missing > 0 ? 'needs' : 'safe'} />}
      onSubmit={() => open.run()}
      onBack={() => leave.run()}
      bar={
        <Bar
          end={
            <>
              <Button tone="primary" type="submit" icon="folder" isPending={open.isPending}>
                {t('done.open')}
              </Button>
              <Button onPress={() => leave.run()} isPending={leave.isPending}>
                {t('done.done')}
              </Button>
            </>
          }
        />
      }
    >
      <div className={styles.content}>
        <ProblemBanner problem={open.problem ?? leave.problem} />
        <Facts
          facts={[
            { id: 'files', value: format.number(files), name: t('done.files', { n: files }) },
            { id: 'bytes', value: format.bytes(bytes), name: t('done.bytes') },
          ]}
        />
        {missing > 0 ? (
          <Banner tone="needs" live="urgent" title={t('done.missing.title', { n: missing })}>
            {t('done.missing.body')}
          </Banner>
        ) : (
          <Banner tone="safe" title={t('done.proof.title')}>
            {t('done.proof.body', { n: files })}
          </Banner>
        )}
        {notes > 0 && <Banner tone="info">{t('done.notes', { n: notes })}</Banner>}
        <Banner tone="info">{t('done.whatsapp')}</Banner>
      </div>
    </Page>
  )
}
