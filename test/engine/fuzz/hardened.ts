import * as fc from 'fast-check'
import { expect } from 'vitest'
import { BackupError } from '#common/errors.ts'

/** Growth of the whole process that is no cause for concern; a length that was believed would be far above. */
const MAX_GROWTH_KIB = 256 * 1024
/** How much longer refusing may take than reading what is right, all inputs together; a loop that hangs is far above. */
const MAX_SLOWDOWN = 50

/**
 * Gives a parser input that is nearly right. Whatever it is, the parser reads it, answers null or throws a BackupError,
 * takes no longer than it does over what is right, and takes no memory that the input only claims to need.
 *
 * @param usual - what is right, to compare the time with.
 */
export async function mustBeHardened<T>(
  parse: (input: T) => unknown,
  usual: readonly T[],
  inputs: fc.Arbitrary<T>,
  runs = 1500,
): Promise<void> {
  const samples = fc.sample(inputs, runs)
  const startKiB = process.resourceUsage().maxRSS
  for (const input of usual) await parse(input) // what is right must be read; code is warm from here on
  const usualMs = await timed(async () => {
    for (let i = 0; i < runs; i++) {
      const input = usual[i % usual.length]
      if (input !== undefined) await outcomeOf(parse, input)
      await outcomeOf(refuse, input)
    }
  })
  const theirMs = await timed(async () => {
    for (const input of samples) {
      const outcome = await outcomeOf(parse, input)
      if (outcome instanceof Error)
        expect({ input: shown(input), outcome }).toEqual({ outcome: 'a BackupError or a value' })
    }
  })
  expect(theirMs / usualMs).toBeLessThan(MAX_SLOWDOWN)
  expect(process.resourceUsage().maxRSS - startKiB).toBeLessThan(MAX_GROWTH_KIB)
}

/** An error that no caller foresees; null for everything that is well. */
async function outcomeOf<T>(parse: (input: T) => unknown, input: T): Promise<Error | null> {
  try {
    await parse(input)
    return null
  } catch (error) {
    return isForeseen(error) ? null : new Error(String(error), { cause: error })
  }
}

/** Goes on where a parser refuses as it should. */
export function orRefused(parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (!isForeseen(error)) throw error
  }
}

const isForeseen = (error: unknown): boolean => error instanceof BackupError && error.code !== 'unexpected'

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

const refuse = (): never => {
  throw new BackupError('damaged')
}

const shown = (input: unknown): string =>
  input instanceof Uint8Array ? Buffer.from(input).toString('hex') : JSON.stringify(input)
