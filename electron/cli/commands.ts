import { hostname } from 'node:os'
import { basename } from 'node:path'
import { BackupError, type ErrorCode, EXIT_CODES } from '#common/errors.ts'
import {
  backUp,
  check,
  chooseSnapshot,
  createRepository,
  deleteRepository,
  FolderSource,
  generateKey64,
  isSafeLabel,
  type OpenRepository,
  openAt,
  openDestination,
  prove,
  proveSecretOffline,
  readSnapshots,
  restore,
  StateFolder,
  secretToKeep,
  secretToOpen,
  turnOffKeeping,
} from '#engine/index.ts'
import { type Arguments, type Command, usage } from './arguments.ts'
import { readSecret, writeNewKey } from './secret-files.ts'

/** What a command prints as JSON, and its exit code. */
export type Outcome = Readonly<{ result: unknown; exit: number }>

type Run = (args: Arguments, state: StateFolder, signal: AbortSignal) => Promise<Outcome>

const done = (result: unknown): Outcome => ({ result, exit: 0 })

/** Runs one command while nobody else uses the state folder. */
export async function runCommand(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const state = new StateFolder(args.state)
  return COMMANDS[args.command](args, state, signal)
}

const COMMANDS: Readonly<Record<Command, Run>> = {
  async create(args, state) {
    const common = {
      place: openDestination(args.place),
      state,
      another: args.another,
      deviceName: hostname(),
      now: Date.now,
    }
    if (args.newKeyFile === null) {
      const secret = await secretToKeep(await readSecret(args))
      await using _lock = await state.lock()
      return done({ repository: (await createRepository({ ...common, secret })).id })
    }
    await using _lock = await state.lock()
    const key = generateKey64()
    await using keyFile = await writeNewKey(args.newKeyFile, key)
    const repository = await createRepository({ ...common, secret: await secretToKeep({ kind: 'key', key }) })
    keyFile.keep()
    return done({ repository: repository.id })
  },

  async backup(args, state, signal) {
    const sources = labelled(args.sources)
    const place = openDestination(args.place)
    const opener = secretToOpen(await readSecret(args))
    await using _lock = await state.lock()
    const repository = await openAt({ place, state, opener, acceptOlder: args.acceptOlder, signal })
    const leaveOut = [state.path, place.label]
    const {
      unreadableSources,
      takenAtMs: _,
      ...result
    } = await backUp(repository, {
      sources: sources.map(({ label, path }) => ({ label, open: () => new FolderSource(path, leaveOut) })),
      deviceName: hostname(),
      now: Date.now,
      signal,
      onProgress: args.json ? () => undefined : () => process.stderr.write('.'),
    })
    return { result, exit: unreadableSources.length > 0 ? EXIT_CODES['source-unreadable'] : 0 }
  },

  async snapshots(args, state) {
    const repository = await open(args, state, { lookOnly: true })
    const { snapshots } = await readSnapshots(repository)
    const list = snapshots.map(({ summary: { takenAtMs, ...facts } }) => ({
      ...facts,
      takenAt: new Date(takenAtMs).toISOString(),
    }))
    return { result: list, exit: alarmExit(repository) }
  },

  async restore(args, state, signal) {
    const lookOnly = args.snapshot !== null
    const repository = await open(args, state, { lookOnly, acceptOlder: args.acceptOlder })
    const snapshot = await chooseSnapshot(repository, args.snapshot)
    const outcome = await restore(repository, { snapshot, to: args.to ?? '', only: args.only, now: Date.now, signal })
    return { result: outcome, exit: alarmExit(repository) || (outcome.missing.length > 0 ? EXIT_CODES.damaged : 0) }
  },

  async check(args, state, signal) {
    const repository = await open(args, state, { lookOnly: true })
    const result = await check(repository, args.readData, signal)
    return { result, exit: alarmExit(repository) || (result.ok ? 0 : EXIT_CODES.damaged) }
  },

  async prove(args, state, signal) {
    const repository = await open(args, state, { lookOnly: true })
    const { broken, ...proof } = await prove(repository, { folder: repository.state.path, now: Date.now, signal })
    if (broken > 0) process.stderr.write(`${broken} files are not whole. Run check to see what is damaged.\n`)
    return { result: proof, exit: alarmExit(repository) || (proof.ok ? 0 : EXIT_CODES.damaged) }
  },

  async 'turn-off'(args, state) {
    const place = openDestination(args.place)
    const opener = secretToOpen(await readSecret(args))
    await using _lock = await state.lock()
    let repository: OpenRepository
    try {
      repository = await openAt({ place, state, opener, lookOnly: true })
    } catch (error) {
      return turnOffOutOfReach(args, state, error, opener)
    }
    if (!args.deleteBackups)
      return done(await turnOffKeeping(repository, state, { nowMs: Date.now(), deviceName: hostname() }))
    const outcome = await deleteRepository(repository.destination, () => undefined)
    const cause = outcome.left[0]?.code as ErrorCode | undefined
    if (!cause) await state.forget(repository.id)
    return { result: outcome, exit: cause ? EXIT_CODES[cause] : 0 }
  },
}

/** Keeping goes through with the copy of the slots in the state; deleting needs the place. */
async function turnOffOutOfReach(
  args: Arguments,
  state: StateFolder,
  error: unknown,
  opener: ReturnType<typeof secretToOpen>,
): Promise<Outcome> {
  const { code } = BackupError.from(error)
  const isOutOfReach = code === 'destination-missing' || code === 'sign-in-needed' || code === 'offline'
  const [known] = await state.known(openDestination(args.place))
  if (args.deleteBackups || !isOutOfReach || known === undefined) throw error
  await proveSecretOffline(state, known, opener)
  await state.forget(known)
  return done({ deleted: 0, left: [] })
}

async function open(
  args: Arguments,
  state: StateFolder,
  how: Readonly<{ lookOnly: boolean; acceptOlder?: boolean }>,
): Promise<OpenRepository> {
  const place = openDestination(args.place)
  const opener = secretToOpen(await readSecret(args))
  await using _lock = await state.lock()
  return openAt({ place, state, opener, ...how })
}

const alarmExit = (repository: OpenRepository): number => (repository.alarm ? EXIT_CODES[repository.alarm.code] : 0)

/** Label = last part of the path; equal ones become name, name-2, name-3 in the order given. */
export function labelled(paths: readonly string[]): readonly Readonly<{ label: string; path: string }>[] {
  if (new Set(paths).size !== paths.length) throw usage('same-source-twice')
  const taken = new Set<string>()
  return paths.map((path) => {
    const name = isSafeLabel(basename(path)) ? basename(path) : 'source'
    let label = name
    for (let n = 2; taken.has(label); n++) label = `${name}-${n}`
    taken.add(label)
    return { label, path }
  })
}
