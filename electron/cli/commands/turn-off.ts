import { hostname } from 'node:os'
import { BackupError, type ErrorCode } from '#common/errors.ts'
import {
  isBeingDeleted,
  locateRepository,
  type OpenRepository,
  proveSecretOffline,
  turnOffDeleting,
  turnOffKeeping,
} from '#engine/index.ts'
import { type Context, counted, done, look, type Outcome } from '../command.ts'

/** Ends backup here. The secret is proven first: by the place, or, where that cannot be, by this device's copy of it. */
export async function turnOff(context: Context): Promise<Outcome> {
  const { args, state } = context
  let repository: OpenRepository
  try {
    repository = await look(context)
  } catch (thrown) {
    const error = BackupError.from(thrown)
    return args.deleteBackups ? goOnDeleting(context, error) : forgetUnseen(context, error)
  }
  if (args.deleteBackups) return deleteBackups(context, repository)
  return kept(await turnOffKeeping(repository, state, { nowMs: Date.now(), deviceName: hostname() }))
}

const kept = (result: unknown): Outcome =>
  done(result, 'Backup is off on this computer. What was backed up stays, and can be restored with the secret.')

async function deleteBackups(
  { state, signal, progress }: Context,
  repository: Pick<OpenRepository, 'id' | 'destination'>,
): Promise<Outcome> {
  const onProgress = (count: number, total: number): void => {
    if (count % 100 === 0) progress(`Deleting: ${count} of ${total}`)
  }
  const result = await turnOffDeleting(repository, state, { onProgress, signal })
  const cause = result.left[0]
  return {
    result,
    text: cause
      ? result.left.map(({ name, code }) => `Not deleted (${code}): ${name}`)
      : [`Backup is off, and the backups are deleted: ${counted(result.deleted, 'file')}.`],
    problems: cause ? [new BackupError(cause.code as ErrorCode, { name: cause.name })] : [],
  }
}

/** Codes with which a place answers whose slots a deletion has taken already. */
const SLOTS_GONE: readonly ErrorCode[] = ['rolled-back', 'wrong-secret']

/** A deletion that was interrupted goes on without the place's slots; anything else needs them. */
async function goOnDeleting(context: Context, error: BackupError): Promise<Outcome> {
  const { place, state, opener } = context
  for (const id of SLOTS_GONE.includes(error.code) ? await state.known(place) : []) {
    if (!(await isBeingDeleted(state, id))) continue
    await proveSecretOffline(state, id, opener)
    return deleteBackups(context, { id, destination: await locateRepository(place, id) })
  }
  throw error
}

/** With these the place cannot prove the secret; turning off must be possible all the same. */
const UNSEEN: readonly ErrorCode[] = [
  'destination-missing',
  'sign-in-needed',
  'offline',
  'rolled-back',
  'damaged',
  'too-new',
]

async function forgetUnseen({ place, state, opener }: Context, error: BackupError): Promise<Outcome> {
  const known = UNSEEN.includes(error.code) ? await state.known(place) : []
  let refusal = error
  for (const id of known) {
    try {
      await proveSecretOffline(state, id, opener)
      await state.forget(id)
      return kept({ deleted: 0, left: [] })
    } catch (thrown) {
      refusal = BackupError.from(thrown)
    }
  }
  throw refusal
}
