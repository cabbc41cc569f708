import { GridList, GridListItem } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { BOXES } from '../words/key-entry.ts'
import { cx } from './class-names.ts'
import styles from './key-grid.module.css'

type Props = Readonly<{
  /** The 16 groups, or null while they are hidden: then nothing of the key is on the page. */
  groups: readonly string[] | null
  /** Groups (1 to 16) that are asked for. */
  asked?: readonly number[]
  size?: 'ordinary' | 'small'
}>

const NUMBERS = Array.from({ length: BOXES }, (_, at) => at + 1)

/** The 64-digit key as it stands on paper: 16 numbered groups, always from left to right. */
export function KeyGrid({ groups, asked = [], size = 'ordinary' }: Props) {
  if (groups) return <ShownKey groups={groups} />
  return (
    <div className={styles.grid} data-size={size} aria-hidden>
      {NUMBERS.map((number) => (
        <div key={number} className={styles.group} data-asked={asked.includes(number) || undefined}>
          <span className={styles.number}>{number}</span>
          <span className={styles.dots}>••••</span>
        </div>
      ))}
    </div>
  )
}

/** One stop for Tab; arrows go from group to group, and each is read digit by digit. */
function ShownKey({ groups }: Readonly<{ groups: readonly string[] }>) {
  const t = useText()
  return (
    <GridList className={cx(styles.grid)} layout="grid" aria-label={t('key.grid')} keyboardNavigationBehavior="arrow">
      {groups.map((digits, at) => (
        <GridListItem
          key={NUMBERS[at]}
          id={String(at + 1)}
          className={cx(styles.group)}
          textValue={t('key.group', { n: at + 1, digits: digits.split('').join(' ') })}
        >
          <span className={styles.number}>{at + 1}</span>
          <span className={styles.digits}>{digits}</span>
        </GridListItem>
      ))}
    </GridList>
  )
}
