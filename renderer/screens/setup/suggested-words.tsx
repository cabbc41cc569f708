import { useEffect, useState } from 'react'
import { bridge } from '../../bridge.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import styles from './suggested-words.module.css'

/** Six random words, made on this computer, for whoever does not want to think of a password. */
export function SuggestedWords({ onTake }: Readonly<{ onTake: (words: string) => void }>) {
  const t = useText()
  const [words, setWords] = useState('')
  const suggestAgain = async (): Promise<void> => setWords((await suggest()) ?? words)
  useEffect(() => {
    let isGone = false
    const suggestFirst = async (): Promise<void> => {
      const made = await suggest()
      if (!isGone && made !== null) setWords(made)
    }
    void suggestFirst()
    return () => {
      isGone = true
    }
  }, [])

  return (
    <section className={styles.box} aria-labelledby="suggested-words">
      <div className={styles.top}>
        <h2 id="suggested-words" className={styles.title}>
          {t('password.words.title')}
        </h2>
        <Button tone="quiet" icon="refresh" onPress={() => void suggestAgain()}>
          {t('password.words.new')}
        </Button>
      </div>
      <p className={styles.words} aria-live="polite" data-selectable>
        {words}
      </p>
      <Button isDisabled={words === ''} onPress={() => onTake(words)}>
        {t('password.words.use')}
      </Button>
    </section>
  )
}

async function suggest(): Promise<string | null> {
  const reply = await bridge.setup.suggestWords()
  return reply.ok ? reply.value : null
}
