import { parseArgs } from 'node:util'
import { runModel } from './run-model.ts'

// npm run test:model -- [--minutes N] [--seed S] [--steps N]: worlds with ascending seeds until the time is over.
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    steps: { type: 'string', default: '150' },
  },
})
const untilMs = performance.now() + Number(values.minutes) * 60_000
let seed = Number(values.seed ?? Date.now() % 1_000_000)
let worlds = 0
while (performance.now() < untilMs) {
  await runModel(seed++, Number(values.steps))
  worlds++
  if (worlds % 10 === 0) console.log(`${worlds} worlds of ${values.steps} steps, up to seed ${seed - 1}`)
}
console.log(`${worlds} worlds of ${values.steps} steps: every restore was an exact earlier state or an error`)
