import type { EngineContract } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import type { Handlers, Unchecked } from '#common/ipc.ts'
import { generateKey64, parseKey64 } from '#engine/crypto/key64.ts'
import { memzero } from '#engine/crypto/sodium.ts'
import { ratePassword } from '#engine/crypto/strength.ts'
import { suggestWords } from '#engine/crypto/suggest-words.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import { openToWrite } from '#engine/open-at.ts'
import { secretToKeep, secretToOpen } from '#engine/secret.ts'
import { changeSecret } from '#engine/secrets/change-secret.ts'
import { forgetSecrets } from '#engine/secrets/forget-secrets.ts'
import { openPreparedSecret, prepareSecret } from '#engine/secrets/prepared-secret.ts'
import { rotate } from '#engine/secrets/rotate.ts'
import type { OpenPlace } from '#engine/serve-places.ts'
import type { StateFolder } from '#engine/state/state-folder.ts'

/** The part of the engine's contract that is about secrets. */
export function secretCalls({
  state,
  now,
  open,
}: Readonly<{ state: StateFolder; now: () => number; open: OpenPlace }>): Unchecked<
  Handlers<EngineContract>
>['secret'] {
  return {
    rate: async ({ password }) => ratePassword(password),
    suggestWords: async () => suggestWords(),
    generateKey: async () => generateKey64(),
    parseKey: async ({ key }) => toHex(parseKey64(key)),
    async prepare({ repository, secret, deviceKey }) {
      const kept = await secretToKeep(secret)
      const signedIn = await state.repository(repository).readRoot(deviceKey, repository)
      if (!signedIn) throw new BackupError('keychain-locked', { reason: 'not-signed-in' })
      memzero(signedIn.root)
      try {
        return { kind: 'prepared', sealed: toHex(await prepareSecret(kept, repository, deviceKey)) }
      } finally {
        memzero(kept.bytes)
      }
    },
    async change({ place, repository: id, secret, keepOther, deviceKey }) {
      const kept =
        secret.kind === 'prepared'
          ? openPreparedSecret(fromHex(secret.sealed), id, deviceKey)
          : await secretToKeep(secret)
      await using _lock = await state.lock()
      const opener = { kind: 'device', deviceKey } as const
      const repository = await openToWrite({ place: await open(place), state, repository: id, opener }, now())
      try {
        const { slots, left } = await changeSecret(repository, { secret: kept, keepOther, nowMs: now() })
        return { secrets: slots, left: left.length }
      } finally {
        forgetSecrets(repository, kept)
      }
    },
    async rotate({ place, repository: id, secrets, deviceKey }) {
      const typed = secrets.map(secretToOpen)
      await using _lock = await state.lock()
      const opener = { kind: 'device', deviceKey } as const
      const repository = await openToWrite({ place: await open(place), state, repository: id, opener }, now())
      try {
        const rotated = await rotate(repository, { secrets: typed, dropOther: false, nowMs: now() })
        const { root, state: kept } = rotated.repository
        await kept.keepRoot(deviceKey, id, root.bytes, root.epoch)
        forgetSecrets(rotated.repository)
        return { epoch: rotated.epoch, secrets: rotated.slots, left: rotated.left.length }
      } finally {
        forgetSecrets(repository, ...typed)
      }
    },
  }
}
