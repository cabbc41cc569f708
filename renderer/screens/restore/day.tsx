import { useId, useState } from 'react'
import type { SnapshotSummary } from '#common/engine-contract.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { MonthGrid } from '../../ui/month-grid.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { dateKey } from '../../words/day-strip.ts'
import { byDay, furtherBack, monthOf } from '../../words/month.ts'
import { BackupsOfDay } from './backups-of-day.tsx'
import styles from './day.module.css'
import { FurtherBack } from './further-back.tsx'
import { goBack } from './restore.tsx'
import type { StepAt } from './step-at.ts'

/** Which moment to go back to. The newest is chosen. */
export function Day({ step: { snapshots } }: Readonly<{ step: StepAt<'day'> }>) {
  const t = useText()
  const newest = snapshots.toSorted((a, b) => b.takenAtMs - a.takenAtMs)
  const [first] = newest
  if (first) return <DayPicker snapshots={newest} newest={first} />
  return (
    <Page
      title={t('day.empty.title')}
      lead={t('day.empty.lead')}
      onBack={goBack}
      bar={<Bar start={<Button onPress={goBack}>{t('common.back')}</Button>} />}
    />
  )
}

type Props = Readonly<{ snapshots: readonly SnapshotSummary[]; newest: SnapshotSummary }>

function DayPicker({ snapshots, newest }: Props) {
  const t = useText()
  const [dayMs, setDayMs] = useState(newest.takenAtMs)
  const [shown, setShown] = useState(monthOf(newest.takenAtMs))
  const [picked, setPicked] = useState<string | null>(null)
  const goOn = useDeed(bridge.restore.chooseDay)
  const missingId = useId()
  const days = byDay(snapshots)
  const ofDay = days.get(dateKey(dayMs)) ?? []
  const chosen = ofDay.find(({ id }) => id === picked) ?? ofDay[0] ?? null
  const isMany = new Set(snapshots.map(({ deviceId }) => deviceId)).size > 1
  const goTo = (ms: number): void => {
    setDayMs(ms)
    setShown(monthOf(ms))
  }

  return (
    <Page
      title={t('day.title')}
      lead={<SavedBy snapshots={snapshots} />}
      onSubmit={() => chosen && goOn.run({ snapshot: chosen.id })}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={chosen === null}
              isPending={goOn.isPending}
              describedBy={chosen === null ? missingId : undefined}
            >
              {t('common.continue')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        <ProblemBanner problem={goOn.problem} />
        <div className={styles.sides}>
          <MonthGrid
            selectedMs={dayMs}
            shown={shown}
            onSelect={goTo}
            onTurn={setShown}
            countOn={(day) => days.get(day)?.length ?? 0}
            first={monthOf(snapshots.at(-1)?.takenAtMs ?? newest.takenAtMs)}
            last={monthOf(newest.takenAtMs)}
          />
          <div className={styles.details}>
            <BackupsOfDay
              dayMs={dayMs}
              snapshots={ofDay}
              chosen={chosen?.id ?? null}
              onChoose={setPicked}
              showsDevice={isMany}
            />
            <FurtherBack months={furtherBack(snapshots, shown)} onGo={goTo} />
          </div>
        </div>
        {chosen === null && (
          <p id={missingId} className="visually-hidden">
            {t('day.missing')}
          </p>
        )}
      </div>
    </Page>
  )
}

function SavedBy({ snapshots }: Readonly<{ snapshots: readonly SnapshotSummary[] }>) {
  const format = useFormat()
  const names = [...new Set(snapshots.map(({ device }) => device))]
  const [only] = names
  return names.length === 1 && only !== undefined ? (
    <Say id="day.lead" values={{ computer: only }} />
  ) : (
    <Say id="day.leadSeveral" values={{ computers: format.list(names) }} />
  )
}
