import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import { type Config, isConfigOf, isHandoverFrom, MAX_CONFIG_BYTES, openConfig, READER_VERSION } from './config.ts'
import { type EpochKeys, epochKeys, type Keyring, makeKeyring } from './keyring.ts'
import { type Listing, listRepository } from './listing.ts'
import { joinConfigs, type OpenedConfig, type Settings } from './settings.ts'
import { isNewerSlot, openSlot, parseSlotHead, SLOT_BYTES, type SlotContent, type SlotSecret } from './slot.ts'

const MAX_SLOTS_TRIED = 8
const MAX_PASSWORD_RUNS = 4
const MAX_CONFIGS_READ = 32

/** An opened repository's keys, and what its settings say. */
export type Unlocked = Readonly<{
  root: Uint8Array
  epoch: number
  keyring: Keyring
  settings: Settings
  slots: readonly SlotFile[]
}>

/** A slot file as it was read. */
export type SlotFile = Readonly<{ path: string; slotId: string; copy: 'a' | 'b'; bytes: Uint8Array }>

/** Reads the copies of at most eight slots, by name. */
export async function readSlots(destination: Destination, listing: Listing): Promise<readonly SlotFile[]> {
  const ids = [...new Set(listing.slots.map(({ slotId }) => slotId))].sort().slice(0, MAX_SLOTS_TRIED)
  const files: SlotFile[] = []
  for (const { path, slotId, copy } of listing.slots) {
    if (!ids.includes(slotId)) continue
    const bytes = await destination.get(path, upTo(SLOT_BYTES))
    if (bytes) files.push({ path, slotId, copy, bytes })
  }
  return files
}

/**
 * Opens a repository with a secret: a slot gives the root, the root opens the settings, and the settings must list the
 * very slot that opened. So a slot that the place added or brought back is worth nothing.
 *
 * @throws BackupError `too-new`, `key-settings`, `wrong-secret` (does not open, or was replaced), `damaged` (settings)
 */
export async function unlockWithSecret(
  destination: Destination,
  listing: Listing,
  repoId: Uint8Array,
  secret: SlotSecret,
): Promise<Unlocked> {
  const slots = await readSlots(destination, listing)
  let rest = slots.filter(({ bytes }) => isNewerSlot(bytes) || sameBytes(bytes.subarray(8, 24), repoId))
  let refusal: BackupError | null = null
  for (;;) {
    const { file, content } = await trySlots(rest, secret).catch((error: unknown) => {
      throw BackupError.from(error).code === 'wrong-secret' && refusal ? refusal : error
    })
    try {
      const unlocked = await unlockWithRoot(destination, listing, repoId, content.root, content.epoch, slots)
      const listed = unlocked.settings.slots.get(file.slotId)
      if (listed && sameBytes(sha256(file.bytes), listed.fileHash)) return unlocked
      refusal ??= new BackupError('wrong-secret', { reason: 'secret-replaced' })
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (error.code !== 'wrong-secret' && error.code !== 'damaged') throw error
      refusal ??= error
    }
    // What opened was left behind by a change or a rotation that was cut off; the same secret may open a valid slot.
    rest = rest.filter(({ slotId }) => slotId !== file.slotId)
  }
}

/**
 * Opens a repository with its root.
 *
 * @throws BackupError `damaged` when no settings open under it, `too-new` when they ask for a later reader.
 */
export async function unlockWithRoot(
  destination: Destination,
  listing: Listing,
  repoId: Uint8Array,
  root: Uint8Array,
  epoch: number,
  slots: readonly SlotFile[],
): Promise<Unlocked> {
  const keys = epochKeys(root, epoch)
  const { opened, isReplaced } = await readConfigs(destination, listing, repoId, keys)
  if (isReplaced) throw new BackupError('wrong-secret', { reason: 'secret-replaced' })
  const settings = joinConfigs(opened) ?? damagedSettings()
  mustBeReadable(settings)
  const { idKey, olderRoots } = settings.newest.config
  return { root, epoch, keyring: makeKeyring(repoId, keys, idKey, olderRoots), settings, slots }
}

/**
 * Reads the settings of an opened repository again, as any reader meets them now.
 *
 * @throws BackupError as `unlockWithRoot`
 */
