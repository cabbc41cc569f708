import { daysWithout } from '#common/no-backup.ts'
import type { Log } from '../log/log.ts'
import type { KeptSettings } from '../settings-file.ts'
import type { BackgroundMemory } from './background-memory.ts'
import type { NoticeMemory, Told } from './notice-rules.ts'
import type { BackgroundCause, NoticeFacts } from './notice-words.ts'

export type TellerParts = Readonly<{
  memory: BackgroundMemory
  settings: KeptSettings
  nowMs: () => number
  notify: (cause: BackgroundCause, facts: NoticeFacts) => void
  /** True while somebody looks at the window: what it shows needs no notification. */
  isWatched: () => boolean
  log: Log
}>

/** What the window shows at the moment it happens. */
const SHOWN: readonly BackgroundCause[] = ['first-backup', 'restored']

/** Tells a person what the rules for notices say that they should be told. */
export class Teller {
  readonly #parts: TellerParts

  constructor(parts: TellerParts) {
    this.#parts = parts
  }

  get isWatched(): boolean {
    return this.#parts.isWatched()
  }

  /** Asks a rule, remembers what it says, and tells. */
  hear(rule: (memory: NoticeMemory) => Told, facts: Partial<NoticeFacts> = {}): void {
    const { memory: notices, causes } = rule(this.#parts.memory.current.notices)
    this.#parts.memory.set({ notices })
    for (const cause of causes) this.tell(cause, facts)
  }

  tell(cause: BackgroundCause, facts: Partial<NoticeFacts> = {}): void {
    const { memory, settings, nowMs: clock, notify, log } = this.#parts
    if (SHOWN.includes(cause) && this.isWatched) return
    const { protection } = settings.current
    const nowMs = clock()
    const lastBackupMs = protection?.lastBackup?.takenAtMs ?? null
    const days = daysWithout(lastBackupMs ?? protection?.sinceMs ?? nowMs, nowMs)
    const known = { nowMs, place: protection?.place.name ?? '', lastBackupMs, days, files: 0, folder: '' }
    log.write('notice', { cause, days })
    notify(cause, { ...known, problem: memory.current.problem, ...facts })
  }
}
