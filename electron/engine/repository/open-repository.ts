import { BackupError } from '#common/errors.ts'
import { loadZstd, type Zstd } from '#engine/compression/zstd.ts'
import type { Destination } from '#engine/destination/destination.ts'
import { fromHex } from '#engine/encoding/hex.ts'
import type { Anchor, Birth, ChainTop } from '#engine/state/anchor.ts'
import type { RepositoryState } from '#engine/state/state-folder.ts'
import { acceptOlder } from './accept-older.ts'
import { type ChainView, checkChains, NO_CHAIN, type ReadRecord } from './chain.ts'
import { checkRoot, checkSettings, damagedRather, refuseStrangers } from './compare-settings.ts'
import type { ConfigFile } from './config-files.ts'
import { type Endings, isDropped, isRetiredByOthers, readEndings } from './endings.ts'
import { keepSettings, readKeptSlots } from './kept-settings.ts'
import type { Keyring } from './keyring.ts'
import { type Listing, listRepository } from './listing.ts'
import { knownReason } from './lost-settings.ts'
import { newId, parseObjectName } from './names.ts'
import { recordReader } from './read-record.ts'
import type { Lost, StoredRecord } from './record.ts'
import type { RootLine } from './root-line.ts'
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
  slots: readonly SlotFile[] // as they were read; none when this device's key opened it
  configs: readonly ConfigFile[] // as they were read
  listing: Listing
  anchor: Anchor | null
  chain: ChainView
  endings: Endings
  /** `rolled-back`, when the caller asked to be told instead of stopped. */
  alarm: BackupError | null
  /** Roots of rotations that crossed with the present one, to be joined with it. */
  crossed: readonly RootLine[]
  /** Configs that take over from an older root, and are of nobody who knows the secret. */
  strangers: readonly string[]
  /** How this device came to be, until its first record says so. */
  birth: Birth | null
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
  /** Take an older state of the repository as it is, if it is one (an explicit act). */
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
  const { id, destination, state, signal } = options
  const listing = await listRepository(destination, signal)
  const unlocked = await unlock(options, listing)
  const { keyring, settings } = unlocked
  const deviceId = await state.deviceId()
  const anchor = await state.readAnchor(keyring, deviceId)
  if (options.opener.kind === 'device') refuseStrangers(unlocked, anchor)
  const readRecord = keepingEndings(await recordReader({ destination, keyring }, state.path, listing))
  const compared = await compare(options, { listing, unlocked, deviceId, anchor, readRecord })
  const endings = await readEndings(listing.records, readRecord)
  const chain = withEndings(compared.chain, endings, deviceId)
  if (!compared.alarm) await keepSettings({ destination, state, keyring }, settings)
  const repository = {
    id,
    destination,
    state,
    deviceId,
    keyring,
    settings,
    slots: unlocked.slots,
    configs: unlocked.configs,
    listing,
    anchor,
    chain,
    endings,
    alarm: compared.alarm,
    crossed: unlocked.crossed,
    strangers: unlocked.strangers,
    birth: anchor?.birth ?? null,
    zstd: await loadZstd(),
    root: { bytes: unlocked.root, epoch: unlocked.epoch },
    readRecord,
  }
  return chain.mustBeReborn && !compared.alarm ? bornAnew(repository, compared.lost) : repository
}

type Compared = Readonly<{ chain: ChainView; alarm: BackupError | null; lost: Lost | null }>

type Seen = Pick<OpenRepository, 'listing' | 'deviceId' | 'anchor' | 'readRecord'> & Readonly<{ unlocked: Unlocked }>

