import type { PlainError } from '#common/errors.ts'
import type { Text } from '#common/text.ts'

/** A problem as the window says it: what happened, what is safe, what to do. */
export type ProblemWords = Readonly<{ title: string; body: string; action: string }>

/** What a sentence about a problem may name beyond the problem's own facts. */
export type ProblemContext = Readonly<{ place?: string; mark?: string; kind?: 'password' | 'key' }>

/** Facts that sentences use; one that is not known is empty, and the sentence has a form without it. */
const NO_FACTS = { reason: '', letter: '', digits: 0, group: 0, name: '', mark: '', kind: 'password' }

export function problemWords(t: Text, problem: PlainError, context: ProblemContext = {}): ProblemWords {
  const { code } = problem
  const values = problemValues(problem, context)
  return {
    title: t(`error.${code}.title`, values),
    body: t(`error.${code}.body`, values),
    action: t(`error.${code}.action`, values),
  }
}

/** What the sentences about a problem may use. */
export function problemValues({ facts }: PlainError, context: ProblemContext = {}) {
  const place = context.place ?? String(facts['name'] ?? facts['folder'] ?? '')
  const reason = String(facts['reason'] ?? '').replaceAll('-', '_') // as messages can choose by it
  return { ...NO_FACTS, ...facts, ...context, place, reason }
}
