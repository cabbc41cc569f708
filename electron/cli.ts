import { BackupError, EXIT_CODES } from '#common/errors.ts'
import { parseCommandLine } from './cli/arguments.ts'
import { runCommand } from './cli/commands.ts'
import { USAGE } from './cli/usage.ts'

/**
 * The engine from a terminal. With --json exactly one value goes to stdout; messages go to stderr. Exit codes are those
 * of docs/cli.md and never change meaning.
 */
async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes('--help')) {
    process.stdout.write(USAGE)
    return args.length === 0 ? EXIT_CODES.usage : 0
  }
  const cancel = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort())
  const asJson = args.includes('--json')
  try {
    const { result, exit } = await runCommand(parseCommandLine(args), cancel.signal)
    process.stdout.write(`${JSON.stringify(result, null, asJson ? undefined : 2)}\n`)
    return exit
  } catch (thrown) {
    const { code, facts, stack } = BackupError.from(thrown)
    const exit = EXIT_CODES[code]
    if (asJson) process.stdout.write(`${JSON.stringify({ error: { code, exit } })}\n`)
    process.stderr.write(`${code}${Object.keys(facts).length > 0 ? ` ${JSON.stringify(facts)}` : ''}\n`)
    if (code === 'unexpected') process.stderr.write(`${(thrown as Error).stack ?? stack}\n`)
    if (code === 'usage') process.stderr.write(USAGE)
    return exit
  }
}

process.exitCode = await main(process.argv.slice(2))