/** Compares what is there with what this device has seen; what to do about an alarm is the caller's choice. */
async function compare(
  { state, acceptOlder: isAccepted, lookOnly }: OpenOptions,
  { listing, unlocked, deviceId, anchor, readRecord }: Seen,
): Promise<Compared> {
  const configSeq = unlocked.settings.newest.config.seq
  try {
    checkRoot(await state.readConfigs(), unlocked.keyring)
    if (anchor) checkSettings(anchor, unlocked)
    const announced = await state.announced()
    const wasAnnounced = ({ path, hash }: StoredRecord): boolean => announced?.path === path && announced.hash === hash
    const chain = await checkChains(listing.records, anchor, deviceId, configSeq, readRecord, wasAnnounced)
    return { chain, alarm: null, lost: null }
  } catch (error) {
    const raised = BackupError.from(error)
    if (isAccepted && raised.code === 'rolled-back') {
      return { ...(await acceptOlder(listing.records, anchor, deviceId, configSeq, readRecord)), alarm: null }
    }
    const alarm = damagedRather(raised, listing, configSeq)
    if (!lookOnly || alarm.code !== 'rolled-back') throw alarm
    return { chain: NO_CHAIN, alarm, lost: null }
  }
}

/**
 * This device goes on under a new id, from what it knows of the one before. Its anchor is written before the id is: cut
 * off in between, it is the old device again, and remembers what that had seen.
 */
export async function bornAnew(repository: OpenRepository, lost: Lost | null = null): Promise<OpenRepository> {
  const { state, keyring, chain, anchor, deviceId } = repository
  const last = (tops: readonly ChainTop[] = []): ChainTop | undefined => tops.find((top) => top.deviceId === deviceId)
  const top = last(chain.tops) ?? last(anchor?.tops)
  const birth = {
    from: top ? { deviceId: top.deviceId, seq: top.seq, hash: top.hash } : (repository.birth?.from ?? null),
    lost: lost ?? repository.birth?.lost ?? null,
  }
  const reborn = { ...repository, deviceId: newId(), birth }
  await state.writeAnchor(keyring, reborn.deviceId, nextAnchor(reborn, null))
  await state.becomeDevice(reborn.deviceId)
  return { ...reborn, anchor: nextAnchor(reborn, null) }
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

/** What the place has lost of the settings is told as such, and not taken for a wrong secret. */
async function unlock(options: OpenOptions, listing: Listing): Promise<Unlocked> {
  try {
    return await unlockAsIs(options, listing)
  } catch (thrown) {
    const { code, facts } = BackupError.from(thrown)
    const isUnopened = code === 'wrong-secret' || (code === 'damaged' && facts['name'] === 'config')
    throw (isUnopened && (await knownReason(options, listing))) || thrown
  }
}

async function unlockAsIs({ id, destination, state, opener }: OpenOptions, listing: Listing): Promise<Unlocked> {
  const repoId = fromHex(id)
  if (opener.kind === 'device') {
    const kept = await state.readRoot(opener.deviceKey, id)
    if (!kept) throw new BackupError('keychain-locked', { reason: 'not-signed-in' })
    return unlockWithRoot(destination, listing, repoId, kept.root, kept.epoch)
  }
  const remembered = (await readKeptSlots(state)).map(({ slotId }) => slotId)
  return unlockWithSecret(destination, listing, repoId, opener, remembered)
}

/** The anchor after a run that saw `listing` and, perhaps, wrote one record more. */
export function nextAnchor(repository: OpenRepository, written: StoredRecord | null): Anchor {
  const { anchor, chain, settings, listing, birth, strangers } = repository
  const tops = chain.tops.filter(({ deviceId }) => deviceId !== written?.record.deviceId)
  const own = chain.tops.filter(({ deviceId }) => deviceId === written?.record.deviceId)
  return {
    generation: (anchor?.generation ?? 0) + 1,
    configs: settings.heads.map(({ stem }) => stem),
    configSeq: settings.newest.config.seq,
    revoked: [...new Set([...(anchor?.revoked ?? []), ...settings.revoked])].filter((id) => !settings.slots.has(id)),
    tops: written
      ? [...tops, { deviceId: written.record.deviceId, seq: written.record.seq, id: written.id, hash: written.hash }]
      : [...tops, ...own],
    records: [
      ...listing.records.map(({ path }) => path).filter((path) => !chain.damaged.includes(path)),
      ...(written ? [written.path] : []),
    ],
    lost: chain.lost,
    birth: written ? null : birth,
    strangers,
  }
}
