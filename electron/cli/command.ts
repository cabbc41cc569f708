import { BackupError, type ErrorCode, EXIT_CODES } from '#common/errors.ts'
import { type Destination, type OpenRepository, openAt, StateFolder, secretToOpen } from '#engine/index.ts'
import { type Arguments, usage } from './arguments.ts'
import { openPlace } from './destination-config.ts'
import { readSecret } from './secret-files.ts'

/** What a command has to say: the value for `--json`, the same for people, and how it ended. */
export type Outcome = Readonly<{
  result: unknown
  text: readonly string[]
  /** What else people should know; said on stderr, also with `--json`. */
  notices?: readonly string[]
  /** In the order of precedence: the first is the exit code, all are explained. None is success. */
  problems: readonly BackupError[]
}>

/** What a command works with. The state folder is held for this run. */
export type Context = Readonly<{
  args: Arguments
  place: Destination
  state: StateFolder
  opener: ReturnType<typeof secretToOpen>
  /** What opens the slot of the other kind, where that was given. */
  also: ReturnType<typeof secretToOpen> | null
  signal: AbortSignal
  /** Tells people how far it is. */
  progress: (line: string) => void
}>

export type Run = (context: Context) => Promise<Outcome>

export const exitOf = ({ problems }: Outcome): number => (problems[0] ? EXIT_CODES[problems[0].code] : 0)

export const done = (result: unknown, ...text: readonly string[]): Outcome => ({ result, text, problems: [] })

/** Reads the secrets, takes the state folder, and only then runs the command. */
export async function withContext(
  args: Arguments,
  signal: AbortSignal,
  progress: (line: string) => void,
  run: Run,
): Promise<Outcome> {
  const input = await readSecret(args)
  const other = { passwordFile: args.alsoPasswordFile, keyFile: args.alsoKeyFile }
  const alsoInput = other.passwordFile === null && other.keyFile === null ? null : await readSecret(other)
  const opener = secretToOpen(input)
  const also = alsoInput && secretToOpen(alsoInput)
  const place = await openPlace(args)
  const state = new StateFolder(args.state)
  await using _lock = await lock(state)
  return await run({ args, place, state, opener, also, signal, progress }) // awaited, or the folder would be free meanwhile
}

/** @throws BackupError `busy`, `disk-full`; `usage` when the folder cannot be made or written */
export async function lock(state: StateFolder): Promise<AsyncDisposable> {
  try {
    return await state.lock()
  } catch (thrown) {
    if (thrown instanceof BackupError) throw thrown
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : ''
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new BackupError('disk-full', {}, thrown)
    throw usage('state-folder')
  }
}

/** Opens for looking only: an alarm is told and does not stop. */
export function look({ place, state, opener, signal }: Context): Promise<OpenRepository> {
  return openAt({ place, state, opener, signal, lookOnly: true })
}

/** Older records that are gone without a word: told once, whichever command meets it first. */
export function vanishedNotice({ chain }: OpenRepository): readonly string[] {
  const { length } = chain.vanished
  if (length === 0) return []
  return [
    `Of what this computer saw here before, ${counted(length, 'record')} went away, and not through Keepsake.`,
    'The newest backups are not affected. If you did not remove anything, find out who did; this is said only once.',
  ]
}

/** The problems of a run that reached its end: an alarm before damage, damage before what could not be read. */
export function endProblems(...problems: readonly (BackupError | null)[]): readonly BackupError[] {
  const order: readonly ErrorCode[] = ['rolled-back', 'damaged', 'source-unreadable']
  return problems.filter((problem) => problem !== null).sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code))
}

const COUNT = new Intl.NumberFormat('en')

export const counted = (count: number, one: string): string => `${COUNT.format(count)} ${one}${count === 1 ? '' : 's'}`

/** 1,234,567 bytes are 1.2 MB. */
export function size(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte')
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), 4)
  const value = bytes / 1000 ** step
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${['', 'kB', 'MB', 'GB', 'TB'][step]}`
}
