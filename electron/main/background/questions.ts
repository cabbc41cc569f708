import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { StoredProtection } from '../settings.ts'
import type { KeptSettings } from '../settings-file.ts'
import type { BackgroundMemory } from './background-memory.ts'
import type { Chores } from './chores.ts'
import { known, later, renewed } from './reminder-rules.ts'
import type { Upkeep } from './upkeep.ts'

export type QuestionParts = Readonly<{
  memory: BackgroundMemory
  settings: KeptSettings
  chores: Pick<Chores, 'retire' | 'opens'>
  upkeep: Pick<Upkeep, 'stepAside' | 'beginCleaning'>
  nowMs: () => number
  /** Something was decided; looks what comes of it. */
  decided: () => Promise<void>
}>

/** What the app asks a person beside backups, never in their way, and what comes of the answers. */
export class Questions {
  readonly #parts: QuestionParts

  constructor(parts: QuestionParts) {
    this.#parts = parts
  }

  /** Cleaning up would take much at once: the person wants that. */
  async cleanUp(): Promise<void> {
    const { memory, upkeep } = this.#parts
    const protection = this.#protection()
    await memory.keep({ upkeep: { ...memory.current.upkeep, accepted: true, asksBytes: null } })
    upkeep.beginCleaning(protection, memory.current.settings)
    await this.#parts.decided()
  }

  /** A computer that has been silent is gone for good, or still in use and asked about again later. */
  async answerDevice({ deviceId, isGone }: { deviceId: string; isGone: boolean }): Promise<void> {
    const { memory, upkeep: work, chores, nowMs } = this.#parts
    if (isGone) {
      const protection = this.#protection()
      await work.stepAside()
      await chores.retire(protection, deviceId)
    }
    const { upkeep } = memory.current
    const silentDevices = upkeep.silentDevices.filter((one) => !isGone || one.deviceId !== deviceId)
    const stillUsed = isGone ? upkeep.stillUsed : { ...upkeep.stillUsed, [deviceId]: nowMs() }
    await memory.keep({ upkeep: { ...upkeep, silentDevices, stillUsed } })
    await this.#parts.decided()
  }

  /** Tries the password on the backup itself. @throws BackupError `wrong-secret` */
  async checkPassword({ password }: { password: string }): Promise<void> {
    const { memory, chores, nowMs } = this.#parts
    const protection = this.#protection()
    const secret: SecretInput = { kind: 'password', password }
    await chores.opens(protection, secret)
    await memory.keep({ reminder: known(memory.current.reminder, protection.sinceMs, nowMs()) })
    await this.#parts.decided()
  }

  async askPasswordLater(): Promise<void> {
    const { memory, nowMs } = this.#parts
    await memory.keep({ reminder: later(memory.current.reminder, nowMs()) })
    await this.#parts.decided()
  }

  /** A new password is asked for from the start. */
  async passwordChanged(): Promise<void> {
    this.#parts.memory.set({ reminder: renewed(this.#parts.nowMs()) })
    await this.#parts.decided()
  }

  #protection(): StoredProtection {
    const { protection } = this.#parts.settings.current
    if (!protection) throw new BackupError('usage', { missing: 'protection' })
    return protection
  }
}
