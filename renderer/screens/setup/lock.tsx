import { useId } from 'react'
import type { SetupDraft } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { Say, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import styles from './lock.module.css'
import { goBack } from './setup.tsx'

/** Password or key, with the price of losing it said before. */
export function Lock({ draft: { place } }: Readonly<{ draft: SetupDraft }>) {
  const t = useText()
  const toPassword = useDeed(bridge.setup.toPassword)
  const toKey = useDeed(bridge.setup.toKey)
  const warningId = useId()

  return (
    <Page
      title={t('lock.title')}
      lead={<Say id="lock.lead" values={{ place: t('common.quoted', { name: place?.name ?? '' }) }} />}
      onSubmit={() => toPassword.run()}
      onBack={goBack}
      bar={<Bar start={<Button onPress={goBack}>{t('common.back')}</Button>} />}
    >
      <div className={styles.cards}>
        <Banner tone="needs" id={warningId} title={t('lock.warning.title')}>
          {t('lock.warning.body')}
        </Banner>
        <ProblemBanner problem={toPassword.problem ?? toKey.problem} />
        <div className={styles.locks}>
          <Card>
            <div className={styles.lock}>
              <Row
                start={<IconPlate name="lock" tone="accent" />}
                title={<b>{t('lock.password')}</b>}
                hint={t('lock.password.hint')}
                end={
                  <Button tone="primary" type="submit" describedBy={warningId} isPending={toPassword.isPending}>
                    {t('lock.password.use')}
                  </Button>
                }
              />
            </div>
          </Card>
          <Card>
            <div className={styles.lock}>
              <Row
                start={<IconPlate name="key" />}
                title={<b>{t('lock.key')}</b>}
                hint={t('lock.key.hint')}
                end={
                  <Button describedBy={warningId} isPending={toKey.isPending} onPress={() => toKey.run()}>
                    {t('lock.key.use')}
                  </Button>
                }
              />
            </div>
          </Card>
        </div>
      </div>
    </Page>
  )
}
