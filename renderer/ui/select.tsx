import styles from './select.module.css'

type Props = Readonly<{
  label: string
  choices: readonly Readonly<{ id: string; name: string }>[]
  value: string
  onChange: (id: string) => void
}>

/** One of many, in the system's own list. */
export function Select({ label, choices, value, onChange }: Props) {
  return (
    <label className={styles.line}>
      {label}
      <select className={styles.select} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {choices.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
