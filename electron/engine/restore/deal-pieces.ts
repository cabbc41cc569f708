import { BackupError } from '#common/errors.ts'
import { dealRuns, type UnitsOfRun } from '#engine/pages/restore-pages.ts'
import { PART_TYPE, type PartType } from '#engine/repository/part.ts'
import type { PartReader } from '#engine/repository/part-reader.ts'
import { JOB_BYTES, type Job, type PartAt, type Piece, type RunOfUnits } from './job.ts'
import type { FileEntry } from './large-file.ts'
import { partsOf } from './write-content.ts'

export type DealPieces = Readonly<{
  /** @throws BackupError `damaged` when the part is in no pack */
  find: (type: PartType, id: Uint8Array) => PartAt
  /** Gives a job out, of so many bytes of the file. Resolves when the next one may come. */
  deal: (job: Job, bytes: number) => Promise<void>
  reader: PartReader
  signal?: AbortSignal | undefined
}>

/**
 * Deals a large file out in jobs that write into its draft.
 *
 * @throws BackupError `damaged` when it is known already that the file is not whole; jobs that were dealt go on
 */
export async function dealPieces({ content, size }: FileEntry, draft: Uint8Array, how: DealPieces): Promise<void> {
  if (content.kind === 'pages') return dealPages(content.id, size, draft, how)
  let at = 0
  let pieces: Piece[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    const job: Job = { kind: 'pieces', draft, pieces }
    const jobBytes = bytes
    pieces = []
    bytes = 0
    if (job.pieces.length > 0) await how.deal(job, jobBytes)
  }
  for (const id of await partsOf(content, how.reader)) {
    how.signal?.throwIfAborted()
    const part = how.find(PART_TYPE.data, id)
    pieces.push({ part, at })
    at += part.plainLength
    bytes += part.plainLength
    if (bytes >= JOB_BYTES) await flush()
  }
  await flush()
  if (at !== size) throw new BackupError('damaged', { name: 'file size' })
}

async function dealPages(pageFileId: Uint8Array, fileBytes: number, draft: Uint8Array, how: DealPieces) {
  const { reader, signal, find, deal } = how
  let runs: RunOfUnits[] = []
  let bytes = 0
  const flush = async (unitBytes: number): Promise<void> => {
    const job: Job = { kind: 'runs', draft, fileBytes, unitBytes, runs }
    const jobBytes = bytes
    runs = []
    bytes = 0
    if (job.runs.length > 0) await deal(job, jobBytes)
  }
  let lastUnitBytes = 0
  const onRun = async ({ id, ...units }: UnitsOfRun, unitBytes: number): Promise<void> => {
    lastUnitBytes = unitBytes
    runs.push({ ...units, part: find(PART_TYPE.pageRun, id) })
    bytes += units.units.length * unitBytes
    if (bytes >= JOB_BYTES) await flush(unitBytes)
  }
  await dealRuns({ pageFileId, fileBytes, fetch: (type, id) => reader.read(type, id), onRun, signal })
  await flush(lastUnitBytes)
}
