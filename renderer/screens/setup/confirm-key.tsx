import { useId, useState } from 'react'
import { problemWords } from '#common/problem-words.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { KeyGrid } from '../../ui/key-grid.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { DIGITS, tidy, wrongLetter } from '../../words/key-entry.ts'
import styles from './confirm-key.module.css'
import type { NewSecret } from './new-secret.ts'

type Props = NewSecret & Readonly<{ groups: readonly [number, number] }>

/** Two groups of the key are asked back: only a copy outside of this computer can answer. */
export function ConfirmKey({ groups: [a, b], calls, place }: Props) {
  const t = useText()
  const [typedA, setTypedA] = useState('')
  const [typedB, setTypedB] = useState('')
  const confirm = useDeed(calls.confirmKey)
  const missingId = useId()
  const goBack = (): void => void calls.back()
  const isWhole = [typedA, typedB].every((typed) => typed.length === DIGITS && wrongLetter(typed) === null)

  const wrongGroup = confirm.problem?.code === 'key-malformed' ? confirm.problem.facts['group'] : undefined
  const errorOf = (group: number, typed: string): string | null => {
    const letter = wrongLetter(typed)
    if (letter !== null) return t('key.wrongLetter', { letter })
    if (!confirm.problem || wrongGroup !== group) return null
    const { title, body } = problemWords(t, confirm.problem)
    return `${title}. ${body}`
  }
  const change = (set: (typed: string) => void) => (typed: string) => {
    confirm.forget()
    set(tidy(typed))
  }

  return (
    <Page
      title={t('confirm.title')}
      lead={t('confirm.lead', { a, b })}
      onSubmit={() => confirm.run({ groups: [typedA, typedB] })}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('confirm.showAgain')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={!isWhole}
              isPending={confirm.isPending}
              describedBy={isWhole ? undefined : missingId}
            >
              {t('common.continue')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        {wrongGroup === undefined && <ProblemBanner problem={confirm.problem} context={{ place }} />}
        <div className={styles.sides}>
          <KeyGrid groups={null} asked={[a, b]} size="small" />
          <div className={styles.fields}>
            <TextField
              label={t('confirm.group', { n: a })}
              value={typedA}
              onChange={change(setTypedA)}
              error={errorOf(a, typedA)}
              isKey
              isDisabled={confirm.isPending}
            />
            <TextField
              label={t('confirm.group', { n: b })}
              value={typedB}
              onChange={change(setTypedB)}
              error={errorOf(b, typedB)}
              isKey
              isDisabled={confirm.isPending}
            />
            <p className={styles.letters}>{t('confirm.letters')}</p>
          </div>
        </div>
        {!isWhole && (
          <p id={missingId} className="visually-hidden">
            {t('confirm.missing')}
          </p>
        )}
      </div>
    </Page>
  )
}
