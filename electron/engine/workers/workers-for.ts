import { availableParallelism } from 'node:os'

/** Less than this is stored faster than a worker starts. */
const WORTH_BYTES = 32 * 2 ** 20

/** Each has two packs in memory; with two the whole process stays below 200 MB. */
const MOST = 2

/**
 * How many workers a run should use; 0 means that its own thread does everything.
 *
 * @param bytes - of the files that are to be read.
 * @param wanted - what the caller asks for, whatever there is to do.
 */
export function workersFor(bytes: number, isPolite: boolean, wanted?: number): number {
  if (wanted !== undefined || bytes === 0) return wanted ?? 0
  if (bytes < WORTH_BYTES && !isPolite) return 0
  return isPolite ? 1 : Math.min(availableParallelism(), MOST)
}
