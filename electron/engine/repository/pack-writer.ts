import { randomBelow } from '#engine/crypto/sodium.ts'
import type { Keyring } from './keyring.ts'
import { newId, packName } from './names.ts'
import { HEADER_BYTES } from './object.ts'
import { EntryList, MAX_PACK_PARTS, type PackEntries } from './pack-entries.ts'
import { finishPack, packLength, tailBytes } from './pack-format.ts'
import type { PartType } from './part.ts'

/** A padded pack never gets longer than this. */
const TARGET_BYTES = 16 * 2 ** 20
const OPEN_PACKS = 2

/** A finished pack on its way to the destination. */
export type SealedPack = Readonly<{ id: string; bytes: Uint8Array; commitment: Uint8Array; entries: PackEntries }>

export type PackWriterOptions = Readonly<{
  keyring: Keyring
  /** Brings a pack to where it belongs. Its bytes are used again once the promise is settled. */
  keep: (pack: SealedPack) => Promise<void>
  /** Packs that are filled at a time, 2 unless others fill packs from the same files. */
  openPacks?: number
  newBuffer?: (bytes: number) => Uint8Array
}>

/** A part that is about to be sealed. */
export type PartToAdd = Readonly<{ type: PartType; id: Uint8Array; plainLength: number; boxLength: number }>

type Draft = { readonly id: string; readonly bytes: Uint8Array; used: number; entries: EntryList }

/**
 * Gathers sealed parts in packs and hands each on when it is full. Which of the open packs a part goes to is chosen at
 * random, so that neighbours in a chat are not neighbours at the place. Buffers are its own and used again; `add` waits
 * while all of them are on their way.
 */
export class PackWriter {
  readonly #options: PackWriterOptions
  readonly #openPacks: number
  readonly #drafts: Draft[] = []
  readonly #spare: Uint8Array[] = []
  readonly #uploads = new Set<Promise<void>>()
  #buffers = 0
  #failure: { error: unknown } | null = null

  constructor(options: PackWriterOptions) {
    this.#options = options
    this.#openPacks = options.openPacks ?? OPEN_PACKS
  }

  /** Adds a part: `seal` writes its box, of exactly the length that was told, where it belongs. */
  async add({ type, id, plainLength, boxLength }: PartToAdd, seal: (box: Uint8Array) => void): Promise<void> {
    this.#throwFailure()
    let draft = this.#drafts.length < this.#openPacks ? await this.#open() : this.#pick()
    if (!fits(draft, boxLength)) {
      this.#close(draft)
      draft = await this.#open()
    }
    seal(draft.bytes.subarray(draft.used, draft.used + boxLength))
    draft.used += boxLength
    draft.entries.add(id, type, boxLength, plainLength)
  }

  /** Hands on what is left and resolves when all is where it belongs. A quiet day's open packs become one. */
  async finish(): Promise<void> {
    this.#throwFailure()
    const [first, second] = this.#drafts
    if (first && second && canJoin(first, second)) this.#join(first, second)
    while (this.#drafts[0]) this.#close(this.#drafts[0])
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
    while (this.#spare.length === 0 && this.#buffers > this.#openPacks) await Promise.race(this.#uploads)
    this.#throwFailure()
    let bytes = this.#spare.pop()
    if (!bytes) {
      bytes = this.#options.newBuffer?.(TARGET_BYTES) ?? new Uint8Array(TARGET_BYTES)
      this.#buffers++
    }
    const draft = { id: newId(), bytes, used: HEADER_BYTES, entries: new EntryList() }
    this.#drafts.push(draft)
    return draft
  }

  /** Copies the boxes of `from` behind those of `to`: allowed, because a box is not bound to its pack. */
  #join(to: Draft, from: Draft): void {
    to.bytes.set(from.bytes.subarray(HEADER_BYTES, from.used), to.used)
    to.used += from.used - HEADER_BYTES
    for (const { id, type, storedLength, plainLength } of from.entries.finish())
      to.entries.add(id, type, storedLength, plainLength)
    this.#drafts.splice(this.#drafts.indexOf(from), 1)
  }

  #close(draft: Draft): void {
    this.#drafts.splice(this.#drafts.indexOf(draft), 1)
    if (draft.entries.length === 0) return
    const upload = this.#upload(draft)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#uploads.delete(upload)
        this.#spare.push(draft.bytes)
      })
    this.#uploads.add(upload)
  }

  async #upload({ id, bytes, used, entries: list }: Draft): Promise<void> {
    const entries = list.finish()
    const { length, commitment } = finishPack(this.#options.keyring, packName(id), bytes, used, entries)
    await this.#options.keep({ id, bytes: bytes.subarray(0, length), commitment, entries })
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
