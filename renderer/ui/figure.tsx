import styles from './figure.module.css'

export type FigureState = 'safe' | 'open' | 'needs' | 'off'

const LID = 'M68 26H188A52 52 0 0 1 240 78V84A10 10 0 0 1 230 94H26A10 10 0 0 1 16 84V78A52 52 0 0 1 68 26Z'
const BOX = 'M26 106H230V152A52 52 0 0 1 178 204H120L83 236A11 11 0 0 1 65 227.500V202.500A52 52 0 0 1 26 152Z'
const CLASP = 'M106 72H150A10 10 0 0 1 160 82V122A32 32 0 0 1 96 122V82A10 10 0 0 1 106 72Z'
const KEYHOLE =
  'M128 98a10.500 10.500 0 0 1 5.600 19.300l3 10.300a2.500 2.500 0 0 1-2.400 3.200h-12.400a2.500 2.500 0 0 1-2.400-3.200l3-10.300A10.500 10.500 0 0 1 128 98Z'

/**
 * The box, which is the mark and the state: shut with a tick, lid up with prints going in, lid ajar with a triangle,
 * or only an outline. The words beside it say the same. When a backup ends well while one looks on, the lid closes.
 */
export function Figure({ state }: Readonly<{ state: FigureState }>) {
  return (
    <svg className={styles.figure} data-state={state} width="104" height="104" viewBox="0 -24 276 276" aria-hidden>
      <g className={styles.whole}>
        <g className={styles.prints}>
          <g transform="rotate(-5 86 96)">
            <rect x="58" y="56" width="66" height="78" rx="5" className={styles.paper} />
            <rect x="66" y="64" width="50" height="46" className={styles.sky} />
            <path d="M66 110V96l16-15 14 14 9-8 11 9v14Z" className={styles.hills} />
            <circle cx="103" cy="76" r="7" className={styles.sun} />
          </g>
          <g transform="rotate(8 160 90)">
            <rect x="128" y="50" width="66" height="84" rx="5" className={styles.paper} />
            <path d="M140 68h42M140 82h42M140 96h28" className={styles.lines} />
          </g>
        </g>
        <path d={BOX} className={styles.box} />
        <path d={LID} className={styles.lid} />
        <g className={styles.clasp}>
          <path d={CLASP} className={styles.claspRing} />
          <path d={CLASP} className={styles.claspPlate} />
          <path d={KEYHOLE} className={styles.keyhole} />
        </g>
      </g>
      <g className={styles.tick}>
        <circle cx="214" cy="190" r="58" className={styles.ring} />
        <circle cx="214" cy="190" r="48" className={styles.tickGround} />
        <path d="m190 192 17 17 30-34" className={styles.tickMark} />
      </g>
      <g className={styles.triangle}>
        <path d="M212 142 262 232H162Z" className={styles.triangleRing} />
        <path d="M212 142 262 232H162Z" className={styles.triangleGround} />
        <path d="M212 172v28M212 217v.2" className={styles.triangleMark} />
      </g>
    </svg>
  )
}
