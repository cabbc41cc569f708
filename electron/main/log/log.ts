import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DEEDS, FREQUENCIES, WAIT_REASONS } from '#common/background.ts'
import { ERROR_CODES } from '#common/errors.ts'

/** What can be logged. Each line is one of these, its time, and counts and codes. */
export const LOG_EVENTS = [
  'app-started',
  'app-ended',
  'computer-woke',
  'engine-started',
  'engine-ended',
  'run-began',
  'run-ended',
  'run-interrupted',
  'waiting',
  'chore-began',
  'chore-ended',
  'notice',
  'unexpected',
] as const
export type LogEvent = (typeof LOG_EVENTS)[number]

/** Texts that may stand in a log. Anything else, whatever it is, is written as `?`. */
const OTHER_WORDS = [
  'schedule',
  'person',
  'pause',
  'cleaning-up',
  'proving',
  'first-backup',
  'no-backup',
  'restored',
  'proof-failed',
  'darwin',
  'win32',
  'linux',
] as const
const WORDS: ReadonlySet<string> = new Set([...ERROR_CODES, ...FREQUENCIES, ...WAIT_REASONS, ...DEEDS, ...OTHER_WORDS])
const SUPPORT_CODE = /^[0-9a-f]{8}$/

/** Names of facts; others are left out. */
const FACT_NAMES = [
  'addedBytes',
  'by',
  'cause',
  'chore',
  'code',
  'days',
  'deed',
  'files',
  'freedBytes',
  'platform',
  'reason',
  'seconds',
  'skipped',
  'support',
] as const
type FactName = (typeof FACT_NAMES)[number]

export type LogFacts = Readonly<Partial<Record<FactName, number | string | null>>>

export interface Log {
  write(event: LogEvent, facts?: LogFacts): void
}

const MAX_BYTES = 256 * 1024
const OLD_FILES = 3

/**
 * A log of codes and counts, a JSON object a line, in a folder of this computer. It cannot hold a name, a path, a secret
 * or what a chat says, because it lets no text through that is not in its list. At most about 1 MB: the file is set
 * aside when it is full, and three old ones are kept.
 */
export class FileLog implements Log {
  readonly #folder: string
  readonly #nowMs: () => number

  constructor(folder: string, nowMs: () => number) {
    this.#folder = folder
    this.#nowMs = nowMs
  }

  /** Never throws: no log is worth a failure. */
  write(event: LogEvent, facts: LogFacts = {}): void {
    const clean = FACT_NAMES.filter((name) => facts[name] !== undefined).map((name) => [
      name,
      cleaned(name, facts[name]),
    ])
    const line = JSON.stringify({ at: new Date(this.#nowMs()).toISOString(), event, ...Object.fromEntries(clean) })
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      this.#rotate()
      appendFileSync(this.#path(0), `${line}\n`, { mode: 0o600 })
    } catch {
      // a full or read-only disk
    }
  }

  #rotate(): void {
    const size = statSync(this.#path(0), { throwIfNoEntry: false })?.size ?? 0
    if (size < MAX_BYTES) return
    for (let number = OLD_FILES - 1; number >= 0; number--) {
      const from = this.#path(number)
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, this.#path(number + 1))
    }
  }

  #path(number: number): string {
    return join(this.#folder, number === 0 ? 'keepsake.log' : `keepsake.${number}.log`)
  }
}

function cleaned(name: FactName, value: number | string | null | undefined): number | string | null | undefined {
  if (typeof value !== 'string') return value
  return WORDS.has(value) || (name === 'support' && SUPPORT_CODE.test(value)) ? value : '?'
}
