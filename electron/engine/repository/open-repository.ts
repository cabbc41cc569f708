import { BackupError } from '#common/errors.ts'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { fromHex, sameBytes } from '#engine/encoding/hex.ts'
import type { Anchor } from '#engine/state/anchor.ts'
import type { RepositoryState } from '#engine/state/state-folder.ts'
import { type ChainView, checkChains, type ReadRecord } from './chain.ts'
import { type Endings, isDropped, isRetiredByOthers, readEndings } from './endings.ts'
import type { Keyring } from './keyring.ts'
import { type Listed, type Listing, listRepository } from './listing.ts'
import { parseObjectName } from './names.ts'
import { MAX_OBJECT_BYTES } from './object.ts'
import { openRecord, type StoredRecord } from './record.ts'
import type { Settings } from './settings.ts'
import type { SlotSecret } from './slot.ts'
import { type SlotFile, type Unlocked, unlockWithRoot, unlockWithSecret } from './unlock.ts'

/** What opens a repository inside the engine: a secret made ready, or this device's key from the system keychain. */
export type Opener = SlotSecret | Readonly<{ kind: 'device'; deviceKey: Uint8Array }>

/** A repository that was opened and compared with what this device last saw of it. Good for one run. */
export type OpenRepository = Readonly<{
  id: string // 32 hex
  destination: Destination // its own folder
  state: RepositoryState
  deviceId: string
  keyring: Keyring
  settings: Settings
  slots: readonly SlotFile[]
  listing: Listing
  anchor: Anchor | null
  chain: ChainView
  endings: Endings
  /** `rolled-back`, when the caller asked to be told instead of stopped. */
  alarm: BackupError | null
  zstd: Zstd
  root: Readonly<{ bytes: Uint8Array; epoch: number }>
  readRecord: ReadRecord
}>

export type OpenOptions = Readonly<{
  id: string
  destination: Destination
  state: RepositoryState
  opener: Opener
  signal?: AbortSignal
  /** Take an older state of the repository as it is (an explicit act): the anchor is forgotten. */
  acceptOlder?: boolean
  /** An older, forked or incomplete state is told in `alarm` and does not stop: for looking only. */
  lookOnly?: boolean
}>

/**
 * Lists, unlocks and compares.
 *
 * @throws BackupError see `unlockWithSecret` and `checkChains`
 */
export async function openRepository(options: OpenOptions): Promise<OpenRepository> {
  const { id, destination, state, opener, signal } = options
  const listing = await listRepository(destination, signal)
  const unlocked = await unlock(options, listing)
  const { keyring, settings } = unlocked
  let deviceId = await state.deviceId()
  const anchor = options.acceptOlder ? null : await state.readAnchor(keyring, deviceId)
  const readRecord = keepingEndings((listed) => readListedRecord(destination, keyring, listed))
  const configSeq = settings.newest.config.seq
  let alarm: BackupError | null = null
  let chain: ChainView
  try {
    if (anchor) checkSettings(anchor, settings)
    chain = await checkChains(listing.records, anchor, deviceId, options.acceptOlder ? null : configSeq, readRecord)
  } catch (error) {
    alarm = damagedRather(BackupError.from(error), listing, configSeq)
    if (!options.lookOnly || alarm.code !== 'rolled-back') throw alarm
    chain = { tops: [], damaged: [], vanished: [], mustBeReborn: false }
  }
  const endings = await readEndings(listing.records, readRecord)
  chain = withEndings(chain, endings, deviceId)
  if (chain.mustBeReborn || options.acceptOlder) deviceId = await state.rebirth()
  if (opener.kind !== 'device') await keepSlots(state, unlocked)
  return {
    id,
    destination,
    state,
    deviceId,
    keyring,
    settings,
    slots: unlocked.slots,
    listing,
    anchor: chain.mustBeReborn ? null : anchor,
    chain,
    endings,
    alarm,
    zstd: await loadZstd(),
    root: { bytes: unlocked.root, epoch: unlocked.epoch },
    readRecord,
  }
}

