import type { Arguments, Command } from './arguments.ts'
import { type Outcome, type Run, withContext } from './command.ts'
import { backup } from './commands/backup.ts'
import { check } from './commands/check.ts'
import { create } from './commands/create.ts'
import { prove } from './commands/prove.ts'
import { restore } from './commands/restore.ts'
import { snapshots } from './commands/snapshots.ts'
import { turnOff } from './commands/turn-off.ts'

/** Commands that open a backup; `create` makes one. */
const COMMANDS: Readonly<Record<Exclude<Command, 'create'>, Run>> = {
  backup,
  snapshots,
  restore,
  check,
  prove,
  'turn-off': turnOff,
}

/** Runs one command while nobody else uses the state folder. */
export async function runCommand(
  args: Arguments,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Outcome> {
  if (args.command === 'create') return create(args, signal)
  return withContext(args, signal, progress, COMMANDS[args.command])
}
