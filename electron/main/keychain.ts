import { BackupError } from '#common/errors.ts'

/** The three things this app asks of keytar (https://github.com/atom/node-keytar). */
export type Keytar = Readonly<{
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}>

const SERVICE = 'app.keepsake.device'
const SECRET_BYTES = 32
const PATIENCE_MS = 5000

/** An open keychain answers in a few milliseconds, on a busy computer in some tens. */
const LATE_MS = 500

/** An account that never holds anything for long. */
const PROBE = 'probe'

/** Loaded at first use: it costs time at start-up, and a system without a keychain service must still open. */
async function loadKeytar(): Promise<Keytar> {
  const { default: keytar } = await import('keytar')
  return keytar
}

/**
 * Keeps one secret of 32 bytes for each repository in the system's keychain. A secret that is not there is `null`;
 * a keychain that is locked, refuses, hangs or gives back something else is a failure, never a reason to make a new
 * secret. Bytes given out are the caller's to overwrite; the text that keytar exchanges for them cannot be.
 *
 * It is asked one thing at a time: while a question waits, for a person or for ever, the next one is not put, so that
 * there is one prompt and not a heap of them, and no more than one thread is ever stuck.
 *
 * @throws BackupError `keychain-locked` with the reason: `refused`, `slow` or `garbage`.
 */
export class Keychain {
  readonly #load: () => Promise<Keytar>
  readonly #patienceMs: number
  readonly #platform: NodeJS.Platform
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false
  #askedAtMs: number | null = null // while a question waits

  constructor(load: () => Promise<Keytar> = loadKeytar, patienceMs = PATIENCE_MS, platform = process.platform) {
    this.#load = load
    this.#patienceMs = patienceMs
    this.#platform = platform
  }

  /** True while a question waits that should long be answered. The thread that waits keeps a process from ending. */
  get isStuck(): boolean {
    return this.#askedAtMs !== null && performance.now() - this.#askedAtMs > LATE_MS
  }

  /**
   * Nothing is asked any more, and whoever tries is told `cancelled`: keytar makes a process crash that ends while a question is under way. Resolves when what
   * was asked is answered; never while the system does not answer.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#last
  }

  async get(account: string): Promise<Uint8Array | null> {
    const stored = await this.#ask((keytar) => keytar.getPassword(SERVICE, account))
    if (stored !== null) return parse(stored)
    await this.#proveOpen()
    return null
  }

  /** Resolves when the secret was written and read back. */
  async set(account: string, secret: Uint8Array): Promise<void> {
    const text = encode(secret)
    await this.#ask((keytar) => keytar.setPassword(SERVICE, account, text))
    const stored = await this.#ask((keytar) => keytar.getPassword(SERVICE, account))
    if (stored !== text) throw new BackupError('keychain-locked', { reason: 'garbage' })
  }

  /** Deleting what is not there is not an error. */
  async delete(account: string): Promise<void> {
    const wasThere = await this.#ask((keytar) => keytar.deletePassword(SERVICE, account))
    if (!wasThere) await this.#proveOpen()
  }

  /** A locked keyring of Linux says that it holds nothing; but it lets nobody write. */
  async #proveOpen(): Promise<void> {
    if (this.#platform !== 'linux') return
    await this.#ask((keytar) => keytar.setPassword(SERVICE, PROBE, PROBE))
    await this.#ask((keytar) => keytar.deletePassword(SERVICE, PROBE))
  }

  async #ask<T>(question: (keytar: Keytar) => Promise<T>): Promise<T> {
    let isGivenUp = false
    const answer = this.#last.then(async () => {
      if (this.#isClosed) throw new BackupError('cancelled')
      if (isGivenUp) throw new BackupError('keychain-locked', { reason: 'slow' })
      this.#askedAtMs = performance.now()
      try {
        return await question(await this.#load())
      } finally {
        this.#askedAtMs = null
      }
    })
    this.#last = answer.catch(() => undefined)
    let timer: ReturnType<typeof setTimeout> | undefined
    const slow = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new BackupError('keychain-locked', { reason: 'slow' })), this.#patienceMs)
    })
    try {
      return await Promise.race([answer, slow])
    } catch (thrown) {
      if (thrown instanceof BackupError) throw thrown
      throw new BackupError('keychain-locked', { reason: 'refused' }, thrown)
    } finally {
      isGivenUp = true
      clearTimeout(timer)
    }
  }
}

/** Into memory of its own: what is decoded into Node's shared pool could not be overwritten by whoever used it. */
function parse(text: string): Uint8Array {
  const secret = new Uint8Array(SECRET_BYTES)
  Buffer.from(secret.buffer).write(text, 'base64')
  if (encode(secret) !== text) throw new BackupError('keychain-locked', { reason: 'garbage' })
  return secret
}

const encode = (secret: Uint8Array): string =>
  Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('base64')
