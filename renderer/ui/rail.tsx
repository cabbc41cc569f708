import { type ReactNode, useId } from 'react'
import { Button } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { cx } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'
import styles from './rail.module.css'
import { StateGlyph } from './state-glyph.tsx'
import { Tooltip } from './tooltip.tsx'

type RailItem = Readonly<{
  name: string
  icon: IconName
  isCurrent?: boolean
  isDisabled?: boolean
  onPress: () => void
}>

type RailProps = Readonly<{ items: readonly RailItem[]; foot?: ReactNode }>

/** The pages of the window. In a narrow window only the icons stay, with their names as tooltips. */
export function Rail({ items, foot }: RailProps) {
  const t = useText()
  return (
    <nav className={styles.rail} aria-label={t('rail.label')}>
      <ul className={styles.pages}>
        {items.map(({ name, icon, isCurrent = false, isDisabled = false, onPress }) => (
          <li key={name}>
            <Tooltip text={name} onlyWhenNarrow>
              <Button
                className={cx(styles.page)}
                isDisabled={isDisabled}
                onPress={onPress}
                aria-label={name}
                {...(isCurrent ? { 'aria-current': 'page' as const } : {})}
              >
                <Icon name={icon} size={18} />
                <span className={styles.name}>{name}</span>
              </Button>
            </Tooltip>
          </li>
        ))}
      </ul>
      {foot && <div className={styles.foot}>{foot}</div>}
    </nav>
  )
}

type RailStateProps = Readonly<{ tone: 'safe' | 'needs'; title: string; detail: string }>

/** At the foot of the rail, on pages that do not say it themselves: whether all is well. */
export function RailState({ tone, title, detail }: RailStateProps) {
  return (
    <>
      <p className={styles.state}>
        <StateGlyph tone={tone} size={14} />
        <span>{title}</span>
      </p>
      <p>{detail}</p>
    </>
  )
}

type StepsProps = Readonly<{
  title: string
  steps: readonly Readonly<{ id: string; name: string }>[]
  /** The step one is at; null when all are done. */
  current: string | null
  note: string
}>

/** Where one is on a way of several steps. */
export function Steps({ title, steps, current, note }: StepsProps) {
  const t = useText()
  const titleId = useId()
  const at = current === null ? steps.length : steps.findIndex(({ id }) => id === current)
  return (
    <nav className={styles.rail} aria-labelledby={titleId}>
      <p id={titleId} className={styles.title}>
        {title}
      </p>
      <ol className={styles.steps}>
        {steps.map(({ id, name }, index) => (
          <li
            key={id}
            className={styles.step}
            data-done={index < at || undefined}
            {...(index === at ? { 'aria-current': 'step' as const } : {})}
          >
            <span className={styles.number} aria-hidden>
              {index < at ? <Icon name="check" size={14} /> : index + 1}
            </span>
            <span className={styles.name}>{name}</span>
            {index < at && <span className="visually-hidden">, {t('common.done')}</span>}
          </li>
        ))}
      </ol>
      <p className={styles.foot}>{note}</p>
    </nav>
  )
}
