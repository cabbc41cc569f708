import { randomBelow } from '#engine/crypto/sodium.ts'
import type { Destination } from '#engine/destination/destination.ts'
import type { IndexedPack } from './index-object.ts'
import type { Keyring } from './keyring.ts'
import { newId, packFolder, packName } from './names.ts'
import { HEADER_BYTES } from './object.ts'
import { finishPack, MAX_PACK_PARTS, type PackEntry, packLength, tailBytes } from './pack-format.ts'
import type { PartType } from './part.ts'
import type { PackInfo, PartTable } from './part-table.ts'

/** A padded pack never gets longer than this. */
const TARGET_BYTES = 16 * 2 ** 20
const OPEN_PACKS = 2
const PACKS_IN_A_FOLDER = 1000

type Draft = {
  readonly info: PackInfo
  readonly name: string
  readonly bytes: Uint8Array
  used: number
  entries: PackEntry[]
}

/**
 * Gathers sealed parts in packs and puts each at the destination when it is full. Which of the open packs a part goes
 * to is chosen at random, so that neighbours in a chat are not neighbours at the place. Buffers are its own and used
 * again; `add` waits while all of them are on their way.
 */
export class PackWriter {
  readonly #keyring: Keyring
  readonly #destination: Destination
  readonly #deviceId: string
  readonly #table: PartTable
  readonly #onWritten: (pack: IndexedPack) => void
  readonly #drafts: Draft[] = []
  readonly #spare: Uint8Array[] = []
  readonly #uploads = new Set<Promise<void>>()
  #buffers = 0
  #packsInDevice: number
  #failure: { error: unknown } | null = null
  writtenBytes = 0

  /** @param packsInDevice - how many packs this device's folder holds already. */
  constructor(
    options: Readonly<{
      keyring: Keyring
      destination: Destination
      deviceId: string
      table: PartTable
      packsInDevice: number
      /** Told of each pack once it lies at the destination for good. */
      onWritten: (pack: IndexedPack) => void
    }>,
  ) {
    this.#keyring = options.keyring
    this.#destination = options.destination
    this.#deviceId = options.deviceId
    this.#table = options.table
    this.#packsInDevice = options.packsInDevice
    this.#onWritten = options.onWritten
  }

  /** Takes a sealed part; the box may be used again afterwards. From now on the table knows where the part is. */
  async add(type: PartType, id: Uint8Array, box: Uint8Array, plainLength: number): Promise<void> {
    this.#throwFailure()
    let draft = this.#drafts.length < OPEN_PACKS ? await this.#open() : this.#pick()
    if (!fits(draft, box.length)) {
      await this.#close(draft)
      draft = await this.#open()
    }
    const entry = { id, type, storedLength: box.length, plainLength }
    draft.bytes.set(box, draft.used)
    this.#table.add(draft.info, entry, draft.used)
    draft.used += box.length
    draft.entries.push(entry)
  }

  /** Puts what is left; when everything is durable, resolves. A quiet day's open packs become one. */
  async finish(): Promise<void> {
    this.#throwFailure()
    const [first, second] = this.#drafts
    if (first && second && canJoin(first, second)) this.#join(first, second)
    while (this.#drafts[0]) await this.#close(this.#drafts[0])
    await Promise.all(this.#uploads)
    this.#throwFailure()
  }

  /** Waits for what is on its way and forgets what is not; for a run that has failed or was cancelled. */
  async abandon(): Promise<void> {
    this.#drafts.length = 0
    await Promise.allSettled(this.#uploads)
  }

  #pick(): Draft {
    const draft = this.#drafts[randomBelow(this.#drafts.length)]
    if (!draft) throw new RangeError('pack writer: no open pack')
    return draft
  }

  async #open(): Promise<Draft> {
    while (this.#spare.length === 0 && this.#buffers > OPEN_PACKS) await Promise.race(this.#uploads)
    let bytes = this.#spare.pop()
    if (!bytes) {
      bytes = new Uint8Array(TARGET_BYTES)
      this.#buffers++
    }
    const id = newId()
    const bucket = Math.floor(this.#packsInDevice++ / PACKS_IN_A_FOLDER)
    const path = `${packFolder(this.#deviceId, bucket)}/${packName(id)}`
    const info = this.#table.addPack({ id, path, size: 0, state: 'open' })
    const draft = { info, name: packName(id), bytes, used: HEADER_BYTES, entries: [] }
    this.#drafts.push(draft)
    return draft
  }

  /** Copies the boxes of `from` behind those of `to`: allowed, because a box is not bound to its pack. */
  #join(to: Draft, from: Draft): void {
    for (let at = HEADER_BYTES, i = 0; i < from.entries.length; i++) {
      const entry = from.entries[i]
      if (!entry) break
      to.bytes.set(from.bytes.subarray(at, at + entry.storedLength), to.used)
      at += entry.storedLength
      from.info.state = 'missing' // the part moves: the table takes the new place
      this.#table.add(to.info, entry, to.used)
      to.used += entry.storedLength
      to.entries.push(entry)
    }
    this.#drafts.splice(this.#drafts.indexOf(from), 1)
  }

  async #close(draft: Draft): Promise<void> {
    this.#drafts.splice(this.#drafts.indexOf(draft), 1)
    if (draft.entries.length === 0) return
    const { length, commitment } = finishPack(this.#keyring, draft.name, draft.bytes, draft.used, draft.entries)
    const upload = this.#upload(draft, length, commitment)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#uploads.delete(upload)
        this.#spare.push(draft.bytes)
      })
    this.#uploads.add(upload)
  }

  async #upload({ info, bytes, entries }: Draft, length: number, commitment: Uint8Array): Promise<void> {
    await this.#destination.put(info.path, bytes.subarray(0, length))
    info.size = length
    info.state = 'present'
    this.writtenBytes += length
    this.#onWritten({ id: info.id, size: length, commitment, entries })
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}

const fits = (draft: Draft, boxBytes: number): boolean =>
  draft.entries.length < MAX_PACK_PARTS &&
  packLength(draft.used + boxBytes + tailBytes(draft.entries.length + 1)) <= TARGET_BYTES

const canJoin = (a: Draft, b: Draft): boolean =>
  a.entries.length + b.entries.length <= MAX_PACK_PARTS &&
  packLength(a.used + b.used - HEADER_BYTES + tailBytes(a.entries.length + b.entries.length)) <= TARGET_BYTES
