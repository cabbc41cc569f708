import { createHash } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { SecretBuffer, secretCopy } from '#engine/crypto/secret-buffer.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { newId } from '#engine/repository/names.ts'
import { type Anchor, openAnchor, sealAnchor } from './anchor.ts'
import { lockState } from './state-lock.ts'
import { readWhole, writeWhole } from './whole-file.ts'

const PLACES = 'places.json'

/** A root and its epoch number. */
const ROOT_BYTES = 36

/**
 * What one device keeps for itself: which repository it knows at which place, and per repository an anchor and caches.
 * Holds no path and no name in clear: places are known by a hash, everything else is sealed under keys of the root.
 */
export class StateFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Holds the folder for this process. @throws BackupError `busy` */
  async lock(): Promise<AsyncDisposable> {
    await fs.mkdir(this.path, { recursive: true, mode: 0o700 })
    return lockState(this.path)
  }

  /** Ids of the repositories this device knows at a place. */
  async known(place: Destination): Promise<readonly string[]> {
    return (await this.#places())[placeKey(place)] ?? []
  }

  async remember(place: Destination, repository: string): Promise<void> {
    const places = await this.#places()
    const known = places[placeKey(place)] ?? []
    if (known.includes(repository)) return
    places[placeKey(place)] = [...known, repository]
    await this.#write(places)
  }

  /**
   * Forgets a repository wholly: its anchor, caches and wrapped root go too. The place is forgotten first: stopped in
   * between, what is left is an unfinished creation to the next run, and not a repository that has vanished.
   */
  async forget(repository: string): Promise<void> {
    const places = await this.#places()
    for (const key of Object.keys(places)) {
      const left = (places[key] ?? []).filter((known) => known !== repository)
      if (left.length > 0) places[key] = left
      else delete places[key]
    }
    await this.#write(places)
    await fs.rm(this.repository(repository).path, { recursive: true, force: true })
  }

  /** Ids that have a folder here but no place: their creation did not come to its end. */
  async unfinished(): Promise<readonly string[]> {
    const known = new Set(Object.values(await this.#places()).flat())
    const names = await fs.readdir(this.path).catch(() => [])
    return names.filter((name) => /^[0-9a-f]{32}$/.test(name) && !known.has(name))
  }

  repository(repository: string): RepositoryState {
    return new RepositoryState(join(this.path, repository))
  }

  async #places(): Promise<Record<string, string[]>> {
    const bytes = await readWhole(join(this.path, PLACES))
    const places: Record<string, string[]> = Object.create(null)
    if (!bytes) return places
    try {
      const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
      for (const [key, value] of Object.entries(parsed ?? {})) {
        if (Array.isArray(value))
          places[key] = value.filter((id) => typeof id === 'string' && /^[0-9a-f]{32}$/.test(id))
      }
    } catch {
      // A torn or foreign file: the places are learnt again; the anchors in their own folders stay.
    }
    return places
  }

  /** Where nothing is known, nothing is kept. */
  async #write(places: Record<string, string[]>): Promise<void> {
    const path = join(this.path, PLACES)
    if (Object.keys(places).length === 0) await fs.rm(path, { force: true })
    else await writeWhole(path, `${JSON.stringify(places)}\n`)
  }
}

const placeKey = (place: Destination): string =>
  createHash('sha256').update(`keepsake1/place\0${place.identity}`).digest('hex')

/** A record by its path in the repository and its hash. */
export type AnnouncedRecord = Readonly<{ path: string; hash: string }>

/** A config as it lies at the place. */
export type NamedBytes = Readonly<{ stem: string; bytes: Uint8Array }>

/** More heads than this cross nowhere. */
const MAX_CONFIGS = 32

/** Objects that a change of the secret writes before its settings. Once those were begun, they may count at any time. */
export type UnfinishedChange = Readonly<{
  slots: readonly string[] // ids
  indexes: readonly string[] // paths
  settings: string | null // name of the settings that were begun
}>

function isUnfinishedChange(value: unknown): value is UnfinishedChange {
  const { slots, indexes, settings } = Object(value)
  const isTexts = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string')
  return isTexts(slots) && isTexts(indexes) && (settings === null || typeof settings === 'string')
}

/** The part of a state folder that belongs to one repository. */
export class RepositoryState {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** This device's id in the repository; random, made when first asked for. */
  async deviceId(): Promise<string> {
    const bytes = await readWhole(join(this.path, 'device'))
    const known = bytes && Buffer.from(bytes).toString('latin1').trim()
    if (known && /^[0-9a-f]{32}$/.test(known)) return known
    const deviceId = newId()
    await this.becomeDevice(deviceId)
    return deviceId
  }

  /** Goes on under another device id; what was known under the old one counts no more. */
  async becomeDevice(deviceId: string): Promise<void> {
    await writeWhole(join(this.path, 'device'), `${deviceId}\n`)
  }

