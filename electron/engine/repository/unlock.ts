import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import { type ConfigFile, openConfigs, readConfigFiles } from './config-files.ts'
import { type Keyring, makeKeyring } from './keyring.ts'
import { type Listing, listRepository } from './listing.ts'
import { openLine, type RootLine, settingsOf, strangersTo, winnerOf } from './root-line.ts'
import { joinRoots, type OpenedConfig, type Settings } from './settings.ts'
import { isNewerSlot, openSlot, parseSlotHead, SLOT_BYTES, type SlotContent, type SlotSecret } from './slot.ts'

const MAX_SLOTS_TRIED = 8
const MAX_PASSWORD_RUNS = 4

/** An opened repository's keys, and what its settings say. */
export type Unlocked = Readonly<{
  root: Uint8Array
  epoch: number
  keyring: Keyring
  settings: Settings
  slots: readonly SlotFile[]
  /** Roots of rotations that crossed with the present one. The same secret opens them; what lies under them is read. */
  crossed: readonly RootLine[]
  /** Names of configs that take over from an older root and that nothing here opens (see `strangersTo`). */
  strangers: readonly string[]
  /** The configs that were read, each copy as it is. */
  configs: readonly ConfigFile[]
  /** All configs that are there and open, under this root or an older one. */
  history: readonly OpenedConfig[]
}>

/** A slot file as it was read. */
export type SlotFile = Readonly<{ path: string; slotId: string; copy: 'a' | 'b'; bytes: Uint8Array }>

/**
 * Reads the copies of at most eight slots: those this device remembers, then the newest. At a place that cannot delete,
 * revoked slots pile up, and the valid one is younger than they are.
 */
export async function readSlots(
  destination: Destination,
  listing: Listing,
  remembered: readonly string[] = [],
): Promise<readonly SlotFile[]> {
  const rank = ({ slotId }: Listing['slots'][number]): number => (remembered.includes(slotId) ? 0 : 1)
  const inOrder = listing.slots.toSorted(
    (a, b) => rank(a) - rank(b) || b.modifiedMs - a.modifiedMs || (a.path < b.path ? -1 : 1),
  )
  const ids = [...new Set(inOrder.map(({ slotId }) => slotId))].slice(0, MAX_SLOTS_TRIED)
  const files: SlotFile[] = []
  for (const id of ids) {
    for (const { path, slotId, copy } of inOrder.filter((listed) => listed.slotId === id)) {
      const bytes = await destination.get(path, upTo(SLOT_BYTES))
      if (bytes) files.push({ path, slotId, copy, bytes })
    }
  }
  return files
}

/**
 * Opens a repository with a secret: a slot gives the root, the root opens the settings, and the settings must list the
 * very slot that opened. So a slot that the place added or brought back is worth nothing.
 *
 * Where a config takes over from an older root and is not ours, the secret is tried on the other slots as well: what it
 * opens, too, is a rotation that crossed with ours.
 *
 * @param remembered - slots that this device knows to be valid, to be tried first.
 * @throws BackupError `too-new`, `key-settings`, `wrong-secret` (does not open, or was replaced), `damaged` (settings)
 */
export async function unlockWithSecret(
  destination: Destination,
  listing: Listing,
  repoId: Uint8Array,
  secret: SlotSecret,
  remembered: readonly string[] = [],
): Promise<Unlocked> {
  const slots = await readSlots(destination, listing, remembered)
  const configs = await readConfigFiles(destination, listing)
  const trial = new SlotTrial(
    slots.filter(({ bytes }) => isNewerSlot(bytes) || sameBytes(bytes.subarray(8, 24), repoId)),
    secret,
  )
  const lines: RootLine[] = []
  let refusal: BackupError | null = null
  for (let opened = await trial.next(); opened; opened = await trial.next()) {
    try {
      const line = openLine(configs, repoId, opened.content)
      if (!isListed(opened.file, line.settings)) refusal ??= replaced()
      else if (!lines.some(({ root }) => sameBytes(root, line.root))) lines.push(line)
    } catch (thrown) {
      // What opened was left behind by a change or a rotation that was cut off; the same secret may open a valid slot.
      const error = BackupError.from(thrown)
      if (error.code !== 'wrong-secret' && error.code !== 'damaged') throw error
      refusal ??= error
    }
    if (lines.length > 0 && strangersTo(lines, configs).length === 0) break
  }
  const [first, ...others] = lines
  if (!first) throw refusal ?? trial.failure()
  return unlocked(repoId, [first, ...others], configs, slots)
}

