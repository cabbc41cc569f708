import { forgetSecrets, openToWrite, rotate as rotateRoot } from '#engine/index.ts'
import { type Context, done, type Outcome } from '../command.ts'
import { bornNotice, leftSlotsNotice, secretsText } from './secret-texts.ts'

/** Gives the backup a new root key: whoever has stolen the old one can open nothing of what comes. */
export async function rotate({ args, place, state, opener, also, signal }: Context): Promise<Outcome> {
  const { acceptOlder, reupload, dropOther } = args
  const secrets = also ? [opener, also] : [opener]
  const opened = await openToWrite({ place, state, opener, signal, acceptOlder, reupload }, Date.now())
  try {
    const { epoch, slots, left, repository } = await rotateRoot(opened, { secrets, dropOther, nowMs: Date.now() })
    forgetSecrets(repository)
    return {
      ...done(
        { epoch, slots: [...slots].sort() },
        `The backup has a new root key, number ${epoch}. What is stored from now on does not open with the old one.`,
        secretsText(slots),
        'Copies of older backups that somebody may already have taken can still be opened with the old one.',
      ),
      notices: [...bornNotice(opened), ...leftSlotsNotice(left)],
    }
  } finally {
    forgetSecrets(opened, ...secrets)
  }
}
