import type { Destination } from '#engine/destination/destination.ts'
import { isDraftOfOurs, type ObjectName, parseObjectName } from './names.ts'

type Named<K extends ObjectName['kind']> = Extract<ObjectName, { kind: K }>

/** An object as the destination lists it. `path` is below the repository's folder. */
export type Listed<K extends ObjectName['kind']> = Readonly<{ path: string; size: number; modifiedMs: number }> &
  Named<K>

/** Everything at a repository's place, sorted by what it is. Taken once a run; the truth about what is there. */
export type Listing = Readonly<{
  hasMarker: boolean
  slots: readonly Listed<'slot'>[]
  configs: readonly Listed<'config'>[]
  records: readonly Listed<'record'>[]
  indexes: readonly Listed<'index'>[]
  packs: ReadonlyMap<string, Listed<'pack'>> // by the id in the name
  objects: number
  drafts: readonly Readonly<{ path: string; modifiedMs: number }>[] // of ours, from writes that were cut off
  ignored: number // names that are not ours: never touched, only counted
  bytes: number
  lastModifiedMs: number | null
}>

/** Lists a repository. Lagging and foreign names are no error; a name that is shown twice counts once. */
export async function listRepository(destination: Destination, signal?: AbortSignal): Promise<Listing> {
  const slots: Listed<'slot'>[] = []
  const configs: Listed<'config'>[] = []
  const records: Listed<'record'>[] = []
  const indexes: Listed<'index'>[] = []
  const packs = new Map<string, Listed<'pack'>>()
  const drafts: { path: string; modifiedMs: number }[] = []
  const met = new Set<string>()
  let hasMarker = false
  let objects = 0
  let ignored = 0
  let bytes = 0
  let lastModifiedMs: number | null = null
  for await (const { name: path, isFolder, size, modifiedMs } of destination.list('', {
    recursive: true,
    ...(signal && { signal }),
  })) {
    if (isFolder || met.has(path)) continue
    met.add(path)
    const name = parseObjectName(path)
    if (!name) {
      ignored++
      if (isDraftOfOurs(path)) drafts.push({ path, modifiedMs })
      continue
    }
    objects++
    bytes += size
    if (modifiedMs > (lastModifiedMs ?? Number.NEGATIVE_INFINITY)) lastModifiedMs = modifiedMs
    const listed = { path, size, modifiedMs }
    if (name.kind === 'marker') hasMarker = true
    else if (name.kind === 'slot') slots.push({ ...listed, ...name })
    else if (name.kind === 'config') configs.push({ ...listed, ...name })
    else if (name.kind === 'record') records.push({ ...listed, ...name })
    else if (name.kind === 'index') indexes.push({ ...listed, ...name })
    else if (name.kind === 'pack') packs.set(name.id, { ...listed, ...name })
  }
  return { hasMarker, slots, configs, records, indexes, packs, objects, drafts, ignored, bytes, lastModifiedMs }
}
