import { Button } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { cx } from './class-names.ts'
import styles from './crumb.module.css'
import { Icon } from './icon.tsx'

/** Above a heading: a way back, and where one is. */
export function Crumb({ text, onBack }: Readonly<{ text: string; onBack: () => void }>) {
  const t = useText()
  return (
    <div className={styles.crumb}>
      <Button className={cx(styles.back)} aria-label={t('common.back')} onPress={onBack}>
        <Icon name="back" size={18} mirrors />
      </Button>
      <span>{text}</span>
    </div>
  )
}
