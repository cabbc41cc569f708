import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BackupError } from '#common/errors.ts'
import { defaultStateFolder } from './state-place.ts'

export const COMMANDS = ['create', 'backup', 'snapshots', 'restore', 'check', 'prove', 'turn-off'] as const
export type Command = (typeof COMMANDS)[number]

const OPTIONS = {
  'password-file': { type: 'string' },
  'key-file': { type: 'string' },
  'new-key-file': { type: 'string' },
  another: { type: 'boolean' },
  source: { type: 'string', multiple: true },
  'accept-older': { type: 'boolean' },
  to: { type: 'string' },
  snapshot: { type: 'string' },
  only: { type: 'string', multiple: true },
  'read-data': { type: 'boolean' },
  confirm: { type: 'boolean' },
  'delete-backups': { type: 'boolean' },
  state: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Which options each command takes, besides `--state` and `--json`. */
const TAKES: Readonly<Record<Command, readonly (keyof typeof OPTIONS)[]>> = {
  create: ['password-file', 'key-file', 'new-key-file', 'another'],
  backup: ['password-file', 'key-file', 'source', 'accept-older'],
  snapshots: ['password-file', 'key-file'],
  restore: ['password-file', 'key-file', 'to', 'snapshot', 'only', 'accept-older'],
  check: ['password-file', 'key-file', 'read-data'],
  prove: ['password-file', 'key-file'],
  'turn-off': ['password-file', 'key-file', 'confirm', 'delete-backups'],
}

/** A command line as it was understood; paths are absolute. */
export type Arguments = Readonly<{
  command: Command
  place: string
  passwordFile: string | null
  keyFile: string | null
  newKeyFile: string | null
  another: boolean
  sources: readonly string[]
  acceptOlder: boolean
  to: string | null
  snapshot: string | null
  only: readonly string[]
  readData: boolean
  confirm: boolean
  deleteBackups: boolean
  state: string
  json: boolean
}>

/**
 * Reads the command line.
 *
 * @throws BackupError `usage` with the reason
 */
export function parseCommandLine(args: readonly string[]): Arguments {
  const { positionals, values } = parse(args)
  const [name, place, ...rest] = positionals
  const command = COMMANDS.find((known) => known === name)
  if (!command) throw usage('unknown-command')
  if (place === undefined || rest.length > 0) throw usage('one-destination')
  const allowed: readonly string[] = [...TAKES[command], 'state', 'json']
  const stray = Object.keys(values).find((option) => !allowed.includes(option))
  if (stray) throw usage(`--${stray}`)
  const secrets = [values['password-file'], values['key-file'], values['new-key-file']].filter(
    (file) => file !== undefined,
  )
  if (secrets.length !== 1) throw usage('one-secret')
  if (command === 'backup' && !values.source?.length) throw usage('--source')
  if (command === 'restore' && values.to === undefined) throw usage('--to')
  if (command === 'turn-off' && !values.confirm) throw usage('--confirm')
  return {
    command,
    place: absolutePlace(place),
    passwordFile: absolute(values['password-file']),
    keyFile: absolute(values['key-file']),
    newKeyFile: absolute(values['new-key-file']),
    another: values.another ?? false,
    sources: (values.source ?? []).map((source) => resolve(callersFolder(), source)),
    acceptOlder: values['accept-older'] ?? false,
    to: absolute(values.to),
    snapshot: values.snapshot ?? null,
    only: values.only ?? [],
    readData: values['read-data'] ?? false,
    confirm: values.confirm ?? false,
    deleteBackups: values['delete-backups'] ?? false,
    state: absolute(values.state) ?? defaultStateFolder(),
    json: values.json ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new BackupError('usage', { reason: 'options' }, error)
  }
}

export const usage = (reason: string): BackupError => new BackupError('usage', { reason })

/** `npm run cli` changes to the package's folder; the caller's own folder is in INIT_CWD. */
const callersFolder = (): string =>
  (process.env['npm_lifecycle_event'] === 'cli' && process.env['INIT_CWD']) || process.cwd()

const absolute = (path: string | undefined): string | null =>
  path === undefined ? null : resolve(callersFolder(), path)

function absolutePlace(place: string): string {
  if (place === '') throw usage('one-destination')
  if (place.startsWith('folder:')) return `folder:${resolve(callersFolder(), place.slice('folder:'.length))}`
  return /^[a-z0-9]{2,}:/.test(place) ? place : resolve(callersFolder(), place)
}
