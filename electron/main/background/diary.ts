import type { HistoryEntry } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import type { RunEnd } from '../backup-service.ts'
import type { Log } from '../log/log.ts'
import { countByCode, type History } from './history.ts'

export type DiaryParts = Readonly<{ history: Pick<History, 'add'>; log: Log; nowMs: () => number }>

const NOTHING = { code: null, seconds: 0, files: 0, bytes: 0, addedBytes: 0, skipped: {} } as const

/** Writes down what was done: for people into the history, for whoever looks for a fault into the log. */
export class Diary {
  readonly #parts: DiaryParts
  #before: BackupState | null = null

  constructor(parts: DiaryParts) {
    this.#parts = parts
  }

  runBegan(by: RunEnd['by']): void {
    this.#parts.log.write('run-began', { by })
  }

  runEnded({ by, startedAtMs, outcome, problem }: RunEnd): void {
    const seconds = Math.max(0, Math.round((this.#parts.nowMs() - startedAtMs) / 1000))
    const code = outcome ? null : (problem?.code ?? 'cancelled')
    const { files = 0, bytes = 0, addedBytes = 0, skipped = [] } = outcome ?? {}
    this.#parts.log.write('run-ended', {
      by,
      code,
      seconds,
      files,
      addedBytes,
      skipped: skipped.length,
      support: problem?.facts['support'] ?? null,
    })
    this.#add({
      ...NOTHING,
      deed: 'backup',
      by,
      code,
      seconds,
      files,
      bytes,
      addedBytes,
      skipped: countByCode(skipped),
    })
  }

  /** What cleaning up or a proof came to. */
  choreEnded(entry: Omit<HistoryEntry, 'atMs' | 'by' | 'skipped'>): void {
    const { deed, code, seconds, files, addedBytes } = entry
    this.#parts.log.write('chore-ended', { deed, code, seconds, files, freedBytes: addedBytes })
    this.#add({ ...entry, by: 'schedule', skipped: {} })
  }

  /** Notices what a person did from one state to the next. */
  stateChanged(state: BackupState): void {
    const before = this.#before
    this.#before = state
    if (before?.kind === 'setting-up' && state.kind === 'on') this.#add({ ...NOTHING, deed: 'turned-on', by: 'person' })
    if (before?.kind === 'turning-off' && state.kind === 'off') {
      this.#add({ ...NOTHING, deed: 'turned-off', by: 'person' })
    }
    if (before?.kind !== 'restoring' || before.step.at !== 'writing' || state.kind !== 'restoring') return
    const { step } = state
    if (step.at === 'done') {
      const { files, bytes, seconds, missing } = step.result
      const code = missing > 0 ? 'damaged' : null
      this.#add({ ...NOTHING, deed: 'restore', by: 'person', code, files, bytes, seconds: Math.round(seconds) })
    } else if (step.at !== 'writing') {
      const code = 'problem' in step && step.problem ? step.problem.code : 'cancelled'
      this.#add({ ...NOTHING, deed: 'restore', by: 'person', code })
    }
  }

  #add(entry: Omit<HistoryEntry, 'atMs'>): void {
    void this.#parts.history.add({ atMs: this.#parts.nowMs(), ...entry })
  }
}
