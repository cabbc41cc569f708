import { asRatio, inSeconds, median, megabytes, table } from './numbers.ts'
import { JOURNEY, type Measured, type Step, type WholeRuns } from './whole-runs.ts'

const TITLES: Readonly<Record<Step, string>> = {
  first: 'first backup',
  unchanged: 'nothing changed',
  changed: '2 % of the database changed, 400 files more',
  day: '0.2 % of the database changed (a day)',
  restore: 'restore',
}

const OURS = 'Keepsake'

/** What every tool took, medians over the rounds. */
export function costTable({ runs }: WholeRuns, tools: readonly string[]): string {
  const rows = JOURNEY.flatMap((step) =>
    tools.map((tool) => {
      const own = of(runs, tool, step)
      const each = (pick: (run: Measured) => number): number => median(own.map(pick))
      return [
        TITLES[step],
        tool,
        inSeconds(each(({ cost }) => cost.seconds)),
        inSeconds(each(({ cost }) => cost.cpuSeconds)),
        megabytes(each(({ cost }) => cost.peakBytes)),
        step === 'restore' ? '' : megabytes(each(({ addedBytes }) => addedBytes)),
      ]
    }),
  )
  return table(['', 'tool', 'seconds', 'CPU seconds', 'peak MB', 'added MB'], rows)
}

type Target = Readonly<{ what: string; wanted: string; is: number; most: number }>

/** The targets of the design, and what was measured: medians of the ratios within a round. */
export function targetTable(measured: WholeRuns): string {
  const rows = targets(measured)
    .filter(({ is }) => !Number.isNaN(is))
    .map(({ what, wanted, is, most }) => [what, wanted, asRatio(is), is <= most ? 'met' : 'missed'])
  return table(['', 'target', 'measured', ''], rows)
}

function targets({ runs, database }: WholeRuns): readonly Target[] {
  const seconds = ({ cost }: Measured): number => cost.seconds
  const ratio = (step: Step, peer: string, most: number, pick = seconds, name = 'time'): Target => ({
    what: `${TITLES[step]}, ${name} / ${peer}`,
    wanted: `<= ${most.toFixed(2)}`,
    is: ratioOf(runs, step, peer, pick),
    most,
  })
  const alone = (step: 'changed' | 'day', peer: string, most: number): Target => {
    const { added, floorBytes = Number.NaN } = database.find((adds) => adds.step === step) ?? {}
    const than = peer === 'floor' ? floorBytes : (added?.get(peer) ?? Number.NaN)
    return {
      what: `${TITLES[step].split(',')[0]}, bytes for the database alone / ${peer === 'floor' ? 'changed pages compressed together' : peer}`,
      wanted: `<= ${most.toFixed(2)}`,
      is: (added?.get(OURS) ?? Number.NaN) / than,
      most,
    }
  }
  const ours = (step: Step, what: string, most: number, pick: (run: Measured) => number): Target => ({
    what: `${TITLES[step]}, ${what}`,
    wanted: `<= ${most}`,
    is: median(of(runs, OURS, step).map(pick)),
    most,
  })
  return [
    ratio('first', 'restic', 0.35),
    ratio('first', 'borg', 0.25),
    ratio('first', 'restic', 0.35, ({ cost }) => cost.cpuSeconds, 'CPU'),
    ratio('unchanged', 'restic', 0.2),
    ratio('unchanged', 'borg', 0.12),
    ours('unchanged', 'kB added', 4, ({ addedBytes }) => addedBytes / 1000),
    ratio('changed', 'restic', 0.2),
    ratio('changed', 'borg', 0.2),
    alone('changed', 'restic', 0.15),
    alone('day', 'restic', 0.1),
    alone('day', 'floor', 1.3),
    ratio('restore', 'restic', 0.35),
    ratio('restore', 'borg', 0.2),
    ...JOURNEY.map((step) => ours(step, 'peak MB', 200, ({ cost }) => cost.peakBytes / 1e6)),
  ]
}

const of = (runs: readonly Measured[], tool: string, step: Step): readonly Measured[] =>
  runs.filter((run) => run.tool === tool && run.step === step)

/** Of two tools within one round, because the machine is not equally quiet in all; the median of these. */
function ratioOf(runs: readonly Measured[], step: Step, peer: string, pick: (run: Measured) => number): number {
  const theirs = new Map(of(runs, peer, step).map((run) => [run.round, pick(run)]))
  return median(of(runs, OURS, step).flatMap((run) => pick(run) / (theirs.get(run.round) ?? Number.NaN) || []))
}
