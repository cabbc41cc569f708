import { useState } from 'react'
import { useSeconds } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { StateGlyph } from '../../ui/state-glyph.tsx'
import styles from './copy-key.module.css'
import type { NewSecretCalls } from './new-secret.ts'

type Props = Readonly<{ call: NewSecretCalls['copyKey']; isDisabled: boolean; onCopied: () => void }>

/** Copies the key by way of main, which takes it back from the clipboard after a while; counts down to that. */
export function CopyKey({ call, isDisabled, onCopied }: Props) {
  const t = useText()
  const [clearsAtMs, setClearsAtMs] = useState<number | null>(null)
  const nowMs = useSeconds()
  const left = clearsAtMs === null ? null : Math.max(0, Math.floor(clearsAtMs / 1000) - nowMs / 1000)
  const copy = useDeed(call, ({ clearsInSeconds }) => {
    setClearsAtMs(Date.now() + clearsInSeconds * 1000)
    onCopied()
  })
  const isInClipboard = left !== null && left > 0
  return (
    <>
      <div className={styles.line}>
        <Button
          icon={isInClipboard ? 'check' : 'copy'}
          isDisabled={isDisabled}
          isPending={copy.isPending}
          onPress={() => copy.run()}
        >
          {isInClipboard ? t('key.copied') : t('key.copy')}
        </Button>
        {isInClipboard && (
          <span className={styles.note} role="timer">
            <StateGlyph tone="safe" size={14} />
            {t('key.clears', { n: left })}
          </span>
        )}
        <output className={styles.note}>{left === 0 && t('key.cleared')}</output>
      </div>
      <ProblemBanner problem={copy.problem} />
    </>
  )
}
