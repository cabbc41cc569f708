import mark from '../../resources/mark/mark.svg'
import markDark from '../../resources/mark/mark-dark.svg'
import beach from '../art/beach.svg'
import cake from '../art/cake.svg'
import dog from '../art/dog.svg'
import styles from './welcome-art.module.css'

/** Three prints and the box that keeps them. Decoration. */
export function WelcomeArt() {
  return (
    <div className={styles.art} aria-hidden>
      <img src={beach} alt="" className={styles.beach} />
      <img src={dog} alt="" className={styles.dog} />
      <img src={cake} alt="" className={styles.cake} />
      <picture className={styles.mark}>
        <source srcSet={markDark} media="(prefers-color-scheme: dark)" />
        <img src={mark} alt="" />
      </picture>
    </div>
  )
}
