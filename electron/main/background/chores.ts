import { randomUUID } from 'node:crypto'
import type { CleanUpOutcome, KeepCounts, ProofOutcome, SecretInput } from '#common/engine-contract.ts'
import { ask, type Engine } from '../ask-engine.ts'
import { withDeviceKey } from '../device-key.ts'
import type { Keychain } from '../keychain.ts'
import type { StoredProtection } from '../settings.ts'

/** The housekeeping as the engine does it. A signal that aborts makes it give way. */
export interface Chores {
  cleanUp(
    protection: StoredProtection,
    how: Readonly<{ keep: KeepCounts; fewer: KeepCounts | null; accepted: boolean }>,
    signal: AbortSignal,
  ): Promise<CleanUpOutcome>
  prove(protection: StoredProtection, signal: AbortSignal): Promise<ProofOutcome>
  retire(protection: StoredProtection, deviceId: string): Promise<void>
  /** Opens the backup with a secret and closes it again. @throws BackupError `wrong-secret` */
  opens(protection: StoredProtection, secret: SecretInput): Promise<void>
}

type Opening = Readonly<{ run: string; place: string; repository: string; deviceKey: Uint8Array }>

export class EngineChores implements Chores {
  readonly #engine: Engine
  readonly #keychain: Pick<Keychain, 'get'>

  constructor(engine: Engine, keychain: Pick<Keychain, 'get'>) {
    this.#engine = engine
    this.#keychain = keychain
  }

  cleanUp(protection: StoredProtection, how: Parameters<Chores['cleanUp']>[1], signal: AbortSignal) {
    return this.#run(protection, signal, (opening) => ask(this.#engine.upkeep.cleanUp({ ...opening, ...how })))
  }

  prove(protection: StoredProtection, signal: AbortSignal) {
    return this.#run(protection, signal, (opening) => ask(this.#engine.upkeep.prove(opening)))
  }

  retire({ place, repository }: StoredProtection, deviceId: string): Promise<void> {
    return withDeviceKey(this.#keychain, repository, (deviceKey) =>
      ask(this.#engine.upkeep.retire({ place: place.spec, repository, deviceId, deviceKey })),
    )
  }

  async opens({ place, repository }: StoredProtection, secret: SecretInput): Promise<void> {
    const { session } = await ask(this.#engine.turnOff.open({ place: place.spec, repository, secret }))
    await this.#engine.turnOff.close({ session })
  }

  #run<T>(
    { place, repository }: StoredProtection,
    signal: AbortSignal,
    work: (opening: Opening) => Promise<T>,
  ): Promise<T> {
    const run = randomUUID()
    return withDeviceKey(this.#keychain, repository, async (deviceKey) => {
      signal.throwIfAborted()
      const cancel = (): void => void this.#engine.run.cancel({ run })
      signal.addEventListener('abort', cancel)
      try {
        return await work({ run, place: place.spec, repository, deviceKey })
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    })
  }
}
