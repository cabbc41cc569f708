import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { hmac256, sha256 } from '#engine/crypto/hash.ts'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { readWhole, writeWhole } from '#engine/state/whole-file.ts'

/** An upload that was begun, or ended not long ago. */
export type UploadEntry = Readonly<{
  name: string // path below the place's top
  sha256: string // of the content
  size: number
  id: string
  /** The address of its session: whoever knows it may write there. Null for one without a session. */
  session: string | null
  atMs: number
  state: 'begun' | 'done' | 'gone'
}>

/** How long Google keeps a session (Drive guide, "Save a resumable session URI"), with a day to spare. */
const SESSION_MS = 6 * 24 * 3_600_000

/** For so long a new file may not show in lists (known of rclone's documentation: about an hour). */
const LAG_MS = 2 * 3_600_000

/** More is not read; what is older has ended long ago. */
const MAX_BYTES = 64 * 2 ** 20

/**
 * What this device has begun to upload, on disk, so that a restart goes on where it was and makes nothing twice. Each
 * entry is sealed under a key out of the refresh token and appended; the last one of a name counts. A journal that
 * cannot be read is an empty one.
 */
export class UploadJournal {
  readonly #path: string | null
  readonly #key: Uint8Array
  readonly #nowMs: () => number
  readonly #entries = new Map<string, UploadEntry>()
  #queue: Promise<unknown>

  /** @param path - where it lies; null: it lasts as long as the process. */
  constructor(path: string | null, refreshToken: string, nowMs: () => number = Date.now) {
    this.#path = path
    this.#key = hmac256(sha256(Buffer.from(refreshToken)), lp('keepsake1/gdrive-journal'))
    this.#nowMs = nowMs
    this.#queue = path === null ? Promise.resolve() : this.#read(path)
    this.#queue.catch(() => undefined) // told to the first who asks
  }

  async find(name: string): Promise<UploadEntry | null> {
    await this.#queue
    return this.#entries.get(name) ?? null
  }

  /** What was uploaded a short while ago, and perhaps does not show in lists yet. */
  async recent(): Promise<readonly UploadEntry[]> {
    await this.#queue
    const oldestMs = this.#nowMs() - LAG_MS
    return [...this.#entries.values()].filter(({ state, atMs }) => state === 'done' && atMs > oldestMs)
  }

  /** Resolves when the entry is on disk. */
  keep(entry: UploadEntry): Promise<void> {
    const kept = this.#queue.then(() => this.#append(entry))
    this.#queue = kept.catch(() => undefined)
    return kept
  }

  async #append(entry: UploadEntry): Promise<void> {
    this.#entries.set(entry.name, entry)
    if (this.#path === null) return
    await fs.mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    const file = await fs.open(this.#path, 'a', 0o600)
    try {
      await file.writeFile(this.#sealed(entry))
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  /** Reads what is there and writes it again without what has passed. */
  async #read(path: string): Promise<void> {
    const bytes = (await readWhole(path)) ?? new Uint8Array(0)
    if (bytes.length > MAX_BYTES) return
    let count = 0
    for (let at = 0; at + 4 <= bytes.length; count++) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true)
      const entry = parseEntry(openBox(this.#key, 'state', AAD, bytes.subarray(at + 4, at + 4 + length)))
      at += 4 + length
      if (!entry) break // torn, or of another sign-in: what follows cannot be trusted to begin where it seems to
      this.#entries.set(entry.name, entry)
    }
    for (const [name, { state, atMs }] of this.#entries) {
      const keepMs = state === 'begun' ? SESSION_MS : LAG_MS
      if (state === 'gone' || atMs < this.#nowMs() - keepMs) this.#entries.delete(name)
    }
    if (count === this.#entries.size) return
    await writeWhole(path, Buffer.concat([...this.#entries.values()].map((entry) => this.#sealed(entry))))
  }

  #sealed(entry: UploadEntry): Uint8Array {
    const box = sealBox(this.#key, 'state', AAD, Buffer.from(JSON.stringify(entry)))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(box.length)
    return Buffer.concat([length, box])
  }
}

const AAD = lp('keepsake1', 'gdrive-journal')

function parseEntry(bytes: Uint8Array | null): UploadEntry | null {
  return bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as UploadEntry) // sealed by us: it is what we wrote
}
