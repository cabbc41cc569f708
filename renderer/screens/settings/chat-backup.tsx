import type { Protection } from '#common/backup-state.ts'
import { useBackground } from '../../background.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import { keepWords, ruleWords } from '../../words/schedule-words.ts'
import type { PageName } from '../signed-in.tsx'
import styles from '../stack.module.css'

type Props = Readonly<{ state: Protection; onGo: (page: PageName) => void }>

const BATTERY = 30

/** What is kept, where, how often, and for how long. What is changed here holds at once. */
export function ChatBackup({ state: { chats, place }, onGo }: Props) {
  const t = useText()
  const format = useFormat()
  const background = useBackground()
  const change = useDeed(bridge.background.change)
  if (!background) return <Page title={t('settings.title')} />
  const { settings, storage } = background
  const { rule, keep, batteryAtLeast, onMetered, waitForFullScreen } = settings

  return (
    <Page title={t('settings.title')} onBack={() => onGo('home')}>
      <div className={styles.stack}>
        <ProblemBanner problem={change.problem} />
        <Card>
          <Row
            start={<IconPlate name="lock" tone="safe" />}
            title={t('lockPage.title')}
            value={t('switch.on')}
            onPress={() => onGo('lock')}
          />
        </Card>
        <Card>
          <Row title={t('lockPage.chats')} value={<bdi>{format.list(chats.map(({ name }) => name))}</bdi>} />
          <Row title={t('lockPage.place')} value={<bdi>{place.name}</bdi>} />
          <Row title={t('schedule.title')} value={ruleWords(t, format, rule)} onPress={() => onGo('schedule')} />
          <Row title={t('keep.title')} value={keepWords(t, format, keep)} onPress={() => onGo('keep')} />
        </Card>
        <Card>
          <SwitchRow
            title={t('settings.battery')}
            hint={t('settings.battery.hint', { percent: format.percent(BATTERY / 100) })}
            isOn={batteryAtLeast > 0}
            onChange={(isOn) => change.run({ batteryAtLeast: isOn ? BATTERY : 0 })}
          />
          <SwitchRow
            title={t('settings.metered')}
            hint={t('settings.metered.hint')}
            isOn={!onMetered}
            onChange={(isOn) => change.run({ onMetered: !isOn })}
          />
          <SwitchRow
            title={t('settings.fullScreen')}
            isOn={waitForFullScreen}
            onChange={(isOn) => change.run({ waitForFullScreen: isOn })}
          />
        </Card>
        {storage && (
          <p className={styles.small}>
            {t('settings.storage', {
              size: format.bytes(storage.usedBytes),
              place: t('common.quoted', { name: place.name }),
            })}
          </p>
        )}
      </div>
    </Page>
  )
}
