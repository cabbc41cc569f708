import type { ReactNode } from 'react'
import { Switch as AriaSwitch } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { cx } from './class-names.ts'
import styles from './switch.module.css'

type Props = Readonly<{
  title: string
  hint?: ReactNode
  isOn: boolean
  onChange: (isOn: boolean) => void
  isDisabled?: boolean
}>

/** A row with a switch at its end. It applies at once. Windows says its state in words beside it. */
export function SwitchRow({ title, hint, isOn, onChange, isDisabled = false }: Props) {
  const t = useText()
  return (
    <AriaSwitch className={cx(styles.row)} isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <span className={styles.words}>
        <span className={styles.title}>{title}</span>
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
      <span className={styles.state} aria-hidden>
        {t(isOn ? 'switch.on' : 'switch.off')}
      </span>
      <span className={styles.track} aria-hidden>
        <span className={styles.thumb} />
      </span>
    </AriaSwitch>
  )
}
