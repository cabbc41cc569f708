import type { ErrorCode, PlainError } from '#common/errors.ts'
import { type Formats, formats } from '#common/formats.ts'
import { problemWords } from '#common/problem-words.ts'
import { spokenLocale, type Text } from '#common/text.ts'
import type { Notice, NoticeCause } from './notice.ts'

/** What the sentences of a notice may say: names of places and folders, counts and dates, and nothing of chats. */
export type NoticeFacts = Readonly<{
  nowMs: number
  place: string
  lastBackupMs: number | null
  problem: PlainError | null
  days: number // without a good backup
  files: number
  folder: string // where chats were restored to
}>

/** What this page has words for; whoever tells something else brings its own. */
export type BackgroundCause = Exclude<NoticeCause, 'carries-on' | 'secret-change'>

type Words = (facts: NoticeFacts, t: Text, format: Formats) => Omit<Notice, 'cause'>

const WORDS: Readonly<Record<Exclude<BackgroundCause, ErrorCode>, Words>> = {
  'first-backup': ({ files, place }, t) => ({
    title: t('notice.first.title'),
    body: t('notice.first.body', { n: files, place }),
    action: { label: t('notice.open'), deed: 'open' },
  }),
  'no-backup': (facts, t, format) => ({
    title: t('home.late.title', { n: facts.days }),
    body: `${whyNone(facts, t)} ${lastGood(facts, t, format)}`,
    action: { label: t('notice.open'), deed: 'open' },
  }),
  restored: ({ folder }, t) => ({
    title: t('notice.restored.title'),
    body: t('notice.restored.body', { folder }),
    action: { label: t('notice.show'), deed: 'show-restored' },
  }),
  'proof-failed': (_facts, t) => ({
    title: t('notice.proof.title'),
    body: t('notice.proof.body'),
    action: { label: t('notice.open'), deed: 'open' },
  }),
}

/** Puts a cause into words, in one language. */
export function noticeWords(locale: string, t: Text): (cause: BackgroundCause, facts: NoticeFacts) => Notice {
  const format = formats(spokenLocale(locale))
  return (cause, facts) => ({
    cause,
    ...(isOwn(cause) ? WORDS[cause](facts, t, format) : failed(cause, facts, t, format)),
  })
}

const isOwn = (cause: BackgroundCause): cause is keyof typeof WORDS => cause in WORDS

/** What happened, and what is safe. What to do stands in the window. */
function failed(code: PlainError['code'], facts: NoticeFacts, t: Text, format: Formats): Omit<Notice, 'cause'> {
  const problem = facts.problem ?? { code, facts: {} }
  return {
    title: problemWords(t, problem, { place: facts.place }).title,
    body: lastGood(facts, t, format),
    action: { label: t('notice.open'), deed: 'open' },
  }
}

function whyNone({ problem, place }: NoticeFacts, t: Text): string {
  if (problem?.code === 'destination-missing') return t('notice.none.missing', { place })
  return problem?.code === 'offline' ? t('notice.none.offline') : t('notice.none.other')
}

function lastGood({ lastBackupMs, nowMs }: NoticeFacts, t: Text, format: Formats): string {
  return lastBackupMs === null ? t('home.noneYet') : t('home.lastGood', { when: format.when(lastBackupMs, nowMs) })
}
