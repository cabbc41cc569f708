import { MAX_SEGMENT_BATCHES, SEGMENT_UNITS, unitsPerRun } from './page-parts.ts'
import type { TagTable } from './tag-table.ts'

/** Stored units that a file may reach over, for each of its own, before its emptiest runs are written anew… */
const SCATTERED = 3
/** …of which no more than this share of the day's new units is carried… */
const DAILY_SHARE = 0.25
/** …unless it is this bad. */
const BADLY_SCATTERED = 4

type RunUse = Readonly<{ batch: number; run: number; live: number; stored: number }>

/**
 * Which units of a file are to be written again beside the new ones, so that a restore does not have to fetch three
 * times the file, and so that no segment names too many batches.
 *
 * @param entries - the file's units, as entries of the table.
 * @param firstNewBatch - batches from this number on were written by this backup and stay as they are.
 * @returns numbers of units, ascending.
 */
export function unitsToCarry(table: TagTable, entries: Uint32Array, firstNewBatch: number, newUnits: number): number[] {
  const runs = emptiestRuns(table, entries, firstNewBatch, newUnits)
  const carried: number[] = []
  for (let from = 0; from < entries.length; from += SEGMENT_UNITS) {
    const to = Math.min(from + SEGMENT_UNITS, entries.length)
    const isCrowded = countBatches(table, entries.subarray(from, to)) > MAX_SEGMENT_BATCHES
    for (let unit = from; unit < to; unit++) {
      const entry = entries[unit] ?? 0
      if (table.batchOf(entry) >= firstNewBatch) continue
      if (isCrowded || runs.has(runKey(table.batchOf(entry), table.runOf(entry)))) carried.push(unit)
    }
  }
  return carried
}

function emptiestRuns(
  table: TagTable,
  entries: Uint32Array,
  firstNewBatch: number,
  newUnits: number,
): ReadonlySet<number> {
  const uses = runUses(table, entries)
  let stored = uses.reduce((sum, use) => sum + use.stored, 0)
  const chosen = new Set<number>()
  if (stored <= SCATTERED * entries.length) return chosen
  let budget = stored > BADLY_SCATTERED * entries.length ? Number.POSITIVE_INFINITY : Math.floor(newUnits * DAILY_SHARE)
  const old = uses.filter(({ batch }) => batch < firstNewBatch).sort((a, b) => a.live / a.stored - b.live / b.stored)
  for (const use of old) {
    if (stored <= SCATTERED * entries.length || use.live > budget || use.live >= use.stored) break
    chosen.add(runKey(use.batch, use.run))
    budget -= use.live
    stored -= use.stored - use.live
  }
  return chosen
}

function runUses(table: TagTable, entries: Uint32Array): RunUse[] {
  const live = new Map<number, number>()
  for (const entry of entries) {
    const key = runKey(table.batchOf(entry), table.runOf(entry))
    live.set(key, (live.get(key) ?? 0) + 1)
  }
  const perRun = unitsPerRun(table.unitBytes)
  return [...live].map(([key, count]) => {
    const [batch, run] = [Math.floor(key / RUNS), key % RUNS]
    const units = table.batches[batch]?.units ?? 0
    return { batch, run, live: count, stored: Math.min(perRun, units - run * perRun) }
  })
}

function countBatches(table: TagTable, entries: Uint32Array): number {
  const batches = new Set<number>()
  for (const entry of entries) batches.add(table.batchOf(entry))
  return batches.size
}

/** No batch has more runs than this. */
const RUNS = 2 ** 17
const runKey = (batch: number, run: number): number => batch * RUNS + run
