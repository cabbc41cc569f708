import type { Protection } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import styles from './lock-page.module.css'
import { StartAtSignIn } from './start-at-sign-in.tsx'

type Props = Readonly<{ state: Protection; onBack: () => void }>

/** Everything about the lock: since when, what opens it, what it is called, and the way to turn it off. */
export function LockPage({ state: { secrets, sinceMs, mark, place, chats }, onBack }: Props) {
  const t = useText()
  const format = useFormat()
  const turnOff = useDeed(bridge.turnOff.begin)
  const kind = secrets.length > 1 ? 'both' : (secrets[0] ?? 'password')
  const names = format.list(chats.map(({ name }) => name))

  return (
    <Page
      title={t('lockPage.title')}
      lead={t(`lockPage.lead.${kind}`, { date: format.date(sinceMs) })}
      plate={<IconPlate name="lock" tone="safe" size="large" />}
      onBack={onBack}
    >
      <div className={styles.content}>
        <Card>
          <Row
            start={<IconPlate name="tag" />}
            title={t('lockPage.mark')}
            hint={t('lockPage.mark.hint')}
            value={
              <b className={styles.mark} data-selectable>
                <bdi>{mark}</bdi>
              </b>
            }
          />
          <Row start={<IconPlate name="disk" />} title={t('lockPage.place')} value={<bdi>{place.name}</bdi>} />
          <Row start={<IconPlate name="folder" />} title={t('lockPage.chats')} value={<bdi>{names}</bdi>} />
        </Card>
        <StartAtSignIn />
        <ProblemBanner problem={turnOff.problem} />
        <div>
          <Button tone="danger" icon="power" onPress={() => turnOff.run()} isPending={turnOff.isPending}>
            {t('lockPage.turnOff')}
          </Button>
        </div>
      </div>
    </Page>
  )
}
