import { Icon } from './icon.tsx'
import styles from './state-glyph.module.css'

export type Tone = 'safe' | 'needs' | 'danger' | 'info' | 'none'

type Props = Readonly<{ tone: Tone; size?: number }>

/** The shape of a state, so that colour is never alone: round with a tick, triangle with a bar, dashed outline. */
export function StateGlyph({ tone, size = 20 }: Props) {
  switch (tone) {
    case 'safe':
      return (
        <svg width={size} height={size} viewBox="0 0 20 20" className={styles.safe} aria-hidden>
          <circle cx="10" cy="10" r="9.500" />
          <path d="m5.900 10.400 2.700 2.700 5.500-6" />
        </svg>
      )
    case 'needs':
      return (
        <svg width={size} height={size} viewBox="0 0 20 20" className={styles.needs} aria-hidden>
          <path d="M8.600 1.900a1.600 1.600 0 0 1 2.800 0l8.100 14.200a1.600 1.600 0 0 1-1.400 2.400H1.900a1.600 1.600 0 0 1-1.400-2.400Z" />
          <path d="M10 7.200v4.600M10 15.200v.1" />
        </svg>
      )
    case 'danger':
      return <Icon name="refuse" size={size} className={styles.danger} />
    case 'info':
      return <Icon name="info" size={size} className={styles.info} />
    case 'none':
      return (
        <svg width={size} height={size} viewBox="0 0 20 20" className={styles.none} aria-hidden>
          <circle cx="10" cy="10" r="8.500" />
        </svg>
      )
  }
}
