import { parseArgs } from 'node:util'
import { ACTS } from './acts.ts'
import { Crashes, type Point } from './crashes.ts'

// npm run test:crash -- [--points N] [--act NAME] [--megabytes N]: each act is killed N times at random points, in two ways.
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
  const points = Number(values.points)
  let [killed, tries] = [0, 0]
  // Who was killed after its end was not killed in its middle: that does not count.
  for (; killed < points && tries < 5 * points; tries++) {
    const point: Point =
      tries % 2 === 0
        ? { kind: 'change', number: 1 + Math.floor(Math.random() * changes) }
        : { kind: 'time', ms: (0.2 + 0.7 * Math.random()) * ms }
    if (await crashes.crash(point)) killed++
  }
  if (killed < points) throw new Error(`${act.name} was killed only ${killed} times in ${tries} tries`)
  console.log(`${act.name}: killed ${killed} times in ${tries} tries (${changes} changes, ${Math.round(ms)} ms)`)
}
console.log('after each of them everything could be restored, and the next run went on')
