import { Fragment, type ReactNode } from 'react'
import { Button } from 'react-aria-components'
import styles from './card.module.css'
import { cx } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'

/** A sheet on the page. */
export function Card({ children, isFlat = false }: Readonly<{ children: ReactNode; isFlat?: boolean }>) {
  return (
    <div className={styles.card} data-flat={isFlat || undefined}>
      {children}
    </div>
  )
}

type IconPlateProps = Readonly<{ name: IconName; tone?: 'accent' | 'plain' | 'safe' | 'needs'; size?: 'row' | 'large' }>

/** An icon on a small plate, at the start of a row. */
export function IconPlate({ name, tone = 'plain', size = 'row' }: IconPlateProps) {
  return (
    <span className={styles.plate} data-tone={tone} data-size={size} aria-hidden>
      <Icon name={name} size={size === 'large' ? 24 : 18} />
    </span>
  )
}

type RowProps = Readonly<{
  /** At the start: an icon plate, mostly. */
  start?: ReactNode
  title: ReactNode
  hint?: ReactNode
  value?: ReactNode
  /** At the end: a button. */
  end?: ReactNode
  /** A row that opens something is a button and ends in a chevron. */
  onPress?: () => void
}>

/** One line of a card: what it is, and its value at the end. */
export function Row({ start, title, hint, value, end, onPress }: RowProps) {
  const content = (
    <>
      {start}
      <span className={styles.words}>
        <span className={styles.title}>{title}</span>
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
      {value && <span className={styles.value}>{value}</span>}
      {end}
      {onPress && <Icon name="chevron" size={18} className={styles.chevron} mirrors />}
    </>
  )
  if (!onPress) return <div className={styles.row}>{content}</div>
  return (
    <Button className={cx(styles.row)} onPress={onPress}>
      {content}
    </Button>
  )
}

type FactsProps = Readonly<{ facts: readonly Readonly<{ id: string; value: string; name: string }>[] }>

/** A few large numbers side by side. */
export function Facts({ facts }: FactsProps) {
  return (
    <Card>
      <dl className={styles.facts}>
        {facts.map(({ id, value, name }) => (
          <Fragment key={id}>
            <div className={styles.fact}>
              <dt className={styles.factName}>{name}</dt>
              <dd className={styles.factValue}>{value}</dd>
            </div>
          </Fragment>
        ))}
      </dl>
    </Card>
  )
}
