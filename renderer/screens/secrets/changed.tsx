import type { SecretTask } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Figure } from '../../ui/figure.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import styles from '../stack.module.css'

/** The new secret counts. What that does not do is said as well. */
export function Changed({ task: { want, kind }, left }: Readonly<{ task: SecretTask; left: number }>) {
  const t = useText()
  const leave = useDeed(bridge.secrets.leave)
  const isAdded = want === 'add'
  return (
    <Page
      title={t(isAdded ? 'secret.added.title' : 'secret.changed.title', { kind })}
      lead={t(isAdded ? 'secret.added.lead' : 'secret.changed.lead')}
      figure={<Figure state="safe" />}
      onSubmit={() => leave.run()}
      onBack={() => leave.run()}
      bar={
        <Bar
          end={
            <Button tone="primary" type="submit" isPending={leave.isPending}>
              {t('done.done')}
            </Button>
          }
        />
      }
    >
      <div className={styles.stack}>
        <ProblemBanner problem={leave.problem} />
        {!isAdded && (
          <Banner tone="info" title={t('secret.known.title')}>
            {t('secret.known')}
          </Banner>
        )}
        {left > 0 && <Banner tone="needs">{t('secret.left', { n: left })}</Banner>}
      </div>
    </Page>
  )
}
