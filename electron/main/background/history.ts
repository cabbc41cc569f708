import { z } from 'zod'
import { DEEDS, type HistoryEntry } from '#common/background.ts'
import { ERROR_CODES, type ErrorCode } from '#common/errors.ts'
import { type Kept, KeptFile } from '../kept-file.ts'

const DAY_MS = 24 * 3600 * 1000
const KEPT_DAYS = 90
const MOST_ENTRIES = 1000

const count = z.number().min(0)

const entry = z
  .strictObject({
    atMs: z.number(),
    deed: z.enum(DEEDS),
    by: z.enum(['schedule', 'person']),
    code: z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]).nullable(),
    seconds: count,
    files: count,
    bytes: count,
    addedBytes: count,
    skipped: z.record(z.string().regex(/^[a-z-]{1,32}$/), count).readonly(),
  })
  .readonly()

/** An entry that cannot be read is left out, and the others stay. */
const historyFile = z
  .object({
    version: z.literal(1),
    entries: z.array(z.unknown()).transform((all) => all.flatMap((one) => entry.safeParse(one).data ?? [])),
  })
  .readonly()

export type HistoryFile = Readonly<{ version: 1; entries: readonly HistoryEntry[] }>

/** @throws as `KeptFile.open` */
export function openHistory(path: string, nowMs = Date.now()): Promise<KeptFile<HistoryFile>> {
  return KeptFile.open(path, { parse: (raw) => historyFile.parse(raw), empty: { version: 1, entries: [] } }, nowMs)
}

/** A plain diary of what was done: counts, codes and times of the last 90 days, and no name of anything. */
export class History {
  readonly #kept: Kept<HistoryFile>

  constructor(kept: Kept<HistoryFile>) {
    this.#kept = kept
  }

  /** Newest first. */
  get entries(): readonly HistoryEntry[] {
    return this.#kept.current.entries.toReversed()
  }

  /** Best effort: a diary that cannot be written is no reason to fail. */
  async add(next: HistoryEntry): Promise<void> {
    await this.#kept
      .update((file) => ({ ...file, entries: bounded([...file.entries, next], next.atMs) }))
      .catch(() => undefined)
  }
}

/** What a clock that was ahead has dated into the future stays until it is old by its number. */
function bounded(entries: readonly HistoryEntry[], nowMs: number): readonly HistoryEntry[] {
  return entries.filter(({ atMs }) => nowMs - atMs <= KEPT_DAYS * DAY_MS).slice(-MOST_ENTRIES)
}

/** How many files were skipped for each reason; their paths are not kept. */
export function countByCode(skipped: readonly Readonly<{ code: string }>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { code } of skipped) {
    const known = /^[a-z-]{1,32}$/.test(code) ? code : 'other'
    counts[known] = (counts[known] ?? 0) + 1
  }
  return counts
}
