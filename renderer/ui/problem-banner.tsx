import type { PlainError } from '#common/errors.ts'
import { useText } from '../i18n.tsx'
import { type ProblemContext, problemWords } from '../words/problem-words.ts'
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
  const { title, body } = problemWords(t, problem, context)
  const support = problem.facts['support']
  return (
    <Banner tone={tone} title={title} live="urgent">
      {body}
      {support !== undefined && (
        <p className={styles.support} data-selectable>
          {t('common.support', { code: support })}
        </p>
      )}
    </Banner>
  )
}
