import { BackupError, EXIT_CODES } from '#common/errors.ts'
import { parseCommandLine } from './arguments.ts'
import { exitOf } from './command.ts'
import { progressLine } from './progress.ts'
import { runCommand } from './run-command.ts'
import { explain } from './sentences.ts'
import { USAGE } from './usage.ts'

/**
 * The engine from a terminal. With --json exactly one value goes to stdout; messages go to stderr. Exit codes are those
 * of docs/cli.md and never change meaning.
 */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE)
    return 0
  }
  const asJson = args.includes('--json')
  const cancel = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort())
  const progress = progressLine(process.stderr)
  try {
    const outcome = await runCommand(parseCommandLine(args), cancel.signal, progress.show)
    progress.end()
    for (const line of asJson ? [JSON.stringify(outcome.result)] : outcome.text) process.stdout.write(`${line}\n`)
    for (const line of [...(outcome.notices ?? []), ...outcome.problems.map(explain)]) process.stderr.write(`${line}\n`)
    return exitOf(outcome)
  } catch (thrown) {
    progress.end()
    const error = BackupError.from(thrown)
    const exit = EXIT_CODES[error.code]
    if (asJson) process.stdout.write(`${JSON.stringify({ error: { code: error.code, exit } })}\n`)
    process.stderr.write(`${explain(error)}\n`)
    if (error.code === 'unexpected') process.stderr.write(`${stackOf(error)}\n`)
    return exit
  }
}

/** Where the bug is, by the first cause's frames. Not its message: the system names files in it. */
function stackOf(error: Error): string {
  if (error.cause instanceof Error) return stackOf(error.cause)
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames].join('\n')
}

process.exitCode = await main(process.argv.slice(2))
