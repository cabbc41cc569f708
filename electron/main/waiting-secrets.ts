import type { PresenceKind, SecretKind, SecretTask } from '#common/backup-state.ts'
import type { SecretInput } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
import { ask, type Engine, isEngineEnded } from './ask-engine.ts'
import { withDeviceKey } from './device-key.ts'
import type { Keychain } from './keychain.ts'
import { changingSecretState, onState, withProtection } from './labels.ts'
import type { Settings, StoredProtection, StoredWaiting } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'
import type { StateStore } from './state-store.ts'
import { beginWait, type Clocks, LAST_MS, passWait, type Wait } from './wait.ts'

/** What a person is told wherever they are: their time to say that it was not them. `startsAtMs` is Unix time. */
export type SecretNews = Readonly<{
  what: 'asked' | 'last-hour' | 'in-force'
  kind: SecretKind
  startsAtMs: number
}>

export type WaitingParts = Readonly<{
  store: StateStore
  settings: KeptSettings
  engine: Engine
  keychain: Pick<Keychain, 'get'>
  clocks: () => Clocks
  /** Told at least once for each piece of news, also when the app stops in between. */
  announce: (news: SecretNews) => void
}>

/** A wait is looked at as often, and written down at least this often. */
const LOOK_EVERY_MS = 60_000
const WRITE_EVERY_MS = 600_000

/** After a failure it is left alone for as long. */
const RETRY_AFTER_MS = 600_000

/**
 * New secrets for those who forgot theirs: a day passes before one counts, and all the while it can be called off. The
 * steps, and what a computer that stops after each is left with:
 *
 * 1. the new secret, made ready and sealed under the device key, with the wait, in one write: asked for
 * 2. `asked` is announced, then marked; stopped before the mark, it is announced again
 * 3. the wait passes (see `passWait`); what of it has passed is written down now and then
 * 4. `last-hour` is announced, then marked; the wait does not go on without it
 * 5. mark `starting`: from here on it cannot be called off; stopped, the next look carries on
 * 6. the engine makes the change; doing it twice is doing it once
 * 7. mark `in-force`, together with the secrets that open the backup now
 * 8. `in-force` is announced, then all of it is forgotten
 *
 * A step that fails (the place is away, the keychain is locked) is told in `waiting.problem` and tried again.
 */
export class WaitingSecrets {
  readonly #parts: WaitingParts
  #look: ReturnType<typeof setInterval> | null = null
  #working: Promise<void> | null = null
  #retryAtMs = 0 // by the clock that runs since the system started

  constructor(parts: WaitingParts) {
    this.#parts = parts
  }

  /** From now on looks at the wait by itself. Called once, when the app has started. */
  async watch(): Promise<void> {
    this.#look ??= setInterval(() => void this.look(), LOOK_EVERY_MS)
    this.#look.unref()
    await this.look()
  }

