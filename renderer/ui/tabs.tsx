import type { ReactNode } from 'react'
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components'
import { cx } from './class-names.ts'
import styles from './tabs.module.css'

type Props<Id extends string> = Readonly<{
  label: string
  tabs: readonly Readonly<{ id: Id; name: string; content: ReactNode }>[]
  selected: Id
  onChange: (id: Id) => void
  /** Between the tabs and their content. */
  children?: ReactNode
}>

/** Two or three ways to do the same, one at a time. */
export function Tabs<Id extends string>({ label, tabs, selected, onChange, children }: Props<Id>) {
  return (
    <AriaTabs className={cx(styles.tabs)} selectedKey={selected} onSelectionChange={(id) => onChange(id as Id)}>
      <TabList className={cx(styles.list)} aria-label={label}>
        {tabs.map(({ id, name }) => (
          <Tab key={id} id={id} className={cx(styles.tab)}>
            {name}
          </Tab>
        ))}
      </TabList>
      {children}
      {tabs.map(({ id, content }) => (
        <TabPanel key={id} id={id} className={cx(styles.panel)}>
          {content}
        </TabPanel>
      ))}
    </AriaTabs>
  )
}
