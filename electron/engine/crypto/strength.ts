import { hostname, userInfo } from 'node:os'
import type { ZxcvbnFactory, ZxcvbnResult } from '@zxcvbn-ts/core'
import type { Strength } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { FAMOUS_PHRASES } from './famous-phrases.ts'
import { isSettable } from './password.ts'

/**
 * Whoever stores a backup can guess at its password for years without anybody noticing, so the rule is far stricter
 * than that of a service that counts tries. 10^10 guesses at 3 x 256 MiB of Argon2id keep one graphics card busy for
 * most of a year.
 */
const MIN_CHARACTERS = 10
const MIN_GUESSES_LOG10 = 10
const VERY_STRONG_LOG10 = 12

/** Only so much of a password is judged: the time that judging takes grows with the square of its length. */
const JUDGED_UNITS = 128

/** What anybody would try first at a backup of chats. */
const OBVIOUS_WORDS = ['keepsake', 'whatsapp', 'telegram', 'signal', 'backup', 'chats', 'messages']

type Reason = NonNullable<Strength['reason']>
type Match = ZxcvbnResult['sequence'][number]

/**
 * Judges a password on this computer: at least 10 characters (code points), and at least 10^10 guesses by zxcvbn's
 * estimate. Words on `names`, by default this user's and this computer's own, count as known to whoever guesses.
 *
 * The first call loads the dictionaries (some 0.2 s).
 */
export async function ratePassword(text: string, names: readonly string[] = ownNames()): Promise<Strength> {
  if (text !== '' && !isSettable(text)) return refused('easy', 'illegal')
  const password = text.normalize('NFC')
  if (Array.from(password).length < MIN_CHARACTERS) return refused('short', 'too-short')
  const { guessesLog10, sequence } = (await loadJudge()).check(password, [...OBVIOUS_WORDS, ...names])
  if (guessesLog10 >= MIN_GUESSES_LOG10) {
    const level = guessesLog10 >= VERY_STRONG_LOG10 ? 'very-strong' : 'strong'
    return { accepted: true, level, reason: null, word: null }
  }
  return { accepted: false, level: 'easy', ...mainReason(sequence) }
}

/**
 * Lets a password pass that may protect a backup.
 *
 * @throws BackupError `secret-weak` with the `reason`; no part of the password is in it.
 */
export async function assertStrong(text: string): Promise<void> {
  const { accepted, reason } = await ratePassword(text)
  if (!accepted) throw new BackupError('secret-weak', { reason: reason ?? 'common' })
}

const refused = (level: 'short' | 'easy', reason: Reason): Strength => ({ accepted: false, level, reason, word: null })

let judge: Promise<ZxcvbnFactory> | null = null

function loadJudge(): Promise<ZxcvbnFactory> {
  judge ??= makeJudge()
  return judge
}

async function makeJudge(): Promise<ZxcvbnFactory> {
  const [core, common, en] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  return new core.ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...en.dictionary, famous: [...FAMOUS_PHRASES] },
    graphs: common.adjacencyGraphs,
    maxLength: JUDGED_UNITS,
  })
}

/** The kind of weakness that covers most of the password; what is plain guessing work counts for none. */
function mainReason(sequence: readonly Match[]): Readonly<{ reason: Reason; word: string | null }> {
  const covered = new Map<Reason, number>()
  for (const match of sequence) {
    const reason = reasonOf(match)
    if (reason) covered.set(reason, (covered.get(reason) ?? 0) + match.token.length)
  }
  const [reason = 'common'] = [...covered].sort((a, b) => b[1] - a[1])[0] ?? []
  return { reason, word: reason === 'word' ? longestWord(sequence) : null }
}

function reasonOf(match: Match): Reason | null {
  switch (match.pattern) {
    case 'dictionary':
      return isCommonPassword(match) ? 'common' : 'word'
    case 'date':
    case 'regex': // recent years
      return 'date'
    case 'repeat':
    case 'sequence':
    case 'spatial':
    case 'wordSequence':
      return 'repeats'
    default:
      return null
  }
}

/** Lists of passwords hold ordinary words too, and those are told as words. */
function isCommonPassword({ dictionaryName, token }: Match): boolean {
  return dictionaryName === 'famous' || (dictionaryName === 'passwords-common' && !/^\p{L}{3,}$/u.test(token))
}

function longestWord(sequence: readonly Match[]): string {
  const words = sequence.filter((match) => reasonOf(match) === 'word').map(({ token }) => token)
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '')
}

/** Names that are no secret to anybody near this computer, whole and in their parts. */
function ownNames(): readonly string[] {
  const names = [hostname(), userName()]
  return names.flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)]).filter((name) => name.length > 2)
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return '' // a user that the system has no entry for
  }
}
