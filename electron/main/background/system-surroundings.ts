import { stat } from 'node:fs/promises'
import { net, powerMonitor } from 'electron'
import type { SurroundingsSource } from './surroundings.ts'
import { systemFacts } from './system-facts.ts'

/** A disk on a network that is gone may never answer; that counts as not there. */
const PATIENCE_MS = 5000

/** The computer as Electron and the system tell of it. */
export class SystemSurroundings implements SurroundingsSource {
  #asking: Promise<boolean> | null = null

  async glance(place: string) {
    return { isOnline: net.isOnline(), isPlaceThere: await this.#isThere(place) }
  }

  async look(place: string) {
    const isOnBattery = powerMonitor.isOnBatteryPower()
    const heat = powerMonitor.getCurrentThermalState()
    const [glance, facts] = await Promise.all([this.glance(place), systemFacts({ isOnBattery })])
    return { ...glance, ...facts, isOnBattery, isHot: heat === 'serious' || heat === 'critical' }
  }

  needsNetwork(place: string): boolean {
    return folderOf(place) === null
  }

  /** Never asks a second time while the first has not answered: each would hold a thread. */
  async #isThere(place: string): Promise<boolean | null> {
    const folder = folderOf(place)
    if (folder === null) return null
    if (this.#asking) return false
    const asking = stat(folder).then(
      () => true,
      () => false,
    )
    this.#asking = asking
    void asking.finally(() => {
      this.#asking = null
    })
    return await Promise.race([asking, afterPatience()])
  }
}

function afterPatience(): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), PATIENCE_MS).unref()
  })
}

/** The folder of a place that is one, by the words of the command line (docs/cli.md). */
function folderOf(place: string): string | null {
  if (place.startsWith('folder:')) return place.slice('folder:'.length)
  return /^[a-z0-9]{2,}:/.test(place) ? null : place
}
