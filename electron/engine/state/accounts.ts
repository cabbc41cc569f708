import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { secretCopy } from '#engine/crypto/secret-buffer.ts'
import { newId } from '#engine/repository/names.ts'
import { readWhole, writeWhole } from './whole-file.ts'

/** A place as on the command line, and what gets into it. */
export type KeptAccount = Readonly<{ place: string; account: unknown }>

const NAME = /^account:([0-9a-f]{32})$/

/** True for the name of a place whose account is kept here. */
export const isAccountName = (place: string): boolean => NAME.test(place)

/**
 * The accounts of places, each in a file of its own, sealed under a key that the system's keychain holds. A place is
 * known to the app by `account:` and a random number, so that neither tokens nor what they are for stand anywhere in
 * clear.
 */
export class Accounts {
  readonly #folder: string
  #key: Uint8Array | null = null

  /** @param stateFolder - this device's own. */
  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'accounts')
  }

  /** Takes a copy of the key; it is known until the process ends, and that ends soon. */
  unlock(key: Uint8Array): void {
    this.#key ??= secretCopy(key)
  }

  /** @returns the name of the place; an account kept under that name before is replaced. */
  async keep(kept: KeptAccount, name = `account:${newId()}`): Promise<string> {
    const plain = Buffer.from(JSON.stringify(kept))
    await writeWhole(this.#path(name), sealBox(this.#keyOrThrow(), 'device', aadOf(name), plain))
    return name
  }

  /** @throws BackupError `sign-in-needed` with reason `forgotten` when there is none, or it does not open */
  async read(name: string): Promise<KeptAccount> {
    const bytes = await readWhole(this.#path(name))
    const plain = bytes && openBox(this.#keyOrThrow(), 'device', aadOf(name), bytes)
    if (!plain) throw new BackupError('sign-in-needed', { reason: 'forgotten' })
    return JSON.parse(Buffer.from(plain).toString('utf8')) as KeptAccount // sealed by us: it is what we wrote
  }

  async forget(name: string): Promise<void> {
    await fs.rm(this.#path(name), { force: true })
  }

  #path(name: string): string {
    const id = NAME.exec(name)?.[1]
    if (id === undefined) throw new BackupError('unexpected', { reason: 'no-account' })
    return join(this.#folder, id)
  }

  #keyOrThrow(): Uint8Array {
    if (!this.#key) throw new BackupError('keychain-locked', { reason: 'missing' })
    return this.#key
  }
}

const aadOf = (name: string): Uint8Array => lp('keepsake1', 'account', name)
