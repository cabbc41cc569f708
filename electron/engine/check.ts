import { SnapshotCheck } from '#engine/check-snapshot.ts'
import { markerBytes } from '#engine/create-repository.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import { isConfigOf, MAX_CONFIG_BYTES, openConfig } from '#engine/repository/config.ts'
import { isDropped } from '#engine/repository/endings.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import { MARKER_NAME, parseObjectName, slotName } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { MAX_PACK_BYTES } from '#engine/repository/pack-format.ts'
import { readRecordAt } from '#engine/repository/read-record.ts'
import { SLOT_BYTES } from '#engine/repository/slot.ts'
import { readSnapshots } from '#engine/repository/snapshots.ts'

export type CheckResult = Readonly<{
  ok: boolean
  problems: readonly Readonly<{ code: 'damaged' | 'missing'; name: string }>[]
  ignored: number
}>

/**
 * Checks a repository without writing anything: every small object opens, both copies of what has two are the same,
 * every pack that an index names is there with its size or its parts lie elsewhere, and everything that snapshots need
 * is stored. With `readData` every byte of every pack is read and proven.
 */
export async function check(repository: OpenRepository, readData: boolean, signal?: AbortSignal): Promise<CheckResult> {
  const { listing, endings } = repository
  const problems = new Problems()
  await checkMarker(repository, problems)
  let ignored = listing.ignored + (await checkSlots(repository, problems))
  await checkConfigs(repository, problems)
  for (const path of repository.chain.vanished) problems.add('missing', path)
  for (const listed of listing.records) {
    if ((await readRecordAt(repository, listed)) !== 'damaged') continue // not what this device has kept of it
    if (isDropped(endings, listed, null)) ignored++
    else problems.add('damaged', listed.path)
  }
  const { table, damaged } = await loadParts(repository, 'all')
  const needs = new SnapshotCheck(repository, table, problems)
  for (const snapshot of (await readSnapshots(repository)).snapshots) await needs.check(snapshot, signal)
  const isNeeded = (pack: string): boolean => needs.lacksUnknown || needs.packs.has(pack)
  for (const path of damaged) {
    const name = parseObjectName(path)
    if (name?.kind === 'index' ? endings.indexes.has(name.id) : name?.kind === 'pack' && !isNeeded(name.id)) ignored++
    else problems.add('damaged', path)
  }
  ignored += table.packs.filter(({ id, state }) => state === 'missing' && !needs.packs.has(id)).length
  if (readData) ignored += await checkPacks(repository, problems, isNeeded, signal)
  return { ok: problems.found.length === 0, problems: problems.found, ignored }
}

class Problems {
  readonly found: { code: 'damaged' | 'missing'; name: string }[] = []

  add(code: 'damaged' | 'missing', name: string): void {
    if (!this.found.some((problem) => problem.name === name)) this.found.push({ code, name })
  }
}

async function checkMarker({ destination, id }: OpenRepository, problems: Problems): Promise<void> {
  const bytes = await destination.get(MARKER_NAME, upTo(markerBytes(id).length))
  if (!bytes) problems.add('missing', MARKER_NAME)
  else if (!sameBytes(bytes, markerBytes(id))) problems.add('damaged', MARKER_NAME)
}

/** Both copies of each valid slot must be what the settings say; others are only counted. */
async function checkSlots({ destination, settings, listing }: OpenRepository, problems: Problems): Promise<number> {
  for (const [slotId, { fileHash }] of settings.slots) {
    for (const copy of ['a', 'b'] as const) {
      const name = slotName(slotId, copy)
      const bytes = await destination.get(name, upTo(SLOT_BYTES))
      if (!bytes) problems.add('missing', name)
      else if (!sameBytes(sha256(bytes), fileHash)) problems.add('damaged', name)
    }
  }
  return listing.slots.filter(({ slotId }) => !settings.slots.has(slotId)).length
}

/** A config opens on its own and is byte for byte its other copy. */
async function checkConfigs({ destination, listing, keyring }: OpenRepository, problems: Problems): Promise<void> {
  for (const stem of new Set(listing.configs.map((listed) => listed.stem))) {
    const copies: Uint8Array[] = []
    for (const copy of ['a', 'b'] as const) {
      const name = `${stem}-${copy}.kps`
      const bytes = await destination.get(name, upTo(MAX_CONFIG_BYTES))
      const keys = bytes ? keyring.epochs.find((epoch) => isConfigOf(epoch, bytes)) : undefined
      if (!bytes) problems.add('missing', name)
      else if (!keys || !openConfig(keys, keyring.repoId, stem, bytes)) problems.add('damaged', name)
      else copies.push(bytes)
    }
    const [a, b] = copies
    if (a && b && !sameBytes(a, b)) problems.add('damaged', `${stem}-b.kps`)
  }
}

/** Reads every pack. One that is damaged is no problem when all that is needed of it lies elsewhere, too. */
async function checkPacks(
  { destination, listing, keyring, zstd }: OpenRepository,
  problems: Problems,
  isNeeded: (pack: string) => boolean,
  signal?: AbortSignal,
): Promise<number> {
  let passedOver = 0
  for (const listed of listing.packs.values()) {
    signal?.throwIfAborted()
    const bytes = await destination.get(listed.path, upTo(MAX_PACK_BYTES))
    if (bytes && (await checkPack(keyring, zstd, listed.id, bytes))) continue
    if (isNeeded(listed.id)) problems.add(bytes ? 'damaged' : 'missing', listed.path)
    else passedOver++
  }
  return passedOver
}
