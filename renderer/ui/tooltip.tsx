import type { ReactElement } from 'react'
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components'
import { cx } from './class-names.ts'
import styles from './tooltip.module.css'

type Props = Readonly<{
  text: string
  /** Where the name stands beside the icon in a wide window. */
  onlyWhenNarrow?: boolean
  children: ReactElement
}>

/** The name of a button that shows only an icon. Never the only copy of a fact. */
export function Tooltip({ text, onlyWhenNarrow = false, children }: Props) {
  return (
    <TooltipTrigger delay={700}>
      {children}
      <AriaTooltip className={cx(styles.tooltip)} data-narrow={onlyWhenNarrow || undefined} offset={6}>
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  )
}
