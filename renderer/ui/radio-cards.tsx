import type { ReactNode } from 'react'
import { Radio, RadioGroup } from 'react-aria-components'
import { cx } from './class-names.ts'
import styles from './radio-cards.module.css'

type Choice<Id extends string> = Readonly<{
  id: Id
  icon?: ReactNode
  title: ReactNode
  hint?: ReactNode
  aside?: ReactNode
  /** Under all of it. */
  details?: ReactNode
  /** For screen readers, when the title alone would not tell. */
  label?: string
}>

type Props<Id extends string> = Readonly<{
  label: string
  choices: readonly Choice<Id>[]
  value: Id | null
  onChange: (id: Id) => void
}>

/** One of several, each on a card of its own. Arrows move, Space chooses. */
export function RadioCards<Id extends string>({ label, choices, value, onChange }: Props<Id>) {
  return (
    <RadioGroup className={cx(styles.group)} aria-label={label} value={value} onChange={(id) => onChange(id as Id)}>
      {choices.map(({ id, icon, title, hint, aside, details, label: name }) => (
        <Radio key={id} value={id} className={cx(styles.card)} {...(name === undefined ? {} : { 'aria-label': name })}>
          <span className={styles.dot} aria-hidden />
          {icon}
          <span className={styles.words}>
            <span className={styles.title}>{title}</span>
            {hint && <span className={styles.hint}>{hint}</span>}
          </span>
          {aside && <span className={styles.aside}>{aside}</span>}
          {details && <span className={styles.details}>{details}</span>}
        </Radio>
      ))}
    </RadioGroup>
  )
}
