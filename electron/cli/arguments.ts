import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BackupError } from '#common/errors.ts'
import { defaultStateFolder } from './state-place.ts'

export const COMMANDS = [
  'create',
  'backup',
  'snapshots',
  'devices',
  'restore',
  'check',
  'prove',
  'prune',
  'change-secret',
  'rotate',
  'turn-off',
] as const
export type Command = (typeof COMMANDS)[number]

const OPTIONS = {
  'password-file': { type: 'string' },
  'key-file': { type: 'string' },
  'new-key-file': { type: 'string' },
  'new-password-file': { type: 'string' },
  'also-password-file': { type: 'string' },
  'also-key-file': { type: 'string' },
  'drop-other': { type: 'boolean' },
  keep: { type: 'boolean' },
  another: { type: 'boolean' },
  source: { type: 'string', multiple: true },
  'accept-older': { type: 'boolean' },
  reupload: { type: 'boolean' },
  'accept-change': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'keep-daily': { type: 'string' },
  'keep-weekly': { type: 'string' },
  'keep-monthly': { type: 'string' },
  reencrypt: { type: 'boolean' },
  undo: { type: 'string', multiple: true },
  retire: { type: 'string' },
  to: { type: 'string' },
  snapshot: { type: 'string' },
  only: { type: 'string', multiple: true },
  'read-data': { type: 'boolean' },
  confirm: { type: 'boolean' },
  'delete-backups': { type: 'boolean' },
  'destination-config': { type: 'string' },
  state: { type: 'string' },
  json: { type: 'boolean' },
} as const

type Option = keyof typeof OPTIONS

/** Options that every command takes. */
const ALWAYS: readonly Option[] = ['destination-config', 'state', 'json']

/** Which options each command takes besides. */
const TAKES: Readonly<Record<Command, readonly Option[]>> = {
  create: ['password-file', 'key-file', 'new-key-file', 'another'],
  backup: ['password-file', 'key-file', 'source', 'accept-older', 'reupload', 'accept-change'],
  snapshots: ['password-file', 'key-file'],
  devices: ['password-file', 'key-file', 'retire'],
  restore: ['password-file', 'key-file', 'to', 'snapshot', 'only', 'accept-older'],
  check: ['password-file', 'key-file', 'read-data'],
  prove: ['password-file', 'key-file'],
  prune: [
    'password-file',
    'key-file',
    'dry-run',
    'keep-daily',
    'keep-weekly',
    'keep-monthly',
    'reencrypt',
    'undo',
    'accept-older',
    'reupload',
    'accept-change',
  ],
  'change-secret': [
    'password-file',
    'key-file',
    'new-password-file',
    'new-key-file',
    'keep',
    'accept-older',
    'reupload',
    'accept-change',
  ],
  rotate: [
    'password-file',
    'key-file',
    'also-password-file',
    'also-key-file',
    'drop-other',
    'accept-older',
    'reupload',
    'accept-change',
  ],
  'turn-off': ['password-file', 'key-file', 'confirm', 'delete-backups'],
}

/** Of each group a command takes one option and no more; none, where it may do without. */
type Choice = Readonly<{ of: readonly Option[]; mayLack?: boolean; reason: string }>

const SECRET: Choice = { of: ['password-file', 'key-file'], reason: 'one-secret' }

const CHOICES: Readonly<Partial<Record<Command, readonly Choice[]>>> = {
  create: [{ of: ['password-file', 'key-file', 'new-key-file'], reason: 'one-secret' }],
  'change-secret': [SECRET, { of: ['new-password-file', 'new-key-file'], reason: 'one-new-secret' }],
  rotate: [
    SECRET,
    { of: ['also-password-file', 'also-key-file', 'drop-other'], mayLack: true, reason: 'one-other-secret' },
    { of: ['password-file', 'also-password-file'], mayLack: true, reason: 'same-kind-twice' },
    { of: ['key-file', 'also-key-file'], mayLack: true, reason: 'same-kind-twice' },
  ],
}

/** Options a command cannot do without. */
const NEEDS: Readonly<Partial<Record<Command, Option>>> = { backup: 'source', restore: 'to', 'turn-off': 'confirm' }

/** What no snapshot can hold more of (docs/format.md, Limits). */
const MAX_SOURCES = 64

