import { supportCode } from '#common/support-code.ts'

/**
 * Every failure a person can meet, with the exit code the command line gives for it (docs/cli.md).
 * The codes are also message keys: `error.<code>.title`, `.body` and `.action` in resources/locales.
 * Numbers never change meaning.
 */
export const EXIT_CODES = {
  unexpected: 1, // a bug; everything else is foreseen
  usage: 2,
  'destination-missing': 10, // the place, drive or folder is not there right now
  'no-repository': 11,
  'wrong-secret': 12, // does not open, or was replaced
  damaged: 13,
  'rolled-back': 14, // older, forked or vanished since this device last looked
  'destination-full': 15,
  'secret-weak': 16,
  'sign-in-needed': 17, // refused, read-only, no permission at the destination
  'source-unreadable': 18,
  'too-new': 19, // written by a newer version of this app
  'key-settings': 20, // a slot asks for work outside the safe range
  'target-unusable': 21, // the folder to restore into is not empty or not writable
  'looks-wrong': 22, // waits for a yes
  'repository-exists': 23,
  'key-malformed': 24,
  'not-found': 25, // no such snapshot, or no such path in it
  offline: 26,
  'disk-full': 27, // the state folder or the restore target
  'keychain-locked': 28,
  busy: 29, // another run uses this state folder
  cancelled: 130,
} as const

export type ErrorCode = keyof typeof EXIT_CODES

export const ERROR_CODES = Object.keys(EXIT_CODES) as readonly ErrorCode[]

/** Facts for the message text. Never secrets, never chat content, never names found inside chats. */
export type ErrorFacts = Readonly<Record<string, string | number>>

/** What crosses a process boundary instead of an Error object. */
export type PlainError = Readonly<{ code: ErrorCode; facts: ErrorFacts }>

/** The one error class of the product. `code` decides the sentence, the remedy and the exit code. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code: ErrorCode
  readonly facts: ErrorFacts

  constructor(code: ErrorCode, facts: ErrorFacts = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }

  /** Wraps anything thrown; what was not foreseen becomes `unexpected`. */
  static from(thrown: unknown): BackupError {
    if (thrown instanceof BackupError) return thrown
    if (thrown instanceof Error && thrown.name === 'AbortError') return new BackupError('cancelled', {}, thrown)
    return new BackupError('unexpected', {}, thrown)
  }

  /** Makes an error again from what came over a process boundary. */
  static fromPlain({ code, facts }: PlainError): BackupError {
    return new BackupError(code, facts)
  }

  /** A bug gets its support code here, where its stack is still known; it is the same on the far side. */
  toPlain(): PlainError {
    const { code, facts } = this
    if (code !== 'unexpected' || 'support' in facts) return { code, facts }
    return { code, facts: { ...facts, support: supportCode(this.cause ?? this) } }
  }
}
