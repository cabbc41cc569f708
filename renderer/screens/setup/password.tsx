import { useEffect, useId, useState } from 'react'
import type { Strength } from '#common/engine-contract.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { StrengthMeter } from '../../ui/strength-meter.tsx'
import { TextField } from '../../ui/text-field.tsx'
import type { NewSecret } from './new-secret.ts'
import styles from './password.module.css'
import { SuggestedWords } from './suggested-words.tsx'

/** A password that the engine accepts, typed twice or made of suggested words. */
export function Password({ calls, place, title, action }: NewSecret & Readonly<{ title?: string; action?: string }>) {
  const t = useText()
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [isAgainLeft, setAgainLeft] = useState(false)
  const [isShown, setShown] = useState(false)
  const strength = useStrength(password)
  const create = useDeed(calls.usePassword)
  const missingId = useId()
  const goBack = (): void => void calls.back()

  const isStrong = strength?.accepted === true
  const isSame = again === password
  const missing = !isStrong ? t('password.missing.strength') : !isSame ? t('password.missing.again') : null
  const take = (words: string): void => {
    setPassword(words)
    setAgain(words)
    setShown(true)
    create.forget()
  }

  return (
    <Page
      title={title ?? t('password.title')}
      lead={t('password.lead')}
      onSubmit={() => create.run({ password })}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={missing !== null}
              isPending={create.isPending}
              describedBy={missing === null ? undefined : missingId}
            >
              {action ?? t('password.create')}
            </Button>
          }
        />
      }
    >
      <div className={styles.fields}>
        <ProblemBanner problem={create.problem} context={{ place }} />
        <div>
          <TextField
            label={t('password.label')}
            value={password}
            onChange={setPassword}
            isSecret
            isShown={isShown}
            onShownChange={setShown}
            autoComplete="new-password"
            isDisabled={create.isPending}
          />
          <StrengthMeter strength={password === '' ? null : strength} />
        </div>
        <TextField
          label={t('password.again')}
          value={again}
          onChange={setAgain}
          onBlur={() => setAgainLeft(true)}
          error={isAgainLeft && again !== '' && !isSame ? t('password.mismatch') : null}
          isSecret
          isShown={isShown}
          hasEye={false}
          autoComplete="new-password"
          isDisabled={create.isPending}
        />
        <SuggestedWords onTake={take} />
        {missing !== null && (
          <p id={missingId} className="visually-hidden">
            {missing}
          </p>
        )}
      </div>
    </Page>
  )
}

const PAUSE_MS = 400

/** The engine's judgement of what is typed, after a pause; null until there is one for exactly this text. */
function useStrength(password: string): Strength | null {
  const [judged, setJudged] = useState<Readonly<{ password: string; strength: Strength }> | null>(null)
  useEffect(() => {
    if (password === '') return
    let isStale = false
    const judge = async (): Promise<void> => {
      const reply = await bridge.setup.ratePassword({ password })
      if (!isStale && reply.ok) setJudged({ password, strength: reply.value })
    }
    const timer = setTimeout(() => void judge(), PAUSE_MS)
    return () => {
      isStale = true
      clearTimeout(timer)
    }
  }, [password])
  return judged?.password === password ? judged.strength : null
}
