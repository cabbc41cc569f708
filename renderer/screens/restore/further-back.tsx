import { useState } from 'react'
import type { SnapshotSummary } from '#common/engine-contract.ts'
import { useNow } from '../../clock.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import styles from './further-back.module.css'

const SHOWN = 3

type Props = Readonly<{
  /** The newest backup of each month further back. */
  months: readonly SnapshotSummary[]
  onGo: (ms: number) => void
}>

/** Short ways into earlier months. */
export function FurtherBack({ months, onGo }: Props) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const [showsAll, setShowsAll] = useState(false)
  if (months.length === 0) return null
  const shown = showsAll ? months : months.slice(0, SHOWN)
  const more = months.length - shown.length
  return (
    <section className={styles.months} aria-labelledby="further-back">
      <h2 id="further-back" className={styles.title}>
        {t('day.back')}
      </h2>
      <div className={styles.buttons}>
        {shown.map(({ id, takenAtMs }) => (
          <Button key={id} onPress={() => onGo(takenAtMs)}>
            {format.month(takenAtMs, nowMs)}
          </Button>
        ))}
        {more > 0 && (
          <Button onPress={() => setShowsAll(true)}>{t('day.back.more', { n: format.number(more) })}</Button>
        )}
      </div>
    </section>
  )
}
