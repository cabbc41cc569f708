import { hostname } from 'node:os'
import { createRepository, generateKey64, parseKey64, StateFolder, secretToKeep } from '#engine/index.ts'
import type { Arguments } from '../arguments.ts'
import { done, lock, type Outcome } from '../command.ts'
import { openPlace } from '../destination-config.ts'
import { readSecret, writeNewKey } from '../secret-files.ts'

/** Turns backup on. A new key's file is durable before anything is locked with it, and goes again if nothing was. */
export async function create(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  await using cleanUp = new AsyncDisposableStack()
  const newKey = args.newKeyFile === null ? null : generateKey64()
  const keyFile =
    args.newKeyFile === null || newKey === null ? null : cleanUp.use(await writeNewKey(args.newKeyFile, newKey))
  const input = newKey === null ? await readSecret(args) : ({ kind: 'key', key: newKey } as const)
  if (input.kind === 'key') parseKey64(input.key) // before anything else can fail
  const place = await openPlace(args)
  const state = new StateFolder(args.state)
  cleanUp.use(await lock(state))
  const secret = await secretToKeep(input)
  const { another } = args
  const options = { place, state, secret, another, deviceName: hostname(), now: Date.now, signal }
  const { id } = await createRepository(options)
  keyFile?.keep()
  return done(
    { repository: id },
    `Backup is on at ${place.label}.`,
    keyFile
      ? `Your 64-digit key is in ${args.newKeyFile}. Keep a copy on paper: without it nobody can open the backup, not even we.`
      : 'Remember your password or key: without it nobody can open the backup, not even we.',
  )
}
