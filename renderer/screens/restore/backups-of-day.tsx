import type { SnapshotSummary } from '#common/engine-contract.ts'
import { useNow } from '../../clock.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import styles from './backups-of-day.module.css'

type Props = Readonly<{
  dayMs: number
  /** Of that day, newest first. */
  snapshots: readonly SnapshotSummary[]
  chosen: string | null
  onChoose: (id: string) => void
  /** With several computers, each backup says which it is of. */
  showsDevice: boolean
}>

/** The backups of one day, with what is in them. */
export function BackupsOfDay({ dayMs, snapshots, chosen, onChoose, showsDevice }: Props) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const day = format.fullDay(dayMs, nowMs)
  return (
    <section className={styles.day}>
      <h2 className={styles.title}>{day}</h2>
      {snapshots.length === 0 ? (
        <output className={styles.none}>{t('day.none')}</output>
      ) : (
        <RadioCards
          label={t('day.backups', { day })}
          value={chosen}
          onChange={onChoose}
          choices={snapshots.map((snapshot, index) => ({
            id: snapshot.id,
            title: <span className={styles.time}>{format.time(snapshot.takenAtMs)}</span>,
            details: snapshot.id === chosen && <Inside snapshot={snapshot} showsDevice={showsDevice} />,
            aside: index === 0 && snapshots.length > 1 ? t('day.newest') : null,
          }))}
        />
      )}
    </section>
  )
}

function Inside({ snapshot, showsDevice }: Readonly<{ snapshot: SnapshotSummary; showsDevice: boolean }>) {
  const t = useText()
  const format = useFormat()
  const facts = [
    [t('day.files'), format.number(snapshot.files)],
    [t('day.size'), format.bytes(snapshot.bytes)],
    ...(showsDevice ? [[t('day.computer'), snapshot.device] as const] : []),
  ] as const
  return (
    <span className={styles.facts}>
      {facts.map(([name, value]) => (
        <span key={name} className={styles.fact}>
          <span>{name}</span>
          <bdi className={styles.value}>{value}</bdi>
        </span>
      ))}
    </span>
  )
}
