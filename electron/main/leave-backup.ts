import { randomUUID } from 'node:crypto'
import type { TurnOffOutcome } from '#common/engine-contract.ts'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import { askWithProgress, type Engine } from './ask-engine.ts'
import type { Keychain } from './keychain.ts'
import type { Leaving } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'

export type LeaveParts = Readonly<{
  engine: Engine
  keychain: Pick<Keychain, 'delete'>
  settings: KeptSettings
}>

type OnProgress = (done: number, total: number) => void

/** The engine says these before it has touched anything. */
const NOTHING_DONE: readonly ErrorCode[] = ['destination-missing', 'sign-in-needed', 'offline', 'busy', 'wrong-secret']

/**
 * Ends a backup that was confirmed to end. The steps, and what a computer that stops after each is left with:
 *
 * 1. the protection record becomes a leaving record, in one write: from here on backups are off, whatever happens
 * 2. the engine retires or deletes the backup and forgets it: when cut off, the next start carries on
 * 3. the device key leaves the keychain: when cut off or locked, the next start tries again
 * 4. the leaving record goes; it stays while something is left to delete
 */
export class LeaveBackup {
  readonly #parts: LeaveParts

  constructor(parts: LeaveParts) {
    this.#parts = parts
  }

  /**
   * Resolves when backups are off. What is left to do is in `settings.leaving`.
   *
   * @throws BackupError when nothing was done at all; the protection record is back then.
   */
  async confirm(session: string, deleteBackups: boolean, onProgress: OnProgress): Promise<void> {
    const { settings, engine } = this.#parts
    const { protection } = settings.current
    if (!protection) throw new BackupError('usage', { missing: 'protection' })
    const left = { ...protection, waiting: null } // a new secret that waits has nothing to wait for
    const leaving: Leaving = { protection: left, deleteBackups, engineDone: false, remaining: 0 }
    await settings.update((all) => ({ ...all, protection: null, leaving: [...all.leaving, leaving] }))
    const count = new RemainingCount(onProgress)
    const run = randomUUID()
    const finish = () => engine.turnOff.finish({ run, session, deleteBackups })
    try {
      const outcome = await askWithProgress(engine.turnOff.progress, run, count.listen, finish)
      await this.#end(leaving, outcome, 0)
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (deleteBackups && !count.hasBegun && NOTHING_DONE.includes(error.code)) {
        const back = settings.update((all) => ({ ...all, protection, leaving: without(all.leaving, leaving) }))
        if (await back.then(yes, no)) throw error // otherwise it stays confirmed, and is tried again
      }
      await this.#carryOn(leaving, count)
    }
  }

  /** Goes on with everything that was cut off or could not be deleted before. Never throws. */
  async resume(onProgress: OnProgress): Promise<void> {
    for (const leaving of this.#parts.settings.current.leaving) {
      const needsEngine = !leaving.engineDone || leaving.remaining > 0
      if (needsEngine) await this.#carryOn(leaving, new RemainingCount(onProgress))
      else await this.#end(leaving, { deleted: 0, left: [] }, 0).catch(() => undefined)
    }
  }

  async #carryOn(leaving: Leaving, count: RemainingCount): Promise<void> {
    const { engine } = this.#parts
    const { deleteBackups } = leaving
    const { place, repository } = leaving.protection
    const run = randomUUID()
    const resume = () => engine.turnOff.resume({ run, place: place.spec, repository, deleteBackups })
    const outcome = await askWithProgress(engine.turnOff.progress, run, count.listen, resume).catch((thrown) =>
      BackupError.from(thrown).code === 'no-repository' ? { deleted: 0, left: [] } : null,
    )
    const remaining = deleteBackups ? Math.max(leaving.remaining, count.remaining, 1) : 0
    await this.#end(leaving, outcome, remaining).catch(() => undefined)
  }

  /** `outcome` null: the engine could not end it now. */
  async #end(leaving: Leaving, outcome: TurnOffOutcome | null, remaining: number): Promise<void> {
    const { keychain, settings } = this.#parts
    const left = outcome ? outcome.left.length : remaining
    const isKeyGone = outcome !== null && (await keychain.delete(leaving.protection.repository).then(yes, no))
    const rest: Leaving = { ...leaving, engineDone: outcome !== null, remaining: left }
    const kept = isKeyGone && left === 0 ? [] : [rest]
    const { spec } = leaving.protection.place
    // Access ends at the provider, too, as far as that can be reached.
    if (kept.length === 0 && spec.startsWith('account:')) await this.#parts.engine.account.disconnect({ place: spec })
    await settings.update((all) => ({ ...all, leaving: [...without(all.leaving, leaving), ...kept] }))
  }
}

/** Remembers how much was still to be deleted when it was last heard. */
class RemainingCount {
  readonly #onProgress: OnProgress
  hasBegun = false
  remaining = 0

  constructor(onProgress: OnProgress) {
    this.#onProgress = onProgress
  }

  readonly listen = ({ done, total }: { done: number; total: number }): void => {
    this.hasBegun = true
    this.remaining = Math.max(0, total - done)
    this.#onProgress(done, total)
  }
}

const without = (all: readonly Leaving[], one: Leaving): readonly Leaving[] =>
  all.filter(({ protection }) => protection.repository !== one.protection.repository)

const yes = (): boolean => true
const no = (): boolean => false
