import { type ReactNode, type Ref, useEffect, useState } from 'react'
import { Button as AriaButton, type ButtonProps } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { say } from './announcer.tsx'
import styles from './button.module.css'
import { cx } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'

type Props = Omit<ButtonProps, 'className' | 'style' | 'children' | 'isPending'> &
  Readonly<{
    tone?: 'plain' | 'primary' | 'danger' | 'quiet'
    size?: 'ordinary' | 'large'
    icon?: IconName
    /** At work: it keeps its width, its words and the focus, and after a moment it shows and says so. */
    isPending?: boolean
    /** Id of the text that says why it cannot be pressed, or what to know before. */
    describedBy?: string | undefined
    ref?: Ref<HTMLButtonElement>
    children: ReactNode
  }>

/** Something to press. */
export function Button({
  tone = 'plain',
  size = 'ordinary',
  icon,
  isPending = false,
  describedBy,
  children,
  ...props
}: Props) {
  const isLate = useLate(isPending)
  return (
    <AriaButton
      {...props}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      className={cx(styles.button)}
      data-tone={tone}
      data-size={size}
      data-late={isLate || undefined}
    >
      <span className={styles.content}>
        {icon && <Icon name={icon} size={16} />}
        {children}
      </span>
      {isLate && (
        <svg className={styles.spinner} width="16" height="16" viewBox="0 0 16 16" aria-hidden>
          <circle cx="8" cy="8" r="6" />
        </svg>
      )}
    </AriaButton>
  )
}

const PATIENCE_MS = 300

/** True once something has been at work for a moment; quick answers show nothing. Screen readers are told then. */
function useLate(isPending: boolean): boolean {
  const t = useText()
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    if (!isPending) return
    const timer = setTimeout(() => {
      setLate(true)
      say(t('common.working'))
    }, PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      setLate(false)
      say('')
    }
  }, [isPending, t])
  return isPending && isLate
}