/** What has been dropped is not missed; a device that others have retired goes on as a new one. */
export function withEndings(chain: ChainView, endings: Endings, deviceId: string): ChainView {
  const wasDropped = (path: string): boolean => {
    const name = parseObjectName(path)
    return name?.kind === 'record' && isDropped(endings, name, null)
  }
  return {
    ...chain,
    vanished: chain.vanished.filter((path) => !wasDropped(path)),
    mustBeReborn: chain.mustBeReborn || isRetiredByOthers(endings, deviceId),
  }
}

/** Drop and retire records are asked for again and again in a run, and read once. */
function keepingEndings(read: ReadRecord): ReadRecord {
  const kept = new Map<string, ReturnType<ReadRecord>>()
  return (listed) => {
    if (listed.record !== 'drop' && listed.record !== 'retire') return read(listed)
    const known = kept.get(listed.path) ?? read(listed)
    kept.set(listed.path, known)
    return known
  }
}

async function readListedRecord(
  destination: Destination,
  keyring: Keyring,
  listed: Listed<'record'>,
): Promise<StoredRecord | 'damaged' | 'void'> {
  const bytes = await destination.get(listed.path, upTo(MAX_OBJECT_BYTES.record))
  if (!bytes) return 'damaged'
  try {
    return openRecord(keyring, listed, bytes)
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return 'damaged'
    throw error
  }
}

async function unlock({ id, destination, state, opener }: OpenOptions, listing: Listing): Promise<Unlocked> {
  const repoId = fromHex(id)
  if (opener.kind !== 'device') return unlockWithSecret(destination, listing, repoId, opener)
  const kept = await state.readRoot(opener.deviceKey, id)
  if (!kept) throw new BackupError('keychain-locked', { reason: 'not-signed-in' })
  return unlockWithRoot(destination, listing, repoId, kept.root, kept.epoch, [])
}

/** Settings that this device has seen must still be there, and what they revoked stays revoked. */
function checkSettings(anchor: Anchor, settings: Settings): void {
  const isOlder = settings.newest.config.seq < anchor.configSeq
  const lostRevocation = anchor.revoked.some((slotId) => settings.slots.has(slotId))
  if (isOlder || lostRevocation) throw new BackupError('rolled-back', { reason: 'settings' })
}

/** Later settings whose file is there but does not open are damaged; only an absent name means an older state. */
function damagedRather(alarm: BackupError, { configs }: Listing, configSeq: number): BackupError {
  if (alarm.code !== 'rolled-back' || alarm.facts['reason'] !== 'settings') return alarm
  const unread = configs.find(({ seq }) => seq > configSeq)
  return unread ? new BackupError('damaged', { name: unread.path }) : alarm
}

async function keepSlots(state: RepositoryState, { slots, settings }: Unlocked): Promise<void> {
  const valid = new Map<string, Uint8Array>()
  for (const { slotId, bytes } of slots) {
    const listed = settings.slots.get(slotId)
    if (listed && sameBytes(sha256(bytes), listed.fileHash)) valid.set(slotId, bytes)
  }
  await state.keepSlots([...valid.values()])
}

/** The anchor after a run that saw `listing` and, perhaps, wrote one record more. */
export function nextAnchor(repository: OpenRepository, written: StoredRecord | null): Anchor {
  const { anchor, chain, settings, listing } = repository
  const tops = chain.tops.filter(({ deviceId }) => deviceId !== written?.record.deviceId)
  const own = chain.tops.filter(({ deviceId }) => deviceId === written?.record.deviceId)
  return {
    generation: (anchor?.generation ?? 0) + 1,
    configs: settings.heads.map(({ stem }) => stem),
    configSeq: settings.newest.config.seq,
    revoked: [...settings.revoked],
    tops: written
      ? [...tops, { deviceId: written.record.deviceId, seq: written.record.seq, id: written.id, hash: written.hash }]
      : [...tops, ...own],
    records: [
      ...listing.records.map(({ path }) => path).filter((path) => !chain.damaged.includes(path)),
      ...(written ? [written.path] : []),
    ],
  }
}
