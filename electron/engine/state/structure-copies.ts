import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { BOX_OVERHEAD, openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { idOfPart, MAX_PART_BYTES, PART_TYPE, type PartType } from '#engine/repository/part.ts'

/** Parts that lead to others. They cannot be made again from the chats once these have changed. */
const STRUCTURE: readonly PartType[] = [
  PART_TYPE.leaf,
  PART_TYPE.node,
  PART_TYPE.idList,
  PART_TYPE.skippedList,
  PART_TYPE.pageFile,
  PART_TYPE.pageSegment,
  PART_TYPE.pageBatch,
]

const FLUSH_BYTES = 256 * 1024
const MAX_FRAME_BYTES = MAX_PART_BYTES + 1 + BOX_OVERHEAD

export type StructurePart = Readonly<{ type: PartType; id: Uint8Array; plain: Uint8Array }>

/**
 * Copies, on this device, of the small parts that say what snapshots consist of. With them a pack that is lost at the place
 * heals under older snapshots, too: their files may still be as they were, but their lists are not. Sealed under the state
 * key, appended and never changed; each proves itself by its id. Lost or torn, fewer old snapshots can be healed.
 */
export class StructureCopies {
  readonly #folder: string
  readonly #keyring: Keyring
  #path: string | null = null
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(stateFolder: string, keyring: Keyring) {
    this.#folder = join(stateFolder, 'structure')
    this.#keyring = keyring
  }

  /** Takes a part if it is one that leads to others. */
  add(type: PartType, plain: Uint8Array): void {
    if (!STRUCTURE.includes(type)) return
    const framed = new Uint8Array(1 + plain.length)
    framed[0] = type
    framed.set(plain, 1)
    const box = sealBox(this.#keyring.current.state, 'structure', this.#aad, framed)
    this.#waiting.push(u32(box.length), box)
    this.#waitingBytes += box.length + 4
    if (this.#waitingBytes >= FLUSH_BYTES) this.flush()
  }

  /** Writes what waits. Failing to write is no failure of the backup. */
  flush(): void {
    if (this.#waitingBytes === 0) return
    try {
      fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      this.#path ??= join(this.#folder, randomBytes(8).toString('hex'))
      fs.appendFileSync(this.#path, Buffer.concat(this.#waiting), { mode: 0o600 })
    } catch {
      // The disk is full, or the folder cannot be written: the backup itself is as good as ever.
    }
    this.#waiting = []
    this.#waitingBytes = 0
  }

  /** Every copy that is whole. */
  *all(): Generator<StructurePart> {
    for (const path of this.#files()) yield* this.#read(path)
  }

  /** Forgets what no snapshot needs any more. */
  keepOnly(isNeeded: (id: Uint8Array) => boolean): void {
    const old = this.#files()
    const kept = new Set<string>()
    this.#path = null
    for (const path of old) {
      for (const { type, id, plain } of this.#read(path)) {
        const key = Buffer.from(id).toString('latin1')
        if (!isNeeded(id) || kept.has(key)) continue
        kept.add(key)
        this.add(type, plain)
      }
    }
    this.flush()
    for (const path of old) fs.rmSync(path, { force: true })
  }

  #files(): readonly string[] {
    try {
      return fs.readdirSync(this.#folder).map((name) => join(this.#folder, name))
    } catch {
      return []
    }
  }

  *#read(path: string): Generator<StructurePart> {
    const file = openOrNull(path)
    if (file === null) return
    try {
      const head = new Uint8Array(4)
      for (let at = 0; fs.readSync(file, head, 0, 4, at) === 4; ) {
        const length = new DataView(head.buffer).getUint32(0, true)
        if (length < BOX_OVERHEAD + 1 || length > MAX_FRAME_BYTES) return
        const box = new Uint8Array(length)
        if (fs.readSync(file, box, 0, length, at + 4) !== length) return
        at += 4 + length
        const part = this.#open(box)
        if (part) yield part
      }
    } finally {
      fs.closeSync(file)
    }
  }

  #open(box: Uint8Array): StructurePart | null {
    for (const { state } of this.#keyring.epochs) {
      const framed = openBox(state, 'structure', this.#aad, box)
      if (!framed) continue
      const type = STRUCTURE.find((known) => known === framed[0])
      if (type === undefined) return null
      const plain = framed.subarray(1)
      return { type, id: idOfPart(this.#keyring, type, plain), plain }
    }
    return null
  }

  get #aad(): Uint8Array {
    return lp('keepsake1', 'structure', this.#keyring.repoId)
  }
}

function openOrNull(path: string): number | null {
  try {
    return fs.openSync(path, 'r')
  } catch {
    return null
  }
}
