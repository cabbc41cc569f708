import type { Arguments, Command } from './arguments.ts'
import { type Outcome, type Run, withContext } from './command.ts'
import { backup } from './commands/backup.ts'
import { changeSecret } from './commands/change-secret.ts'
import { check } from './commands/check.ts'
import { create } from './commands/create.ts'
import { devices } from './commands/devices.ts'
import { prove } from './commands/prove.ts'
import { prune } from './commands/prune.ts'
import { restore } from './commands/restore.ts'
import { rotate } from './commands/rotate.ts'
import { snapshots } from './commands/snapshots.ts'
import { turnOff } from './commands/turn-off.ts'

/** Commands that only open a backup; `create` makes one, and `change-secret` has a new secret besides. */
const COMMANDS: Readonly<Record<Exclude<Command, 'create' | 'change-secret'>, Run>> = {
  backup,
  snapshots,
  devices,
  restore,
  check,
  prove,
  prune,
  rotate,
  'turn-off': turnOff,
}

/** Runs one command while nobody else uses the state folder. */
export async function runCommand(
  args: Arguments,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Outcome> {
  if (args.command === 'create') return create(args, signal)
  if (args.command === 'change-secret') return changeSecret(args, signal, progress)
  return withContext(args, signal, progress, COMMANDS[args.command])
}