export async function readSettings(destination: Destination, { repoId, current }: Keyring): Promise<Settings> {
  const { opened, isReplaced } = await readConfigs(destination, await listRepository(destination), repoId, current)
  if (isReplaced) throw new BackupError('wrong-secret', { reason: 'secret-replaced' })
  return joinConfigs(opened) ?? damagedSettings()
}

/** Any head that asks for a later reader is enough: heads that crossed are both in force. */
function mustBeReadable({ heads }: Settings): void {
  const isTooNew = heads.some(({ config }) => config.minReader > READER_VERSION || config.features[0] !== 0)
  if (isTooNew) throw new BackupError('too-new')
}

function damagedSettings(): never {
  throw new BackupError('damaged', { name: 'config' })
}

/** Tries every different slot file; wrong numbers skip a slot and count only when nothing opens. */
export async function trySlots(
  files: readonly Readonly<{ slotId: string; bytes: Uint8Array }>[],
  secret: SlotSecret,
): Promise<Readonly<{ file: Readonly<{ slotId: string; bytes: Uint8Array }>; content: SlotContent }>> {
  if (files.length > 0 && files.every(({ bytes }) => isNewerSlot(bytes))) throw new BackupError('too-new')
  let hasBadSettings = false
  let passwordRuns = 0
  const tried = new Set<string>()
  for (const file of files) {
    const content = toHex(file.bytes)
    if (tried.has(content)) continue
    tried.add(content)
    let head: ReturnType<typeof parseSlotHead>
    try {
      head = parseSlotHead(file.bytes)
    } catch {
      hasBadSettings = true
      continue
    }
    if (!head || head.slotId !== file.slotId || head.secret !== secret.kind) continue
    if (head.secret === 'password' && ++passwordRuns > MAX_PASSWORD_RUNS) break
    const slot = await openSlot(file.bytes, head, secret)
    if (slot) return { file, content: slot }
  }
  throw new BackupError(hasBadSettings ? 'key-settings' : 'wrong-secret')
}

/**
 * What the newest configs say to whoever holds a root. Replaced: it was rotated away, lost to another rotation, or never
 * counted, because the rotation that made it was cut off.
 */
type ReadConfigs = Readonly<{ opened: readonly OpenedConfig[]; isReplaced: boolean }>

/** Opens the newest configs of a root; either copy will do. */
async function readConfigs(
  destination: Destination,
  listing: Listing,
  repoId: Uint8Array,
  keys: EpochKeys,
): Promise<ReadConfigs> {
  const files = await readConfigFiles(destination, listing)
  const opened: OpenedConfig[] = []
  for (const { stem, bytes } of files) {
    if (opened.some((config) => config.stem === stem) || !isConfigOf(keys, bytes)) continue
    const config = openConfig(keys, repoId, stem, bytes)
    if (config) opened.push({ stem, ...config })
  }
  const isHandedOver = files.some(({ stem, bytes }) => isHandoverFrom(keys, stem, bytes))
  const neverCounted = files.length > 0 && files.every(({ bytes }) => !sameBytes(bytes.subarray(8, 24), keys.keyId))
  return {
    opened,
    isReplaced: isHandedOver || neverCounted || opened.some(({ config }) => lostRace(config, opened, files)),
  }
}

type ConfigFile = Readonly<{ stem: string; bytes: Uint8Array }>

async function readConfigFiles(destination: Destination, listing: Listing): Promise<readonly ConfigFile[]> {
  const stems = [...new Set([...listing.configs].sort((a, b) => b.seq - a.seq).map(({ stem }) => stem))]
  const files: ConfigFile[] = []
  for (const stem of stems.slice(0, MAX_CONFIGS_READ)) {
    for (const { path } of listing.configs.filter((listed) => listed.stem === stem)) {
      const bytes = await destination.get(path, upTo(MAX_CONFIG_BYTES))
      if (bytes) files.push({ stem, bytes })
    }
  }
  return files
}

/** Two rotations of one root that crossed: the one with the smaller name counts, on every device alike. */
function lostRace({ olderRoots }: Config, ours: readonly OpenedConfig[], files: readonly ConfigFile[]): boolean {
  return olderRoots.some(({ root, epoch }) => {
    const heirs = files.filter(({ stem, bytes }) => isHandoverFrom(epochKeys(root, epoch), stem, bytes))
    const own = heirs.filter(({ stem }) => ours.some((config) => config.stem === stem))
    return own.length > 0 && heirs.some(({ stem }) => own.every((mine) => stem < mine.stem))
  })
}
