import { SearchField as AriaSearchField, Input } from 'react-aria-components'
import { cx } from './class-names.ts'
import { Icon } from './icon.tsx'
import styles from './search-field.module.css'

type Props = Readonly<{ label: string; value: string; onChange: (value: string) => void }>

/** A field that narrows a list while one types. Esc clears it. */
export function SearchField({ label, value, onChange }: Props) {
  return (
    <AriaSearchField className={cx(styles.field)} aria-label={label} value={value} onChange={onChange}>
      <Icon name="search" size={16} className={styles.icon} />
      <Input className={cx(styles.input)} placeholder={label} />
    </AriaSearchField>
  )
}
