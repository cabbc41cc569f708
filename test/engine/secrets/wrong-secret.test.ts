import { expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { explain } from '../../../electron/cli/sentences.ts'
import { Household, newKey, newPassword } from './household.ts'

/** The answer to one secret, as the caller and the person get it. */
async function answer(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => new BackupError('unexpected'),
    (thrown: unknown) => BackupError.from(thrown),
  )
  return JSON.stringify([error.toPlain(), explain(error)])
}

it('T22: six wrong secrets of one kind get the same answer each, change nothing, and the right one still opens', async () => {
  const secret = newPassword()
  const { home, first } = await Household.begin(secret)
  using _ = home
  const before = home.copy()
  const answers = new Set<string>()
  const times: Record<'start' | 'end', number[]> = { start: [], end: [] }
  for (let i = 0; i < 6; i++) {
    const where = i % 2 === 0 ? 'start' : 'end'
    const { bytes } = secret
    const wrong = { kind: 'password', bytes: bytes.with(where === 'start' ? 0 : bytes.length - 1, i) } as const
    const startedMs = performance.now()
    answers.add(await answer(first.open(wrong)))
    times[where].push(performance.now() - startedMs)
  }
  expect([...answers]).toEqual([await answer(first.open(newKey()))])
  const ratio = Math.min(...times.start) / Math.min(...times.end) // each costs one run of Argon2id, whatever is wrong
  expect(Math.max(ratio, 1 / ratio)).toBeLessThan(3)
  expect([...home.memory.objects]).toEqual([...before])
  expect((await first.open(secret)).id).toHaveLength(32)
})
