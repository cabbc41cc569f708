import { describe, expect, it } from 'vitest'
import { padmeLength } from '#engine/crypto/padding.ts'
import { guessedSecret, knownFileElsewhere, type Pair, summary } from './oracles.ts'

const TRIALS = [0, 1, 2]

const pairsOf = async (pair: (trial: number) => Promise<Pair>): Promise<readonly Pair[]> => {
  const pairs: Pair[] = []
  for (const trial of TRIALS) pairs.push(await pair(trial))
  return pairs
}

/** Object by object, sizes are the same or neighbours among the few that there are. */
function mustBeNeighbours({ withIt, without }: Pair): void {
  expect(withIt.objects.length).toBe(without.objects.length)
  for (const [i, bytes] of withIt.objects.entries()) {
    const other = without.objects[i] ?? 0
    const [small, large] = [Math.min(bytes, other), Math.max(bytes, other)]
    expect([small, padmeLength(small + 1)]).toContain(large)
  }
}

describe('what a chat partner can learn from the sizes at the place', () => {
  it('T44: a message of theirs adds the same, whether or not a file that they know is in another chat', async () => {
    for (const pair of await pairsOf(knownFileElsewhere)) {
      mustBeNeighbours(pair)
      expect(pair.withIt.runBytes).toBe(pair.without.runBytes)
    }
  })

  it('T45: a guess at a secret of an earlier day, or of a file of its own, changes nothing by being right', async () => {
    for (const where of ['a page of an earlier day', 'a file of its own, the same day'] as const) {
      for (const pair of await pairsOf((trial) => guessedSecret(trial, where))) {
        mustBeNeighbours(pair)
        expect(pair.withIt.runBytes).toBe(pair.without.runBytes)
      }
    }
  })

  it('T45: a right guess at a secret on a page of the same day makes the run shorter, and the place sees one step of padding at most', async () => {
    const pairs = await pairsOf((trial) => guessedSecret(trial, 'a page of the same day'))
    for (const pair of pairs) mustBeNeighbours(pair)
    const { meanRunBytes } = summary(pairs)
    expect(meanRunBytes).toBeLessThan(0)
    expect(meanRunBytes).toBeGreaterThan(-256)
  })
})
