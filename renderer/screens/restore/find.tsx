import { useId, useState } from 'react'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { usePlaceKinds } from '../place-kinds.ts'
import styles from './find.module.css'
import { goBack } from './restore.tsx'
import type { StepAt } from './step-at.ts'

/** Which backup, in which folder. Without the secret only its mark and the day of the last addition are known. */
export function Find({ step: { place, found, isSigningIn = false } }: Readonly<{ step: StepAt<'find'> }>) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const [picked, setPicked] = useState<string | null>(null)
  const kinds = usePlaceKinds()
  const choose = useDeed(bridge.restore.choosePlace)
  const drive = useDeed(bridge.restore.chooseDrive)
  const iCloud = useDeed(bridge.restore.chooseICloud)
  const cancel = useDeed(bridge.places.cancelSignIn)
  const goOn = useDeed(bridge.restore.choose)
  const missingId = useId()
  const repository = (found.find((one) => one.repository === picked) ?? found[0])?.repository ?? null

  return (
    <Page
      title={t('restore.find.title')}
      lead={t('restore.find.lead')}
      onSubmit={() => repository !== null && goOn.run({ repository })}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={repository === null}
              isPending={goOn.isPending}
              describedBy={repository === null ? missingId : undefined}
            >
              {t('common.continue')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        <ProblemBanner problem={choose.problem ?? drive.problem ?? iCloud.problem ?? goOn.problem} />
        <Card>
          <Row
            start={<IconPlate name="disk" tone={found.length > 0 ? 'accent' : 'plain'} />}
            title={<b>{place ? <bdi>{place.name}</bdi> : t('place.folder')}</b>}
            hint={place ? t(`place.${place.kind}`) : t('restore.find.folder.hint')}
            value={
              place &&
              found.length === 0 && (
                <output className={styles.none}>
                  {t('restore.find.none')}
                  <br />
                  {t('restore.find.elsewhere')}
                </output>
              )
            }
            end={
              <Button onPress={() => choose.run()} isPending={choose.isPending}>
                {t(place ? 'place.change' : 'chats.choose')}
              </Button>
            }
          />
          {kinds?.drive === 'ready' && (
            <Row
              start={<IconPlate name="cloud" />}
              title={<b>{t('place.gdrive')}</b>}
              hint={t(isSigningIn ? 'place.gdrive.inBrowser' : 'place.gdrive.hint')}
              end={
                isSigningIn ? (
                  <Button onPress={() => cancel.run()}>{t('place.gdrive.cancel')}</Button>
                ) : (
                  <Button onPress={() => drive.run()} isPending={drive.isPending}>
                    {t('place.gdrive.signIn')}
                  </Button>
                )
              }
            />
          )}
          {kinds?.iCloud && (
            <Row
              start={<IconPlate name="cloud" />}
              title={<b>{t('place.icloud')}</b>}
              hint={t('place.icloud.hint')}
              end={
                <Button onPress={() => iCloud.run()} isPending={iCloud.isPending}>
                  {t('place.icloud.use')}
                </Button>
              }
            />
          )}
        </Card>
        {found.length > 0 && (
          <RadioCards
            label={t('restore.find.found')}
            value={repository}
            onChange={setPicked}
            choices={found.map(({ repository: id, mark, lastAddedMs }) => ({
              id,
              icon: <IconPlate name="shield" tone="safe" />,
              title: <Say id="restore.find.mark" values={{ mark }} />,
              hint:
                lastAddedMs === null
                  ? t('restore.find.empty')
                  : t('restore.find.added', { when: format.when(lastAddedMs, nowMs) }),
            }))}
          />
        )}
        <p className={styles.later}>{t('restore.find.later')}</p>
        {repository === null && (
          <p id={missingId} className="visually-hidden">
            {t('restore.find.missing')}
          </p>
        )}
      </div>
    </Page>
  )
}
