import { type ReactNode, type RefObject, useEffect, useEffectEvent, useRef } from 'react'
import styles from './page.module.css'

type Props = Readonly<{
  title: ReactNode
  lead?: ReactNode
  /** Above the heading: a way back and where one is. */
  crumb?: ReactNode
  /** A drawing beside the heading, which is then set in the largest type. */
  figure?: ReactNode
  /** A smaller drawing beside the heading. */
  plate?: ReactNode
  /** Buttons right under the lead. */
  actions?: ReactNode
  /** What is beside the heading at the end of its line. */
  aside?: ReactNode
  children?: ReactNode
  /** The footer: Back at the start, the main button at the end. */
  bar?: ReactNode
  /** What the main button does. Enter does the same, wherever one is but in another button. */
  onSubmit?: () => void
  /** The page itself does not scroll; something in it does. */
  isFilled?: boolean
  /** Esc. */
  onBack?: (() => void) | undefined
}>

/** One screen: a heading that takes focus on arrival, what belongs to it, and the way on. */
export function Page({
  title,
  lead,
  crumb,
  figure,
  plate,
  actions,
  aside,
  children,
  bar,
  onSubmit,
  isFilled = false,
  onBack,
}: Props) {
  const form = useRef<HTMLFormElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  usePageKeys(form, onBack)
  // Also when the button that had the focus has gone while the screen stayed.
  useEffect(() => {
    if (document.activeElement === null || document.activeElement === document.body) heading.current?.focus()
  })
  // Who came by the rail, which stays, has arrived as well.
  useEffect(() => {
    if (document.activeElement?.closest('nav')) heading.current?.focus()
  }, [])

  return (
    <form
      ref={form}
      className={styles.page}
      noValidate
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit?.()
      }}
    >
      <div className={styles.body} data-filled={isFilled || undefined}>
        <div className={styles.column}>
          {crumb}
          <div className={styles.top}>
            {figure ?? plate}
            <div className={styles.words}>
              <div className={styles.headline}>
                <h1 ref={heading} tabIndex={-1} className={styles.title} data-display={figure ? true : undefined}>
                  {title}
                </h1>
                {aside}
              </div>
              {lead && <p className={styles.lead}>{lead}</p>}
              {actions && <div className={styles.actions}>{actions}</div>}
            </div>
          </div>
          {children}
        </div>
      </div>
      {bar && (
        <footer className={styles.bar}>
          <div className={styles.column}>{bar}</div>
        </footer>
      )}
    </form>
  )
}

/** Esc goes back, and Enter presses the main button, unless something that has the focus takes them for itself. */
function usePageKeys(form: RefObject<HTMLFormElement | null>, onBack: (() => void) | undefined): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const { target } = event
    if (event.defaultPrevented || !form.current || !(target instanceof Element)) return
    if (target !== document.body && !form.current.contains(target)) return
    if (event.key === 'Escape') onBack?.()
    const pressesItself = target.closest('button, input, [role="row"], [role="tab"]')
    if (event.key === 'Enter' && !pressesItself) mainButtonOf(form.current)?.click()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
}

const mainButtonOf = (form: HTMLFormElement): HTMLButtonElement | null =>
  form.querySelector<HTMLButtonElement>('button[type="submit"]:not(:disabled)')

type BarProps = Readonly<{ start?: ReactNode; note?: ReactNode; end?: ReactNode }>

/** The footer of a page. */
export function Bar({ start, note, end }: BarProps) {
  return (
    <div className={styles.buttons}>
      {start}
      {note && <div className={styles.note}>{note}</div>}
      {end && <div className={styles.end}>{end}</div>}
    </div>
  )
}
