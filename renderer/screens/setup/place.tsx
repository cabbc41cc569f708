import type { FoundBackup, SetupDraft } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { IconPlate } from '../../ui/card.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import styles from './place.module.css'
import { goBack } from './setup.tsx'

/** Where the backup will live. The place is tested by main with a real write, read and delete. */
export function Place({ draft: { place, existing, sameDisk } }: Readonly<{ draft: SetupDraft }>) {
  const t = useText()
  const choose = useDeed(bridge.setup.choosePlace)
  const goOn = useDeed(bridge.setup.toLock)
  const isTaken = existing.length > 0
  const mainName = place === null ? 'place.chooseFolder' : isTaken ? 'place.existing.beside' : 'common.continue'

  return (
    <Page
      title={t('place.title')}
      lead={t('place.lead')}
      onSubmit={() => (place === null ? choose.run() : goOn.run({ startBeside: isTaken }))}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <>
              {place && (
                <Button onPress={() => choose.run()} isPending={choose.isPending}>
                  {t('place.change')}
                </Button>
              )}
              <Button tone="primary" type="submit" isPending={goOn.isPending || (place === null && choose.isPending)}>
                {t(mainName)}
              </Button>
            </>
          }
        />
      }
    >
      <div className={styles.cards}>
        <ProblemBanner problem={choose.problem ?? goOn.problem} />
        <RadioCards
          label={t('place.kinds')}
          value="folder"
          onChange={() => undefined}
          choices={[
            {
              id: 'folder',
              icon: <IconPlate name="disk" tone="accent" />,
              title: t('place.folder'),
              hint: place ? <Say id="place.folder.chosen" values={{ place: place.name }} /> : t('place.folder.hint'),
              aside: t('place.account'),
            },
          ]}
        />
        {isTaken && <AlreadyThere existing={existing} />}
        {sameDisk && (
          <Banner tone="needs" title={t('place.sameDisk.title')} live="polite">
            {t('place.sameDisk.body')}
          </Banner>
        )}
      </div>
    </Page>
  )
}

function AlreadyThere({ existing }: Readonly<{ existing: readonly FoundBackup[] }>) {
  const t = useText()
  const format = useFormat()
  const marks = existing.map(({ mark }) => mark)
  const [only] = marks
  return (
    <Banner
      tone="info"
      icon="shield"
      live="polite"
      title={
        marks.length === 1 && only !== undefined ? (
          <Say id="place.existing.title" values={{ mark: only }} />
        ) : (
          <Say id="place.existing.several" values={{ marks: format.list(marks) }} />
        )
      }
    >
      {t('place.existing.body')}
    </Banner>
  )
}
