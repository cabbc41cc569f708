import {
  changeSecret as changeSecretOf,
  forgetSecrets,
  generateKey64,
  openToWrite,
  secretToKeep,
} from '#engine/index.ts'
import type { Arguments } from '../arguments.ts'
import { done, type Outcome, withContext } from '../command.ts'
import { readSecret, writeNewKey } from '../secret-files.ts'
import { bornNotice, leftSlotsNotice, secretsText } from './secret-texts.ts'

/**
 * Puts a new secret in place of the old. A new key's file is durable before anything is locked with it; it goes again
 * only if the new key surely opens nothing.
 */
export async function changeSecret(
  args: Arguments,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Outcome> {
  await using cleanUp = new AsyncDisposableStack()
  const { newKeyFile, newPasswordFile } = args
  const newKey = newKeyFile === null ? null : generateKey64()
  const keyFile = newKeyFile === null || newKey === null ? null : cleanUp.use(await writeNewKey(newKeyFile, newKey))
  const input =
    newKey === null
      ? await readSecret({ passwordFile: newPasswordFile, keyFile: null })
      : ({ kind: 'key', key: newKey } as const)
  return await withContext(args, signal, progress, async ({ place, state, opener }) => {
    const secret = await secretToKeep(input)
    const { acceptOlder, reupload, keep } = args
    const repository = await openToWrite({ place, state, opener, signal, acceptOlder, reupload }, Date.now())
    try {
      const options = { secret, keepOther: keep, nowMs: Date.now(), onCommit: () => keyFile?.keep() }
      const { slots, left } = await changeSecretOf(repository, options)
      const where = newKeyFile === null ? [] : [`Your new 64-digit key is in ${newKeyFile}. Keep a copy on paper.`]
      return {
        ...done({ slots: [...slots].sort() }, secretsText(slots), ...where),
        notices: [...bornNotice(repository), ...leftSlotsNotice(left)],
      }
    } finally {
      forgetSecrets(repository, secret, opener)
    }
  })
}
