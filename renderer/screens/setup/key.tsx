import { useEffect, useEffectEvent, useId, useState } from 'react'
import { useDeed } from '../../deed.ts'
import { Say, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { KeyGrid } from '../../ui/key-grid.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { groupsOf } from '../../words/key-entry.ts'
import { KeepKey } from './keep-key.tsx'
import styles from './key.module.css'
import type { NewSecret } from './new-secret.ts'

const LONG_ENOUGH_MS = 20_000
const AWAY_MS = 30_000

/** The new key, to be written down. It is on the page only while it is shown. */
export function Key({ calls, place }: NewSecret) {
  const t = useText()
  const [groups, setGroups] = useState<readonly string[] | null>(null)
  const [wasShown, setWasShown] = useState(false)
  const [wasLongEnough, setLongEnough] = useState(false)
  const [wasCopied, setCopied] = useState(false)
  const [wasHiddenByUs, setHiddenByUs] = useState(false)
  const missingId = useId()
  const show = useDeed(calls.showKey, (key) => {
    setGroups(groupsOf(key))
    setWasShown(true)
    setHiddenByUs(false)
  })
  const goOn = useDeed(calls.keySaved)
  const isShown = groups !== null
  const goBack = (): void => void calls.back()

  useWhile(isShown, LONG_ENOUGH_MS, () => setLongEnough(true))
  useAway(isShown, AWAY_MS, () => {
    setGroups(null)
    setHiddenByUs(true)
    void calls.hideKey()
  })

  const missing = !wasShown ? t('key.missing.show') : !wasCopied && !wasLongEnough ? t('key.missing.time') : null
  return (
    <Page
      title={t('key.title')}
      lead={t('key.lead')}
      onSubmit={() => goOn.run()}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={missing !== null}
              isPending={goOn.isPending}
              describedBy={missing === null ? undefined : missingId}
            >
              {t('key.saved')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        <ProblemBanner problem={show.problem ?? goOn.problem} />
        <div className={styles.key}>
          <div className={styles.grid} data-hidden={!isShown || undefined}>
            <KeyGrid groups={groups} />
          </div>
          {!isShown && (
            <div className={styles.cover}>
              <span className={styles.eye}>
                <Icon name="eyeOff" size={22} />
              </span>
              <p className={styles.caution}>{t('key.hidden')}</p>
              <Button tone="primary" onPress={() => show.run()} isPending={show.isPending}>
                {t('key.show')}
              </Button>
              <output className={styles.away}>{wasHiddenByUs && t('key.hiddenAgain')}</output>
            </div>
          )}
        </div>
        <KeepKey calls={calls} isDisabled={!isShown} onKept={() => setCopied(true)} />
        <p className={styles.advice}>
          {isShown && <Say id="key.advice" values={{ place: t('common.quoted', { name: place }) }} />}
        </p>
        {missing !== null && (
          <p id={missingId} className="visually-hidden">
            {missing}
          </p>
        )}
      </div>
    </Page>
  )
}

/** Calls once something has been so for a while. */
function useWhile(isSo: boolean, ms: number, then: () => void): void {
  const onTime = useEffectEvent(then)
  useEffect(() => {
    if (!isSo) return
    const timer = setTimeout(() => onTime(), ms)
    return () => clearTimeout(timer)
  }, [isSo, ms])
}

/** Calls when the window has been without focus for a while. */
function useAway(isWatched: boolean, ms: number, then: () => void): void {
  const onTime = useEffectEvent(then)
  useEffect(() => {
    if (!isWatched) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const leave = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => onTime(), ms)
    }
    const come = (): void => clearTimeout(timer)
    if (!document.hasFocus()) leave()
    window.addEventListener('blur', leave)
    window.addEventListener('focus', come)
    return () => {
      come()
      window.removeEventListener('blur', leave)
      window.removeEventListener('focus', come)
    }
  }, [isWatched, ms])
}
