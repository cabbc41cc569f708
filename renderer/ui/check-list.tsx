import type { ReactNode } from 'react'
import { Checkbox, GridList, GridListItem, ListLayout, type Selection, Virtualizer } from 'react-aria-components'
import styles from './check-list.module.css'
import { cx } from './class-names.ts'
import { Icon } from './icon.tsx'

/** A box to tick: on, off, or in between. */
export function CheckBox({
  label,
  state,
  onChange,
  isDisabled = false,
}: Readonly<{ label: string; state: 'on' | 'off' | 'some'; onChange: (isOn: boolean) => void; isDisabled?: boolean }>) {
  return (
    <Checkbox
      className={cx(styles.check)}
      aria-label={label}
      isSelected={state === 'on'}
      isIndeterminate={state === 'some'}
      onChange={onChange}
      isDisabled={isDisabled}
    >
      <span className={styles.box} aria-hidden>
        {state === 'off' ? null : <Icon name={state === 'on' ? 'check' : 'minus'} size={16} />}
      </span>
    </Checkbox>
  )
}

type Item = Readonly<{ id: string; name: string; icon: ReactNode; hint?: ReactNode; value?: ReactNode }>

type Props = Readonly<{
  label: string
  items: readonly Item[]
  /** Ids of the ticked ones. */
  ticked: ReadonlySet<string>
  onChange: (ticked: ReadonlySet<string>) => void
  whenEmpty: ReactNode
}>

/** Many things to tick. Space ticks, arrows move; only what can be seen is drawn. */
export function CheckList({ label, items, ticked, onChange, whenEmpty }: Props) {
  const change = (selection: Selection): void => {
    const shown = items.map(({ id }) => id)
    const chosen = selection === 'all' ? new Set(shown) : new Set([...selection].map(String))
    const hidden = [...ticked].filter((id) => !shown.includes(id)) // what a search hides keeps its tick
    onChange(new Set([...hidden, ...chosen]))
  }
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ estimatedRowHeight: 48 }}>
      <GridList
        className={cx(styles.list)}
        aria-label={label}
        items={items}
        selectionMode="multiple"
        selectionBehavior="toggle"
        selectedKeys={[...ticked]}
        onSelectionChange={change}
        renderEmptyState={() => <div className={styles.empty}>{whenEmpty}</div>}
      >
        {({ id, name, icon, hint, value }) => (
          <GridListItem id={id} textValue={name} className={cx(styles.item)}>
            {({ isSelected }) => (
              <>
                <Checkbox slot="selection" className={cx(styles.check)}>
                  <span className={styles.box} aria-hidden>
                    {isSelected && <Icon name="check" size={16} />}
                  </span>
                </Checkbox>
                {icon}
                <span className={styles.words}>
                  <span className={styles.name}>
                    <bdi>{name}</bdi>
                  </span>
                  {hint && <span className={styles.hint}>{hint}</span>}
                </span>
                {value && <span className={styles.value}>{value}</span>}
              </>
            )}
          </GridListItem>
        )}
      </GridList>
    </Virtualizer>
  )
}
