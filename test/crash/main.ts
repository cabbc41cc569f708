import { parseArgs } from 'node:util'
import { ACTS } from './acts.ts'
import { Crashes, type Point } from './crashes.ts'

// npm run test:crash -- [--points N] [--act NAME] [--megabytes N]: each act is killed at N random points, in two ways.
const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '200' },
    act: { type: 'string' },
    megabytes: { type: 'string', default: '20' },
  },
})

for (const act of ACTS.filter(({ name }) => values.act === undefined || name === values.act)) {
  using crashes = new Crashes(act)
  await crashes.prepare(Number(values.megabytes))
  const { changes, ms } = crashes
  let killed = 0
  for (let i = 0; i < Number(values.points); i++) {
    const point: Point =
      i % 2 === 0
        ? { kind: 'change', number: 1 + Math.floor(Math.random() * changes) }
        : { kind: 'time', ms: (0.3 + 0.7 * Math.random()) * ms }
    if (await crashes.crash(point)) killed++
  }
  console.log(`${act.name}: killed ${killed} times of ${values.points} (${changes} changes, ${Math.round(ms)} ms)`)
}
console.log('after each of them everything could be restored, and the next run went on')
