import type { Protection, SecretTask } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import { Crumb } from '../../ui/crumb.tsx'
import type { IconName } from '../../ui/icon.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import type { PageName } from '../signed-in.tsx'
import styles from '../stack.module.css'

type Props = Readonly<{ state: Protection; onGo: (page: PageName) => void; onBack: () => void }>

/** Everything about the lock: since when, what opens it, changing that, what it is called, and turning it off. */
export function LockPage({ state, onGo, onBack }: Props) {
  const { secrets, sinceMs, mark, waiting } = state
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const turnOff = useDeed(bridge.turnOff.begin)
  const begin = useDeed(bridge.secrets.begin)
  const kind = secrets.length > 1 ? 'both' : (secrets[0] ?? 'password')

  return (
    <Page
      crumb={<Crumb text={t('rail.settings')} onBack={onBack} />}
      title={t('lockPage.title')}
      lead={t(`lockPage.lead.${kind}`, { date: format.date(sinceMs) })}
      plate={<IconPlate name="lock" tone="safe" size="large" />}
      onBack={onBack}
    >
      <div className={styles.stack}>
        <ProblemBanner problem={turnOff.problem ?? begin.problem} />
        {waiting && (
          <Banner
            tone="needs"
            title={t('waiting.title', { kind: waiting.kind, when: format.when(waiting.startsAtMs, nowMs) })}
            action={<Button onPress={() => onGo('waiting')}>{t('waiting.look')}</Button>}
          >
            {t('waiting.stop')}
          </Banner>
        )}
        <Card>
          {tasksOf(state).map((task) => (
            <Row
              key={`${task.want} ${task.kind}`}
              start={<IconPlate name={ICONS[task.want]} />}
              title={t(`lockPage.${task.want}.${task.kind}`)}
              hint={t(`lockPage.${task.want}.hint`)}
              onPress={() => begin.run(task)}
            />
          ))}
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
        </Card>
        <div>
          <Button tone="danger" icon="power" onPress={() => turnOff.run()} isPending={turnOff.isPending}>
            {t('lockPage.turnOff')}
          </Button>
        </div>
      </div>
    </Page>
  )
}

const ICONS: Readonly<Record<SecretTask['want'], IconName>> = { change: 'refresh', add: 'key', forgot: 'info' }

/** What can be done about the secrets as they are. */
function tasksOf({ secrets, waiting }: Protection): readonly SecretTask[] {
  const kinds = ['password', 'key'] as const
  return [
    ...secrets.map((kind): SecretTask => ({ want: 'change', kind })),
    ...kinds.filter((kind) => !secrets.includes(kind)).map((kind): SecretTask => ({ want: 'add', kind })),
    ...(waiting ? [] : secrets.map((kind): SecretTask => ({ want: 'forgot', kind }))),
  ]
}
