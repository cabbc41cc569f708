import { BackupError } from '#common/errors.ts'
import { markerBytes } from '#engine/create-repository.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { rebuildPageTable, usedRuns } from '#engine/pages/page-table.ts'
import { checkPack } from '#engine/repository/check-pack.ts'
import { isConfigOf, MAX_CONFIG_BYTES, openConfig } from '#engine/repository/config.ts'
import { loadParts } from '#engine/repository/load-parts.ts'
import { MARKER_NAME, slotName } from '#engine/repository/names.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import { MAX_PACK_BYTES } from '#engine/repository/pack-format.ts'
import { PART_TYPE, type PartType, partKey } from '#engine/repository/part.ts'
import { PartReader } from '#engine/repository/part-reader.ts'
import type { PartTable } from '#engine/repository/part-table.ts'
import { SLOT_BYTES } from '#engine/repository/slot.ts'
import { readSnapshots, type Snapshot } from '#engine/repository/snapshots.ts'
import type { Content } from '#engine/repository/tree-entry.ts'
import { readTree } from '#engine/repository/tree-reader.ts'

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
  const { listing } = repository
  const problems = new Problems()
  await checkMarker(repository, problems)
  const unlistedSlots = await checkSlots(repository, problems)
  await checkConfigs(repository, problems)
  for (const path of repository.chain.vanished) problems.add('missing', path)
  for (const listed of listing.records)
    if ((await repository.readRecord(listed)) === 'damaged') problems.add('damaged', listed.path)
  const { table, damaged } = await loadParts(repository, 'all')
  for (const path of damaged) problems.add('damaged', path)
  for (const pack of table.lostPacks()) problems.add(listing.packs.has(pack.id) ? 'damaged' : 'missing', pack.path)
  const { snapshots } = await readSnapshots(repository)
  for (const snapshot of snapshots) await checkSnapshot(repository, snapshot, table, problems, signal)
  if (readData) await checkPacks(repository, problems, signal)
  return { ok: problems.found.length === 0, problems: problems.found, ignored: listing.ignored + unlistedSlots }
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

async function checkSnapshot(
  repository: OpenRepository,
  snapshot: Snapshot,
  table: PartTable,
  problems: Problems,
  signal?: AbortSignal,
): Promise<void> {
  const reader = new PartReader(repository.keyring, repository.destination, table, repository.zstd)
  const name = snapshot.stored.path
  for (const source of snapshot.body.sources) {
    const lost = ({ error }: { error: BackupError }): void => {
      const at = String(error.facts['name'] ?? name)
      if (at === 'missing pack') problems.add('missing', name)
      else problems.add('damaged', at)
    }
    for await (const leaf of readTree(source, (type, id) => reader.read(type, id), lost)) {
      signal?.throwIfAborted()
      for (const entry of leaf) {
        if (entry.kind !== 'file' || entry.content.kind === 'empty') continue
        const { type, ids } = await dataPartsOf(reader, entry.content, lost)
        if (ids.some((id) => table.find(id)?.type !== type)) problems.add('missing', name)
      }
    }
  }
}

/** The parts that hold a file's own bytes; what leads to them is opened on the way. */
async function dataPartsOf(
  reader: PartReader,
  content: Exclude<Content, { kind: 'empty' }>,
  lost: (branch: { error: BackupError }) => void,
): Promise<Readonly<{ type: PartType; ids: readonly Uint8Array[] }>> {
  switch (content.kind) {
    case 'parts':
      return { type: PART_TYPE.data, ids: content.ids }
    case 'lists':
      return { type: PART_TYPE.data, ids: await idsOf(reader, content.ids, lost) }
    case 'pages':
      return { type: PART_TYPE.pageRun, ids: await runsOf(reader, content.id, lost) }
  }
}

async function runsOf(
  reader: PartReader,
  pageFile: Uint8Array,
  lost: (branch: { error: BackupError }) => void,
): Promise<readonly Uint8Array[]> {
  try {
    return usedRuns(await rebuildPageTable(pageFile, (type, id) => reader.read(type, id)))
  } catch (thrown) {
    const error = BackupError.from(thrown)
    if (error.code !== 'damaged') throw error
    lost({ error })
    return []
  }
}

async function idsOf(
  reader: PartReader,
  lists: readonly Uint8Array[],
  lost: (branch: { error: BackupError }) => void,
): Promise<readonly Uint8Array[]> {
  const ids: Uint8Array[] = []
  for (const list of lists) {
    try {
      ids.push(...(await reader.readIds(list)))
    } catch (thrown) {
      const error = BackupError.from(thrown)
      if (error.code !== 'damaged') throw error
      lost({ error: new BackupError('damaged', { name: partKey(list) }) })
    }
  }
  return ids
}

async function checkPacks(
  { destination, listing, keyring, zstd }: OpenRepository,
  problems: Problems,
  signal?: AbortSignal,
): Promise<void> {
  for (const listed of listing.packs.values()) {
    signal?.throwIfAborted()
    const bytes = await destination.get(listed.path, upTo(MAX_PACK_BYTES))
    if (!bytes) problems.add('missing', listed.path)
    else if (!(await checkPack(keyring, zstd, listed.id, bytes))) problems.add('damaged', listed.path)
  }
}