/** A command line as it was understood; paths are absolute. */
export type Arguments = Readonly<{
  command: Command
  place: string
  destinationConfig: string | null
  passwordFile: string | null
  keyFile: string | null
  newKeyFile: string | null
  newPasswordFile: string | null
  alsoPasswordFile: string | null
  alsoKeyFile: string | null
  dropOther: boolean
  keep: boolean
  another: boolean
  sources: readonly string[]
  acceptOlder: boolean
  reupload: boolean
  acceptChange: boolean
  dryRun: boolean
  /** Null: as many as by default. */
  keepDaily: number | null
  keepWeekly: number | null
  keepMonthly: number | null
  reencrypt: boolean
  /** Ids of dropped snapshots to bring back. */
  undo: readonly string[]
  /** The device that is to be retired: the first digits of its id. */
  retire: string | null
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
  const { positionals, values, tokens } = parse(args)
  const [name, place, ...rest] = positionals
  const command = COMMANDS.find((known) => known === name)
  if (!command) throw usage('unknown-command')
  if (!place || rest.length > 0) throw usage('one-destination')
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
  const stray = given.find((option) => ![...TAKES[command], ...ALWAYS].includes(option))
  if (stray) throw usage('stray-option', `--${stray}`)
  const twice = given.find((option, i) => !('multiple' in OPTIONS[option]) && given.indexOf(option) !== i)
  if (twice) throw usage(twice.endsWith('-file') ? 'one-secret' : 'option-twice', `--${twice}`)
  for (const { of, mayLack, reason } of CHOICES[command] ?? [SECRET]) {
    const { length } = given.filter((option) => of.includes(option))
    if (length > 1 || (length === 0 && !mayLack)) throw usage(reason)
  }
  const needed = NEEDS[command]
  if (needed && !given.includes(needed)) throw usage('option-missing', `--${needed}`)
  const empty = Object.entries(values).find(([, value]) => [value].flat().includes(''))
  if (empty) throw usage('empty-option', `--${empty[0]}`)
  const sources = (values.source ?? []).map(absoluteSource)
  if (new Set(sources).size !== sources.length) throw usage('same-source-twice')
  if (sources.length > MAX_SOURCES) throw usage('too-many-sources')
  return {
    command,
    place: absolutePlace(place),
    destinationConfig: absolute(values['destination-config']),
    passwordFile: absolute(values['password-file']),
    keyFile: absolute(values['key-file']),
    newKeyFile: absolute(values['new-key-file']),
    newPasswordFile: absolute(values['new-password-file']),
    alsoPasswordFile: absolute(values['also-password-file']),
    alsoKeyFile: absolute(values['also-key-file']),
    dropOther: values['drop-other'] ?? false,
    keep: values.keep ?? false,
    another: values.another ?? false,
    sources,
    acceptOlder: values['accept-older'] ?? false,
    reupload: values.reupload ?? false,
    acceptChange: values['accept-change'] ?? false,
    dryRun: values['dry-run'] ?? false,
    keepDaily: count(values['keep-daily']),
    keepWeekly: count(values['keep-weekly']),
    keepMonthly: count(values['keep-monthly']),
    reencrypt: values.reencrypt ?? false,
    undo: values.undo ?? [],
    retire: values.retire ?? null,
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
    return parseArgs({ args: [...args], allowPositionals: true, tokens: true, options: OPTIONS })
  } catch (error) {
    throw new BackupError('usage', { reason: 'options', detail: error instanceof Error ? error.message : '' }, error)
  }
}

/** @param detail - the option it is about. */
export const usage = (reason: string, detail?: string): BackupError =>
  new BackupError('usage', detail === undefined ? { reason } : { reason, detail })

/** `npm run cli` changes to the package's folder; the caller's own folder is in INIT_CWD. */
const callersFolder = (): string =>
  (process.env['npm_lifecycle_event'] === 'cli' && process.env['INIT_CWD']) || process.cwd()

const absolute = (path: string | undefined): string | null =>
  path === undefined ? null : resolve(callersFolder(), path)

/** A whole number from 0 to 9999. */
function count(text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^[0-9]{1,4}$/.test(text)) throw usage('not-a-number', text)
  return Number(text)
}

function absolutePlace(place: string): string {
  if (place.startsWith('folder:')) return `folder:${resolve(callersFolder(), place.slice('folder:'.length))}`
  return /^[a-z0-9]{2,}:/.test(place) ? place : resolve(callersFolder(), place)
}

/** A path; names of chat sources (`name:`) are kept free for them. */
function absoluteSource(source: string): string {
  if (/^[a-z][a-z0-9-]+:$/.test(source)) throw usage('unknown-source', source)
  return resolve(callersFolder(), source)
}
