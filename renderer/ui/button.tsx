import type { ReactNode, Ref } from 'react'
import { Button as AriaButton, type ButtonProps, composeRenderProps, ProgressBar } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import styles from './button.module.css'
import { cx } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'

type Props = Omit<ButtonProps, 'className' | 'style'> &
  Readonly<{
    tone?: 'plain' | 'primary' | 'danger' | 'quiet'
    size?: 'ordinary' | 'large'
    icon?: IconName
    /** Id of the text that says why it cannot be pressed, or what to know before. */
    describedBy?: string | undefined
    ref?: Ref<HTMLButtonElement>
  }>

/** Something to press. While it is at work it keeps its width and says so. */
export function Button({ tone = 'plain', size = 'ordinary', icon, describedBy, children, ...props }: Props) {
  const t = useText()
  return (
    <AriaButton
      {...props}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      className={cx(styles.button)}
      data-tone={tone}
      data-size={size}
    >
      {composeRenderProps(children, (content: ReactNode, { isPending }) => (
        <>
          <span className={styles.content}>
            {icon && <Icon name={icon} size={16} />}
            {content}
          </span>
          {isPending && (
            <ProgressBar aria-label={t('common.working')} isIndeterminate className={cx(styles.spinner)}>
              <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden>
                <circle cx="8" cy="8" r="6" />
              </svg>
            </ProgressBar>
          )}
        </>
      ))}
    </AriaButton>
  )
}
