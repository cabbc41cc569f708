import { ProgressBar } from 'react-aria-components'
import { cx } from './class-names.ts'
import styles from './progress.module.css'

type Props = Readonly<{
  label: string
  /** From 0 to 1; null while nothing can be said. */
  fraction: number | null
  valueText: string
  /** Shown at the end of the bar. */
  aside?: string
  size?: 'main' | 'inner'
}>

/** A bar that fills in whole per cents. It does not move while nothing is known. */
export function Progress({ label, fraction, valueText, aside, size = 'main' }: Props) {
  const percent = Math.floor((fraction ?? 0) * 100)
  return (
    <div className={styles.line} data-size={size}>
      <ProgressBar
        className={cx(styles.bar)}
        aria-label={label}
        value={percent}
        valueLabel={valueText}
        isIndeterminate={fraction === null}
      >
        <span className={styles.fill} style={{ inlineSize: `${percent}%` }} />
      </ProgressBar>
      {aside && <span className={styles.aside}>{aside}</span>}
    </div>
  )
}
