import { it } from 'vitest'
import { runModel } from './run-model.ts'

it.each([
  1, 2, 3, 4, 5, 6,
])('any sequence of edits, backups, power cuts, evil acts and changes of the secret leaves exact states or errors (seed %i)', async (seed) => {
  await runModel(seed, 60)
})
