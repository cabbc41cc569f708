import { useState } from 'react'
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
import { PLACE_ICONS, type PlaceKind, usePlaceKinds } from '../place-kinds.ts'
import styles from './place.module.css'
import { goBack } from './setup.tsx'

/** Where the backup will live. The place is tested by main with a real write, read and delete. */
export function Place({ draft: { place, existing, sameDisk, isSigningIn = false } }: Readonly<{ draft: SetupDraft }>) {
  const t = useText()
  const kinds = usePlaceKinds()
  const [picked, setPicked] = useState<PlaceKind>(place?.kind ?? 'folder')
  const choose = {
    folder: useDeed(bridge.setup.choosePlace),
    gdrive: useDeed(bridge.setup.chooseDrive),
    icloud: useDeed(bridge.setup.chooseICloud),
  }
  const goOn = useDeed(bridge.setup.toLock)
  const cancel = useDeed(bridge.places.cancelSignIn)
  const chosen = place?.kind === picked ? place : null
  const isTaken = chosen !== null && existing.length > 0
  const mainName = chosen === null ? CHOOSE[picked] : isTaken ? 'place.existing.beside' : 'common.continue'
  const isOffered = picked !== 'gdrive' || kinds?.drive === 'ready'
  const hintOf = (kind: PlaceKind) =>
    place?.kind === kind ? <Say id="place.folder.chosen" values={{ place: place.name }} /> : t(`place.${kind}.hint`)

  return (
    <Page
      title={t('place.title')}
      lead={t('place.lead')}
      onSubmit={() => (chosen === null ? choose[picked].run() : goOn.run({ startBeside: isTaken }))}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <>
              {isSigningIn && (
                <Button onPress={() => cancel.run()} isPending={cancel.isPending}>
                  {t('place.gdrive.cancel')}
                </Button>
              )}
              {chosen && (
                <Button onPress={() => choose[picked].run()} isPending={choose[picked].isPending}>
                  {t('place.change')}
                </Button>
              )}
              <Button
                tone="primary"
                type="submit"
                isDisabled={!isOffered}
                isPending={goOn.isPending || (chosen === null && choose[picked].isPending)}
              >
                {t(mainName)}
              </Button>
            </>
          }
        />
      }
    >
      <div className={styles.cards}>
        <ProblemBanner problem={choose[picked].problem ?? goOn.problem} />
        {isSigningIn && (
          <Banner tone="info" live="polite">
            {t('place.gdrive.inBrowser')}
          </Banner>
        )}
        <RadioCards
          label={t('place.kinds')}
          value={picked}
          onChange={setPicked}
          choices={(['gdrive', 'icloud', 'folder'] as const)
            .filter((kind) => kind !== 'icloud' || kinds?.iCloud)
            .map((kind) => ({
              id: kind,
              icon: <IconPlate name={PLACE_ICONS[kind]} tone={picked === kind ? 'accent' : 'plain'} />,
              title: t(`place.${kind}`),
              hint: hintOf(kind),
              aside: kind === 'folder' ? t('place.account') : null,
            }))}
        />
        {picked === 'gdrive' && kinds?.drive === 'needs-client-id' && (
          <Banner tone="info" title={t('place.gdrive.none.title')}>
            {t('place.gdrive.none')}
          </Banner>
        )}
        {isTaken && <AlreadyThere existing={existing} />}
        {chosen && sameDisk && (
          <Banner tone="needs" title={t('place.sameDisk.title')} live="polite">
            {t('place.sameDisk.body')}
          </Banner>
        )}
      </div>
    </Page>
  )
}

const CHOOSE = { folder: 'place.chooseFolder', gdrive: 'place.gdrive.signIn', icloud: 'place.icloud.use' } as const

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