  /** Says which record is about to be written, so that after a crash it is known as this device's own. */
  async announce(record: AnnouncedRecord): Promise<void> {
    await writeWhole(join(this.path, 'announced'), `${record.path} ${record.hash}\n`)
  }

  async announced(): Promise<AnnouncedRecord | null> {
    const [path, hash, ...more] = Buffer.from((await readWhole(join(this.path, 'announced'))) ?? [])
      .toString('latin1')
      .trim()
      .split(' ')
    return path && hash && more.length === 0 ? { path, hash } : null
  }

  /** The newest of two generations that opens; after a rotation it still lies under the root before. */
  async readAnchor(keyring: Keyring, deviceId: string): Promise<Anchor | null> {
    const read = await Promise.all(['anchor-0', 'anchor-1'].map((name) => readWhole(join(this.path, name))))
    const opened = read.flatMap((bytes) =>
      bytes ? keyring.epochs.map(({ state }) => openAnchor(state, keyring.repoId, deviceId, bytes)) : [],
    )
    return opened.reduce<Anchor | null>(
      (best, next) => (next && (!best || next.generation > best.generation) ? next : best),
      null,
    )
  }

  async writeAnchor(keyring: Keyring, deviceId: string, anchor: Anchor): Promise<void> {
    const bytes = sealAnchor(keyring.current.state, keyring.repoId, deviceId, anchor)
    await writeWhole(join(this.path, `anchor-${anchor.generation % 2}`), bytes)
  }

  /** Copies of the slots, so that turning off can ask for the secret while the place is out of reach. */
  async keepSlots(slots: readonly Uint8Array[]): Promise<void> {
    await writeWhole(join(this.path, 'slots'), Buffer.concat(slots))
  }

  async readSlots(slotBytes: number): Promise<readonly Uint8Array[]> {
    const all = (await readWhole(join(this.path, 'slots'))) ?? new Uint8Array(0)
    return Array.from({ length: Math.floor(all.length / slotBytes) }, (_, i) =>
      all.slice(i * slotBytes, (i + 1) * slotBytes),
    )
  }

  /** The newest settings as they lie at the place, sealed, by their names without a copy's letter. */
  async keepConfigs(configs: readonly NamedBytes[]): Promise<void> {
    const out = new CborWriter(8192)
    out.array(configs.length)
    for (const { stem, bytes } of configs) out.array(2).text(stem).bytes(bytes)
    await writeWhole(join(this.path, 'configs'), out.finish())
  }

  /** What was kept; nothing when the file is torn or not there. */
  async readConfigs(): Promise<readonly NamedBytes[]> {
    const bytes = await readWhole(join(this.path, 'configs'))
    if (!bytes) return []
    try {
      const reader = new CborReader(bytes, 'configs')
      const configs = reader.list(MAX_CONFIGS, () => {
        reader.array(2, 2)
        return { stem: reader.text(64), bytes: reader.bytes().slice() }
      })
      reader.end()
      return configs
    } catch {
      return []
    }
  }

  /** What changes of the secret have written that did not come to their end, so that it can be taken away. */
  async readChanges(): Promise<readonly UnfinishedChange[]> {
    const bytes = await readWhole(join(this.path, 'changes'))
    try {
      const parsed: unknown = JSON.parse(Buffer.from(bytes ?? []).toString('utf8'))
      return Array.isArray(parsed) ? parsed.filter(isUnfinishedChange) : []
    } catch {
      return []
    }
  }

  async keepChanges(changes: readonly UnfinishedChange[]): Promise<void> {
    await writeWhole(join(this.path, 'changes'), `${JSON.stringify(changes)}\n`)
  }

  /** The root sealed under the key that the system keychain holds for this device; either half alone opens nothing. */
  async keepRoot(deviceKey: Uint8Array, repository: string, root: Uint8Array, epoch: number): Promise<void> {
    using plain = new SecretBuffer(ROOT_BYTES)
    plain.bytes.set(root)
    new DataView(plain.bytes.buffer).setUint32(32, epoch, true)
    const box = sealBox(deviceKey, 'device', lp('keepsake1', 'device', repository), plain.bytes)
    await writeWhole(join(this.path, 'root'), box)
  }

  async readRoot(
    deviceKey: Uint8Array,
    repository: string,
  ): Promise<Readonly<{ root: Uint8Array; epoch: number }> | null> {
    const bytes = await readWhole(join(this.path, 'root'))
    const opened = bytes && openBox(deviceKey, 'device', lp('keepsake1', 'device', repository), bytes)
    if (opened?.length !== ROOT_BYTES) return null
    using plain = SecretBuffer.from(opened, { wipeSource: true })
    return {
      root: secretCopy(plain.bytes.subarray(0, 32)),
      epoch: new DataView(plain.bytes.buffer).getUint32(32, true),
    }
  }
}
