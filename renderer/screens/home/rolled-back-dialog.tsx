import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogButtons } from '../../ui/dialog.tsx'
import { focusOnArrival } from '../../ui/focus-on-arrival.ts'
import styles from './rolled-back-dialog.module.css'

/** Why a backup can be older than it was, and what can be done about each cause. */
export function RolledBackDialog({ onClose }: Readonly<{ onClose: () => void }>) {
  const t = useText()
  return (
    <Dialog
      title={t('rolledBack.title')}
      lead={t('rolledBack.lead')}
      onClose={onClose}
      buttons={
        <DialogButtons
          cancel={
            <Button tone="primary" type="submit" ref={focusOnArrival}>
              {t('rolledBack.close')}
            </Button>
          }
        />
      }
    >
      <ul className={styles.causes}>
        {(['rolledBack.1', 'rolledBack.2', 'rolledBack.3'] as const).map((cause) => (
          <li key={cause}>{t(cause)}</li>
        ))}
      </ul>
      <p>{t('rolledBack.4')}</p>
    </Dialog>
  )
}