/**
 * Opens a repository with its root.
 *
 * @throws BackupError as `openLine`
 */
export async function unlockWithRoot(
  destination: Destination,
  listing: Listing,
  repoId: Uint8Array,
  root: Uint8Array,
  epoch: number,
): Promise<Unlocked> {
  const configs = await readConfigFiles(destination, listing)
  return unlocked(repoId, [openLine(configs, repoId, { root, epoch })], configs, [])
}

function unlocked(
  repoId: Uint8Array,
  lines: readonly [RootLine, ...RootLine[]],
  configs: readonly ConfigFile[],
  slots: readonly SlotFile[],
): Unlocked {
  const { root, epoch, keys, settings } = winnerOf(lines, configs, repoId)
  const crossed = lines.filter((line) => line.keys !== keys)
  const olderRoots = joinRoots(lines.map((line) => line.settings.olderRoots))
  const crossedKeys = crossed.map((line) => line.keys)
  const keyring = makeKeyring(repoId, keys, settings.newest.config.idKey, olderRoots, crossedKeys)
  return {
    root,
    epoch,
    keyring,
    settings,
    slots,
    configs,
    crossed,
    strangers: [...new Set(strangersTo(lines, configs).map(({ stem }) => stem))],
    history: keyring.epochs.flatMap((one) => openConfigs(one, repoId, configs)),
  }
}

/**
 * Reads the settings of an opened repository again, as any reader meets them now.
 *
 * @throws BackupError as `openLine`
 */
export async function readSettings(destination: Destination, { repoId, current }: Keyring): Promise<Settings> {
  return settingsOf(await readConfigFiles(destination, await listRepository(destination)), repoId, current)
}

/** Whether the settings list this very file as a valid slot. */
export function isListed({ slotId, bytes }: Pick<SlotFile, 'slotId' | 'bytes'>, { slots }: Settings): boolean {
  const listed = slots.get(slotId)
  return listed !== undefined && sameBytes(sha256(bytes), listed.fileHash)
}

const replaced = (): BackupError => new BackupError('wrong-secret', { reason: 'secret-replaced' })

type NamedSlot = Pick<SlotFile, 'slotId' | 'bytes'>
type OpenedSlot = Readonly<{ file: NamedSlot; content: SlotContent }>

/** Opens the first slot that a secret opens. @throws BackupError `too-new`, `key-settings`, `wrong-secret` */
export async function trySlots(files: readonly NamedSlot[], secret: SlotSecret): Promise<OpenedSlot> {
  const trial = new SlotTrial(files, secret)
  const opened = await trial.next()
  if (!opened) throw trial.failure()
  return opened
}

/** Tries a secret on slot files one after another, each different one once; Argon2id runs at most four times in all. */
class SlotTrial {
  readonly #files: readonly NamedSlot[]
  readonly #secret: SlotSecret
  readonly #tried = new Set<string>()
  #hasBadSettings = false
  #passwordRuns = 0

  constructor(files: readonly NamedSlot[], secret: SlotSecret) {
    this.#files = files
    this.#secret = secret
    if (files.length > 0 && files.every(({ bytes }) => isNewerSlot(bytes))) throw new BackupError('too-new')
  }

  /** The next slot that opens, or null. */
  async next(): Promise<OpenedSlot | null> {
    for (const file of this.#files) {
      const content = toHex(file.bytes)
      if (this.#tried.has(content)) continue
      this.#tried.add(content)
      const head = this.#headOf(file.bytes)
      if (!head || head.slotId !== file.slotId || head.secret !== this.#secret.kind) continue
      if (head.secret === 'password' && ++this.#passwordRuns > MAX_PASSWORD_RUNS) return null
      const opened = await openSlot(file.bytes, head, this.#secret)
      if (opened) return { file, content: opened }
    }
    return null
  }

  /** Why nothing opened: wrong numbers skip a slot and count only then. */
  failure(): BackupError {
    return new BackupError(this.#hasBadSettings ? 'key-settings' : 'wrong-secret')
  }

  #headOf(bytes: Uint8Array): ReturnType<typeof parseSlotHead> {
    try {
      return parseSlotHead(bytes)
    } catch {
      this.#hasBadSettings = true
      return null
    }
  }
}
