import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { below, type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { MARKER_NAME, type ObjectName, parseObjectName, repositoryFolder } from '#engine/repository/names.ts'
import { locateRepository } from '#engine/turn-off.ts'

export type CopyOptions = Readonly<{
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal | undefined
}>

/** What others write while it is copied is copied in another round; more rounds than this no backup takes. */
const ROUNDS = 5

/** The marker comes last: until then nobody takes the copy for a backup. Records come after all that they rely on. */
const ORDER: readonly ObjectName['kind'][] = ['pack', 'index', 'record', 'config', 'slot', 'note', 'script', 'marker']

type Found = Readonly<{ path: string; size: number; rank: number }>

/**
 * Copies a repository to another place, object by object, and reads each back. Nothing is taken away from the first
 * place. Stopped anywhere it goes on from what is there, and what is there under a name and differs is never replaced.
 *
 * @param to - the other place's top, which is made if only its last part is missing.
 * @returns the repository's folder at the other place.
 * @throws BackupError `no-repository`; `damaged` with a name, when an object cannot be read whole or the other place
 * gives back something else; `rolled-back` when others write faster than it can be copied; those of both places
 */
export async function copyRepository(
  from: Destination,
  to: Destination,
  repository: string,
  { onProgress, signal }: CopyOptions = {},
): Promise<Readonly<{ destination: Destination; objects: number; bytes: number }>> {
  const source = await locateRepository(from, repository)
  await to.makeTop(signal)
  const target = below(to, repositoryFolder(repository))
  if (source.identity === target.identity) throw new BackupError('repository-exists')
  const copied = new Set<string>()
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const found = await objectsOf(source, signal)
    if (!found.some(({ path }) => path === MARKER_NAME)) throw new BackupError('no-repository')
    const missing = found.filter(({ path }) => !copied.has(path))
    if (missing.length === 0) return { destination: target, objects: copied.size, bytes }
    const there = new Map((await objectsOf(target, signal)).map(({ path, size }) => [path, size]))
    // The marker waits for a round in which nothing else was new.
    const isQuiet = missing.every(({ path }) => path === MARKER_NAME)
    for (const { path, size } of missing) {
      if (path === MARKER_NAME && !isQuiet) continue
      signal?.throwIfAborted()
      await copyObject(source, target, path, size, there.has(path), signal)
      copied.add(path)
      bytes += size
      onProgress?.(copied.size, found.length)
    }
  }
  throw new BackupError('rolled-back', { reason: 'restless' })
}

async function copyObject(
  source: Destination,
  target: Destination,
  path: string,
  size: number,
  isThere: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = await source.get(path, upTo(size), signal)
  if (bytes?.length !== size) throw new BackupError('damaged', { name: path })
  const hash = sha256(bytes)
  if (!isThere) await target.put(path, bytes, signal)
  const back = await target.get(path, upTo(size), signal)
  if (!back || !sameBytes(sha256(back), hash)) throw new BackupError('damaged', { name: path })
}

/** Our objects, in the order in which they are copied. Foreign files and drafts are left where they are. */
async function objectsOf(destination: Destination, signal: AbortSignal | undefined): Promise<readonly Found[]> {
  const found = new Map<string, Found>()
  for await (const { name, isFolder, size } of destination.list('', { recursive: true, ...(signal && { signal }) })) {
    const kind = isFolder ? undefined : parseObjectName(name)?.kind
    if (kind && !found.has(name)) found.set(name, { path: name, size, rank: ORDER.indexOf(kind) })
  }
  return [...found.values()].sort((a, b) => a.rank - b.rank)
}