  /**
   * Asks for a new secret. Until it counts everything stays as it is.
   *
   * @throws BackupError `busy` while another one waits; `secret-weak`, `key-malformed`, `keychain-locked`
   */
  async ask(secret: SecretInput, presence: PresenceKind | null): Promise<void> {
    const { settings, engine, keychain, clocks } = this.#parts
    const { repository } = this.#protection()
    const { sealed } = await withDeviceKey(keychain, repository, (deviceKey) =>
      ask(engine.secret.prepare({ repository, secret, deviceKey })),
    )
    const now = clocks()
    const asked = { sealed, presence, askedAtMs: now.nowMs, wait: beginWait(now) }
    const waiting: StoredWaiting = { at: 'waiting', kind: secret.kind, ...asked, announced: 'nothing', problem: null }
    await settings.update((all) => changed(all, (kept) => (kept.waiting ? kept : { ...kept, waiting })))
    if (this.#protection().waiting?.sealed !== sealed) throw new BackupError('busy')
    this.#show()
    await this.look()
  }

  /** Calls it off. @throws BackupError `busy` when it has begun to count, `usage` when nothing waits */
  async cancel(): Promise<void> {
    const { settings } = this.#parts
    if (!this.#protection().waiting) throw new BackupError('usage', { missing: 'waiting' })
    await settings.update((all) =>
      changed(all, (kept) => (kept.waiting?.at === 'waiting' ? { ...kept, waiting: null } : kept)),
    )
    if (this.#protection().waiting) throw new BackupError('busy')
    this.#show()
  }

  /**
   * With the 64-digit key there is nothing to wait for.
   *
   * @throws BackupError `wrong-secret` when the key does not open the backup, and whatever keeps the change from being made
   */
  async end({ key }: { key: string }): Promise<void> {
    const { store, engine, keychain } = this.#parts
    store.at('on')
    const { place, repository, waiting } = this.#protection()
    if (!waiting) throw new BackupError('usage', { missing: 'waiting' })
    const secret: SecretInput = { kind: 'key', key }
    await withDeviceKey(keychain, repository, (deviceKey) =>
      ask(engine.repository.signIn({ place: place.spec, repository, secret, deviceKey })),
    )
    while (this.#working) await this.#working
    const hasStarted = await this.#alone(() => this.#start())
    if (!hasStarted) throw new BackupError('busy') // called off meanwhile, or something else has begun
  }

  /** Takes the wait as far as it is now. Never throws; one look at a time. */
  async look(): Promise<void> {
    if (this.#working) return await this.#working
    await this.#alone(() => this.#step()).catch(() => undefined) // told in the state, and looked at again in a minute
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#working = promise
    try {
      return await work()
    } finally {
      this.#working = null
      resolve()
    }
  }

  async #step(): Promise<void> {
    const { settings, clocks } = this.#parts
    const waiting = settings.current.protection?.waiting
    if (!waiting) return
    if (waiting.at === 'in-force') return await this.#finish(waiting)
    const now = clocks()
    const isTimeToTry = now.uptimeMs >= this.#retryAtMs
    if (waiting.at === 'starting') return void (isTimeToTry && (await this.#start()))
    const wait = passWait(waiting.wait, now, waiting.announced === 'last-hour')
    const news = { kind: waiting.kind, startsAtMs: wait.wallMs + wait.leftMs }
    if (waiting.announced === 'nothing') {
      this.#parts.announce({ what: 'asked', ...news })
      await this.#mark(waiting, { wait, announced: 'asked' })
    } else if (waiting.announced === 'asked' && wait.leftMs <= LAST_MS) {
      this.#parts.announce({ what: 'last-hour', ...news })
      await this.#mark(waiting, { wait, announced: 'last-hour' })
    } else if (waiting.announced === 'last-hour' && wait.leftMs > LAST_MS) {
      await this.#mark(waiting, { wait, announced: 'asked' }) // a clock was put right: the last hour is yet to come
    } else if (wait.leftMs === 0) {
      if (waiting.wait.leftMs > 0) await this.#mark(waiting, { wait })
      if (isTimeToTry) await this.#start()
    } else if (isWorthWriting(waiting.wait, wait)) {
      await this.#mark(waiting, { wait })
    }
  }

  /** Makes the change, when nothing else goes on. Answers false when it did not begin; throws when it did not succeed. */
  async #start(): Promise<boolean> {
    const { store, settings } = this.#parts
    const asked = settings.current.protection?.waiting
    if (!asked || store.get().kind !== 'on') return false
    const { problem } = store.at('on')
    await this.#mark(asked, { at: 'starting' })
    const { waiting } = this.#protection()
    if (waiting?.at !== 'starting' || store.get().kind !== 'on') return false
    const task: SecretTask = { want: 'forgot', kind: waiting.kind }
    store.enter(changingSecretState(this.#protection(), task, { at: 'starting' }))
    try {
      await this.#change(waiting)
    } finally {
      store.enter(onState(this.#protection(), problem))
    }
    await this.#finish(waiting)
    return true
  }

  async #change(waiting: StoredWaiting): Promise<void> {
    const { settings, engine, keychain, clocks } = this.#parts
    const { place, repository } = this.#protection()
    const secret = { kind: 'prepared', sealed: waiting.sealed } as const
    let hasChanged = false
    try {
      const { secrets } = await withDeviceKey(keychain, repository, (deviceKey) =>
        ask(engine.secret.change({ place: place.spec, repository, secret, keepOther: false, deviceKey })),
      )
      hasChanged = true
      await settings.update((all) =>
        changed(all, (kept) => ({ ...kept, secrets, waiting: { ...waiting, at: 'in-force' } })),
      )
    } catch (thrown) {
      const error = BackupError.from(thrown)
      this.#retryAtMs = clocks().uptimeMs + RETRY_AFTER_MS
      const at = hasChanged || mayHaveChanged(error) ? 'starting' : 'waiting'
      await this.#mark(waiting, { at, problem: error.toPlain() }).catch(() => undefined)
      throw error
    }
  }

  async #finish({ kind }: StoredWaiting): Promise<void> {
    const { settings, announce, clocks } = this.#parts
    announce({ what: 'in-force', kind, startsAtMs: clocks().nowMs })
    await settings.update((all) => changed(all, (kept) => ({ ...kept, waiting: null })))
  }

  /** Does nothing when this very one was called off meanwhile. */
  async #mark({ sealed }: StoredWaiting, change: Partial<StoredWaiting>): Promise<void> {
    await this.#parts.settings.update((all) =>
      changed(all, (kept) =>
        kept.waiting?.sealed === sealed ? { ...kept, waiting: { ...kept.waiting, ...change } } : kept,
      ),
    )
    this.#show()
  }

  #show(): void {
    const { store, settings } = this.#parts
    const { protection } = settings.current
    if (protection) store.enter(withProtection(store.get(), protection))
  }

  #protection(): StoredProtection {
    const { protection } = this.#parts.settings.current
    if (!protection) throw new BackupError('usage', { missing: 'protection' })
    return protection
  }
}

/** Whether the engine may have made the change although it answered with a failure, or not at all. */
const mayHaveChanged = (error: BackupError): boolean =>
  error.facts['changed'] === 'perhaps' || isEngineEnded(error.toPlain())

/** Whether something happened that must not be forgotten: time has passed, the system restarted, a clock was set. */
function isWorthWriting(before: Wait, now: Wait): boolean {
  const [wallMs, uptimeMs] = [now.wallMs - before.wallMs, now.uptimeMs - before.uptimeMs]
  return uptimeMs < 0 || uptimeMs >= WRITE_EVERY_MS || Math.abs(wallMs - uptimeMs) >= LOOK_EVERY_MS
}

const changed = (all: Settings, change: (kept: StoredProtection) => StoredProtection): Settings => {
  if (!all.protection) return all
  const protection = change(all.protection)
  return protection === all.protection ? all : { ...all, protection }
}
