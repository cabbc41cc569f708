import type { ReactNode } from 'react'
import styles from './banner.module.css'
import { Icon, type IconName } from './icon.tsx'
import { StateGlyph } from './state-glyph.tsx'

type Props = Readonly<{
  tone: 'info' | 'safe' | 'needs' | 'danger'
  title?: ReactNode
  children?: ReactNode
  /** At most one button. */
  action?: ReactNode
  /** A drawing of its own in place of the tone's. */
  icon?: IconName
  /** For what appears by itself: read at once, or when there is time. Without it, it is read where it stands. */
  live?: 'urgent' | 'polite'
  id?: string
}>

const ROLES = { urgent: 'alert', polite: 'status' } as const

/** A note across the page. Its glyph says the same as its colour. */
export function Banner({ tone, title, children, action, icon, live, id }: Props) {
  return (
    <div className={styles.banner} data-tone={tone} id={id} role={live && ROLES[live]}>
      {icon ? <Icon name={icon} className={styles.icon} /> : <StateGlyph tone={tone} />}
      <div className={styles.words}>
        {title && <p className={styles.title}>{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}
