import type { PlainError } from '#common/errors.ts'
import { type ProblemContext, problemValues, problemWords } from '#common/problem-words.ts'
import { Say, useText } from '../i18n.tsx'
import { Banner } from './banner.tsx'
import styles from './problem-banner.module.css'

type Props = Readonly<{
  problem: PlainError | null
  context?: ProblemContext
  /** `danger` for what was refused, `needs` for what waits for somebody. */
  tone?: 'danger' | 'needs'
}>

/** What went wrong with something just asked for: what happened, what is safe, what to do. Read at once. */
export function ProblemBanner({ problem, context = {}, tone = 'needs' }: Props) {
  const t = useText()
  if (!problem) return null
  const { title } = problemWords(t, problem, context)
  const values = problemValues(problem, context)
  const support = problem.facts['support']
  return (
    <Banner tone={tone} title={title} live="urgent">
      <Say
        id={`error.${problem.code}.body`}
        choices={values}
        values={{ place: values.place, name: values.name, mark: <b>{values.mark}</b> }}
      />
      {support !== undefined && (
        <p className={styles.support} data-selectable>
          {t('common.support', { code: support })}
        </p>
      )}
    </Banner>
  )
}
