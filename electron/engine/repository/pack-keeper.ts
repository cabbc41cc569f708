import type { Destination } from '#engine/destination/destination.ts'
import type { IndexedPack } from './index-object.ts'
import { packFolder, packName } from './names.ts'
import type { SealedPack } from './pack-writer.ts'
import type { PartTable } from './part-table.ts'

const PACKS_IN_A_FOLDER = 1000

export type PackKeeperOptions = Readonly<{
  destination: Destination
  deviceId: string
  table: PartTable
  /** How many packs this device's folder holds already. */
  packsInDevice: number
  /** Told of each pack once it lies at the destination for good. */
  onWritten: (pack: IndexedPack) => void
  signal?: AbortSignal | undefined
}>

/** Puts finished packs, from whatever thread they come, in the device's folder; then the table knows where parts are. */
export class PackKeeper {
  readonly #options: PackKeeperOptions
  #packsInDevice: number
  writtenBytes = 0

  constructor(options: PackKeeperOptions) {
    this.#options = options
    this.#packsInDevice = options.packsInDevice
  }

  async keep({ id, bytes, commitment, entries }: SealedPack): Promise<void> {
    const { destination, deviceId, table, onWritten, signal } = this.#options
    const bucket = Math.floor(this.#packsInDevice++ / PACKS_IN_A_FOLDER)
    const path = `${packFolder(deviceId, bucket)}/${packName(id)}`
    await destination.put(path, bytes, signal)
    const size = bytes.length
    table.addEntries(table.addPack({ id, path, size, state: 'present' }), entries)
    this.writtenBytes += size
    onWritten({ id, size, commitment, entries })
  }
}
