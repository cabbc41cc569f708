import type { ReactNode } from 'react'
import styles from './shell.module.css'

type Props = Readonly<{ rail?: ReactNode; children: ReactNode }>

/** The window: a rail at the start and the page beside it, or the page alone. */
export function Shell({ rail, children }: Props) {
  return (
    <div className={styles.shell} data-rail={rail ? 'yes' : 'no'}>
      <div className={styles.titlebar} />
      {rail}
      <main className={styles.main}>{children}</main>
    </div>
  )
}
