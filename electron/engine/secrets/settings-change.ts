import { BackupError } from '#common/errors.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import type { Config, Handover } from '#engine/repository/config.ts'
import { sealIndexes } from '#engine/repository/index-object.ts'
import type { EpochKeys, Keyring } from '#engine/repository/keyring.ts'
import { knownPacks } from '#engine/repository/load-parts.ts'
import { configStem, deviceFolder, indexName, newId, slotName } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { Settings } from '#engine/repository/settings.ts'
import { type NewSlot, publishConfig, putSlot } from '#engine/repository/write-settings.ts'
import type { UnfinishedChange } from '#engine/state/state-folder.ts'

/**
 * A change of the settings on its way. What it writes before the settings themselves is noted on this device first, so
 * that nothing of a change that was cut off stays for good (see `clearUnfinished`).
 */
export class SettingsChange {
  readonly #repository: OpenRepository
  /** Slots, in hex, of changes that were cut off and might still arrive: the settings of this change must revoke them. */
  readonly mustRevoke: readonly string[]
  readonly #earlier: readonly UnfinishedChange[]
  #now: UnfinishedChange = { slots: [], indexes: [], settings: null }

  private constructor(repository: OpenRepository, earlier: readonly UnfinishedChange[]) {
    this.#repository = repository
    this.#earlier = earlier
    this.mustRevoke = earlier.flatMap(({ slots }) => slots)
  }

  static async begin(repository: OpenRepository): Promise<SettingsChange> {
    return new SettingsChange(repository, await clearUnfinished(repository))
  }

  async putSlot(slot: NewSlot): Promise<void> {
    await this.#note({ ...this.#now, slots: [...this.#now.slots, toHex(slot.listed.slotId)] })
    await putSlot(this.#repository.destination, slot)
  }

  /** An index, under the present keys of `keyring`, of all packs that count until now under one of `from`. */
  async indexPacks(keyring: Keyring, from: readonly EpochKeys[]): Promise<void> {
    const { destination, deviceId } = this.#repository
    const packs = await knownPacks(this.#repository, from)
    const objects = sealIndexes(keyring, packs, () => indexName(newId())).map(({ name, bytes }) => {
      return { path: `${deviceFolder(deviceId)}/${name}`, bytes }
    })
    await this.#note({ ...this.#now, indexes: objects.map(({ path }) => path) })
    for (const { path, bytes } of objects) {
      await destination.put(path, bytes)
      const back = await destination.get(path, upTo(bytes.length))
      if (!back || !sameBytes(back, bytes)) throw new BackupError('damaged', { name: path })
    }
  }

  /** From here on the change may count, whatever happens. */
  async publish(keys: EpochKeys, config: Config, handover: Handover | null = null): Promise<void> {
    await this.#note({ ...this.#now, settings: configStem(config.seq, toHex(config.configId)) })
    await publishConfig(this.#repository.destination, keys, config, handover)
  }

  /** The settings count, and revoke what was left: nothing is unfinished any more. */
  async end(): Promise<void> {
    const { destination, state } = this.#repository
    await removeAll(
      destination,
      this.#earlier.flatMap(({ indexes }) => indexes),
    )
    await state.keepChanges([])
  }

  /** Takes away what was written, unless the settings were begun. */
  async abandon(): Promise<void> {
    if (this.#now.settings === null) await clearUnfinished(this.#repository)
  }

  async #note(now: UnfinishedChange): Promise<void> {
    this.#now = now
    await this.#repository.state.keepChanges([...this.#earlier, now])
  }
}

/**
 * Takes away what changes of this device have left that were cut off before their settings. Where the settings were begun
 * and are not to be seen, they might still arrive: what they need stays until later settings revoke their slots.
 *
 * @returns the changes that might still arrive.
 */
export async function clearUnfinished({
  state,
  settings,
  destination,
}: OpenRepository): Promise<readonly UnfinishedChange[]> {
  const changes = await state.readChanges()
  if (changes.length === 0) return []
  const left: UnfinishedChange[] = []
  for (const change of changes.filter((one) => !counts(one, settings))) {
    const names = change.slots.flatMap((slotId) => [slotName(slotId, 'a'), slotName(slotId, 'b')])
    if (change.settings !== null || !(await removeAll(destination, [...names, ...change.indexes]))) left.push(change)
  }
  await state.keepChanges(left)
  return left.filter((change) => change.settings !== null)
}

/** Whether a change has come to count: its settings are there or were superseded, its slots valid or revoked. */
function counts({ slots, settings: stem }: UnfinishedChange, { slots: valid, revoked, heads }: Settings): boolean {
  const isHead = heads.some(
    (head) => head.stem === stem || head.config.prevs.some(({ configId }) => stem?.endsWith(toHex(configId))),
  )
  return isHead || slots.some((slotId) => valid.has(slotId) || revoked.has(slotId))
}

async function removeAll(destination: Destination, names: readonly string[]): Promise<boolean> {
  try {
    for (const name of names) await destination.remove(name)
    return true
  } catch {
    return false // nothing depends on it, and the next change tries it again
  }
}
