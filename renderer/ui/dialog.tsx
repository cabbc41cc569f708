import { type ReactNode, useId } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { cx } from './class-names.ts'
import styles from './dialog.module.css'
import { StateGlyph } from './state-glyph.tsx'

type Props = Readonly<{
  title: string
  lead?: ReactNode
  /** Guards a loss: it has a triangle, and Enter and Esc both cancel. */
  isGuard?: boolean
  onClose: () => void
  children?: ReactNode
  buttons: ReactNode
}>

/** A question or an explanation over the page. Enter presses the button of type submit, which is the safe one. */
export function Dialog({ title, lead, isGuard = false, onClose, children, buttons }: Props) {
  const leadId = useId()
  return (
    <ModalOverlay className={cx(styles.scrim)} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className={cx(styles.place)}>
        <AriaDialog
          className={cx(styles.dialog)}
          role={isGuard ? 'alertdialog' : 'dialog'}
          {...(lead === undefined ? {} : { 'aria-describedby': leadId })}
        >
          <form
            className={styles.form}
            noValidate
            onSubmit={(event) => {
              event.preventDefault()
              onClose()
            }}
          >
            <div className={styles.content}>
              <div className={styles.top}>
                {isGuard && <StateGlyph tone="needs" size={26} />}
                <div>
                  <Heading slot="title" level={1} className={cx(styles.title)}>
                    {title}
                  </Heading>
                  {lead && (
                    <p id={leadId} className={styles.lead}>
                      {lead}
                    </p>
                  )}
                </div>
              </div>
              {children}
            </div>
            {buttons}
          </form>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

/** The buttons in the order of the system: the last is the default on macOS, the first is the action on Windows. */
export function DialogButtons({ action, cancel }: Readonly<{ action?: ReactNode; cancel: ReactNode }>) {
  return (
    <div className={styles.buttons}>
      {action}
      {cancel}
    </div>
  )
}
