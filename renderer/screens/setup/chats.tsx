import { useId } from 'react'
import { Button as IconButton } from 'react-aria-components'
import type { ChatsLabel, SetupDraft } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import { cx } from '../../ui/class-names.ts'
import { Icon } from '../../ui/icon.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { Tooltip } from '../../ui/tooltip.tsx'
import styles from './chats.module.css'
import { goBack } from './setup.tsx'

/** Which folders of chats are kept. They are counted here; nothing is read. */
export function Chats({ draft: { chats } }: Readonly<{ draft: SetupDraft }>) {
  const t = useText()
  const add = useDeed(bridge.setup.addChats)
  const remove = useDeed(bridge.setup.removeChats)
  const goOn = useDeed(bridge.setup.toPlace)
  const missingId = useId()
  const hasChats = chats.length > 0

  return (
    <Page
      title={t('chats.title')}
      lead={t('chats.lead')}
      onSubmit={() => goOn.run()}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={!hasChats}
              isPending={goOn.isPending}
              describedBy={hasChats ? undefined : missingId}
            >
              {t('common.continue')}
            </Button>
          }
        />
      }
    >
      <div className={styles.cards}>
        <ProblemBanner problem={add.problem ?? remove.problem ?? goOn.problem} />
        {hasChats ? (
          <Card>
            <ul aria-label={t('chats.list')}>
              {chats.map((one, index) => (
                <li key={one.name}>
                  <ChosenFolder chats={one} onRemove={() => remove.run({ index })} />
                </li>
              ))}
            </ul>
          </Card>
        ) : (
          <HowTo />
        )}
        <Card isFlat>
          <Row
            start={<IconPlate name="folder" />}
            title={<b>{hasChats ? t('chats.folder.more') : t('chats.folder')}</b>}
            hint={t('chats.folder.hint')}
            end={
              <Button onPress={() => add.run()} isPending={add.isPending}>
                {t('chats.choose')}
              </Button>
            }
          />
        </Card>
        {!hasChats && (
          <p id={missingId} className="visually-hidden">
            {t('chats.missing')}
          </p>
        )}
      </div>
    </Page>
  )
}

function ChosenFolder({
  chats: { name, files, bytes },
  onRemove,
}: Readonly<{ chats: ChatsLabel; onRemove: () => void }>) {
  const t = useText()
  const format = useFormat()
  const counts =
    files === null || bytes === null
      ? t('chats.counting')
      : t('size.filesAndBytes', { n: files, size: format.bytes(bytes) })
  return (
    <Row
      start={<IconPlate name="folder" tone="accent" />}
      title={
        <b>
          <bdi>{name}</bdi>
        </b>
      }
      value={<span className={styles.counts}>{counts}</span>}
      end={
        <Tooltip text={t('chats.remove', { name })}>
          <IconButton className={cx(styles.remove)} aria-label={t('chats.remove', { name })} onPress={onRemove}>
            <Icon name="close" size={16} />
          </IconButton>
        </Tooltip>
      }
    />
  )
}

/** Exports come from the phone by hand; that is said before anybody looks for them here. */
function HowTo() {
  const t = useText()
  return (
    <Card>
      <div className={styles.how}>
        <IconPlate name="message" tone="accent" size="large" />
        <div>
          <h2 className={styles.howTitle}>{t('chats.how.title')}</h2>
          <ol className={styles.howSteps}>
            {(['chats.how.1', 'chats.how.2', 'chats.how.3'] as const).map((step) => (
              <li key={step}>{t(step)}</li>
            ))}
          </ol>
        </div>
      </div>
    </Card>
  )
}
