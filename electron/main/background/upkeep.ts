import type { BackgroundSettings, Keep } from '#common/background.ts'
import type { CleanUpOutcome, ProofOutcome } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Log } from '../log/log.ts'
import type { StoredProtection } from '../settings.ts'
import type { Chores } from './chores.ts'
import type { Diary } from './diary.ts'
import {
  afterChoreFailed,
  afterChoreGaveWay,
  type Chore,
  choreDue,
  isChoreDue,
  type UpkeepMemory,
} from './upkeep-rules.ts'

export type UpkeepParts = Readonly<{
  chores: Chores
  nowMs: () => number
  /** For so long nobody has touched the computer. */
  idleSeconds: () => number
  memory: () => UpkeepMemory
  /** Takes what is to be remembered, and looks what else there is to do. */
  remember: (memory: UpkeepMemory) => void
  /** A proof has found damage. */
  foundDamage: () => void
  diary: Pick<Diary, 'choreEnded'>
  log: Log
}>

/** Shorter choices of days to go back to, from long to short; the first that is shorter is the one that is weighed. */
const SHORTER: readonly Keep[] = [
  { daily: 7, weekly: 4, monthly: 12 },
  { daily: 7, weekly: 4, monthly: 3 },
  { daily: 7, weekly: 1, monthly: 0 },
]

/** Does the housekeeping, one chore at a time and never beside anything else. */
export class Upkeep {
  readonly #parts: UpkeepParts
  #running: Readonly<{ chore: Chore; control: AbortController; ended: Promise<void> }> | null = null

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  get current(): Chore | null {
    return this.#running?.chore ?? null
  }

  /** Whether anything is due, so that it is worth asking whether something holds it back. */
  isDue({ sinceMs, lastBackup }: StoredProtection): boolean {
    const moment = { nowMs: this.#parts.nowMs(), sinceMs, lastBackupMs: lastBackup?.takenAtMs ?? null }
    return this.#running === null && isChoreDue(this.#parts.memory(), moment)
  }

  /** Begins what is due, unless somebody is at work. Its end is told to `remember`. */
  begin(protection: StoredProtection, settings: BackgroundSettings): void {
    const { nowMs, idleSeconds, memory } = this.#parts
    const { sinceMs, lastBackup } = protection
    const lastBackupMs = lastBackup?.takenAtMs ?? null
    const chore = choreDue(memory(), { nowMs: nowMs(), sinceMs, lastBackupMs, idleSeconds: idleSeconds() })
    if (chore && !this.#running) this.#run(chore, protection, settings)
  }

  /** Cleans up at once, whoever sits there: a person has asked for it, and for all that goes. */
  beginCleaning(protection: StoredProtection, settings: BackgroundSettings): void {
    if (!this.#running) this.#run('cleaning-up', protection, settings)
  }

  /** Ends what is being done, so that the backup is free for somebody else. It is begun again later. */
  async stepAside(): Promise<void> {
    this.#running?.control.abort()
    await this.#running?.ended
  }

  #run(chore: Chore, protection: StoredProtection, settings: BackgroundSettings): void {
    const control = new AbortController()
    this.#parts.log.write('chore-began', { chore })
    const ended = this.#do(chore, protection, settings, control.signal)
    this.#running = { chore, control, ended }
  }

  /** Never throws. */
  async #do(
    chore: Chore,
    protection: StoredProtection,
    settings: BackgroundSettings,
    signal: AbortSignal,
  ): Promise<void> {
    const { nowMs, memory, remember } = this.#parts
    const startedAtMs = nowMs()
    await Promise.resolve() // what this answers is noted first
    try {
      const next = await (chore === 'cleaning-up'
        ? this.#cleanUp(protection, settings, signal)
        : this.#prove(protection, signal))
      this.#running = null
      remember({ ...memory(), ...next, retryMs: null, failures: 0 })
    } catch (thrown) {
      this.#running = null
      const { code, facts } = BackupError.from(thrown)
      const hasGivenWay = signal.aborted || code === 'cancelled' || code === 'busy'
      const now = memory()
      const after = hasGivenWay ? afterChoreGaveWay(now, nowMs()) : afterChoreFailed(now, nowMs())
      const asks = code === 'looks-wrong' && facts['reason'] === 'prune' ? Number(facts['n']) : now.asksBytes
      if (!hasGivenWay) this.#writeDown(chore, code, { seconds: Math.round((nowMs() - startedAtMs) / 1000) })
      remember({ ...after, asksBytes: asks })
    }
  }

  async #cleanUp(
    protection: StoredProtection,
    { keep }: BackgroundSettings,
    signal: AbortSignal,
  ): Promise<Partial<UpkeepMemory>> {
    const fewer = SHORTER.find((one) => isShorter(one, keep)) ?? null
    const accepted = this.#parts.memory().accepted
    const outcome = await this.#parts.chores.cleanUp(protection, { keep, fewer, accepted }, signal)
    this.#writeDown('cleaning-up', outcome.isWhole ? null : 'damaged', {
      seconds: Math.round(outcome.seconds),
      addedBytes: outcome.freedBytes,
    })
    const atMs = this.#parts.nowMs()
    return {
      cleanedMs: atMs,
      accepted: false,
      asksBytes: null,
      silentDevices: outcome.silent,
      storage: storageOf(outcome, fewer, atMs),
    }
  }

  async #prove(protection: StoredProtection, signal: AbortSignal): Promise<Partial<UpkeepMemory>> {
    const outcome = await this.#parts.chores.prove(protection, signal)
    const { files, databases, broken } = outcome
    this.#writeDown('proving', broken > 0 ? 'damaged' : null, { seconds: Math.round(outcome.seconds), files })
    if (broken > 0) this.#parts.foundDamage()
    const rereadAll = broken > 0 || this.#parts.memory().rereadAll
    return { rereadAll, proof: { atMs: this.#parts.nowMs(), files, databases, broken } }
  }

  #writeDown(
    chore: Chore,
    code: BackupError['code'] | null,
    numbers: Partial<Pick<ProofOutcome, 'files' | 'seconds'> & { addedBytes: number }>,
  ): void {
    const deed = chore === 'cleaning-up' ? 'clean-up' : 'proof'
    this.#parts.diary.choreEnded({ deed, code, seconds: 0, files: 0, bytes: 0, addedBytes: 0, ...numbers })
  }
}

function storageOf(
  { usedBytes, goingBytes, fewerBytes }: CleanUpOutcome,
  fewer: Keep | null,
  atMs: number,
): UpkeepMemory['storage'] {
  const fewerDays = fewer && fewerBytes !== null && fewerBytes > 0 ? { keep: fewer, bytes: fewerBytes } : null
  return { atMs, usedBytes, goingBytes, fewerDays }
}

const isShorter = (a: Keep, b: Keep): boolean =>
  a.daily <= b.daily &&
  a.weekly <= b.weekly &&
  a.monthly <= b.monthly &&
  a.daily + a.weekly + a.monthly < b.daily + b.weekly + b.monthly
