import { call, event } from '#common/ipc.ts'

/** What the person typed. It is parsed and judged in the engine only. */
export type SecretInput = Readonly<{ kind: 'password'; password: string }> | Readonly<{ kind: 'key'; key: string }>

/** A new secret made ready before its time: sealed under this device's own key, in hex. Not what was typed. */
export type PreparedSecret = Readonly<{ kind: 'prepared'; sealed: string }>

/** How strong a password is, judged on this computer (design: at least 10 characters and 10^10 guesses). */
export type Strength = Readonly<{
  accepted: boolean
  level: 'short' | 'easy' | 'strong' | 'very-strong'
  reason: 'too-short' | 'common' | 'date' | 'repeats' | 'word' | 'illegal' | null
  word: string | null
}>

/** How people sort what is in their chats; the order in which a first backup saves it. */
export const FILE_KINDS = ['messages', 'photos', 'voice', 'videos'] as const
export type FileKind = (typeof FILE_KINDS)[number]

export type DoneCount = Readonly<{ doneFiles: number; totalFiles: number; doneBytes: number; totalBytes: number }>

export type BackupProgress = Readonly<{
  phase: 'preparing' | 'looking' | 'saving' | 'checking'
  kinds: Readonly<Record<FileKind, DoneCount>>
}>

export type SnapshotSummary = Readonly<{
  id: string // 16 hex
  takenAtMs: number
  device: string // the computer's name
  deviceId: string
  files: number
  bytes: number
}>

export type FoundRepository = Readonly<{ repository: string; mark: string; lastAddedMs: number | null }>

export type BackupOutcome = Readonly<{
  snapshot: string
  takenAtMs: number
  unchanged: boolean
  files: number
  bytes: number
  addedBytes: number
  seconds: number
  skipped: readonly Readonly<{ path: string; code: string }>[]
}>

/** How a run ended that wrote a snapshot, and what else it has seen. */
export type BackupEnding = BackupOutcome &
  Readonly<{
    unreadable: readonly string[] // labels of the sources that could not be read; the others are saved
    secrets: readonly ('password' | 'key')[] // what opens the backup now; another device may have changed it
  }>

export type RestoreOutcome = Readonly<{
  snapshot: string
  files: number
  bytes: number
  missing: readonly Readonly<{ path: string; code: string }>[]
  notes: readonly Readonly<{ path: string; code: string; as?: string }>[]
  seconds: number
}>

/** What a run should mind; without, it is one that somebody waits for. */
export type Manners = Readonly<{
  /** What is sent at most; null is no limit, and a place that is a folder knows none. */
  bytesPerSecond: number | null
  /** Keeps out of the way of whatever else the computer does. */
  isPolite: boolean
  /** Reads every pack again and stores anew what is damaged: after a proof that found damage. */
  rereadAll: boolean
}>

/** How many snapshots stay: the newest of each of the last so many days, weeks and months that have any. */
export type KeepCounts = Readonly<{ daily: number; weekly: number; monthly: number }>

/** What cleaning up came to, and what the place looks like afterwards. Sizes are bytes at the place. */
export type CleanUpOutcome = Readonly<{
  dropped: number // snapshots
  freedBytes: number // gone for good
  isWhole: boolean // false: something is damaged, and then no pack goes
  usedBytes: number
  goingBytes: number // of the used ones, what goes within about a month
  fewerBytes: number | null // what more would go with `fewer`
  silent: readonly Readonly<{ deviceId: string; name: string; lastMs: number }>[] // other devices, for 90 days
  seconds: number
}>

/** A proof of restore: `files` and `databases` count what is whole, `broken` the others. */
export type ProofOutcome = Readonly<{ files: number; databases: number; broken: number; seconds: number }>

/** A computer that backs up to a repository, or did. */
export type DeviceSummary = Readonly<{
  deviceId: string // 32 hex
  name: string // as it called itself last
  lastBackupMs: number | null // null when there is no snapshot of it
  isThis: boolean
  /** It was said to have ended: by itself when it was turned off, or by another. */
  isRetired: boolean
}>

export type TurnOffOutcome = Readonly<{ deleted: number; left: readonly Readonly<{ name: string; code: string }>[] }>

/** One level of a snapshot's content. Paths are as they would lie under the restore folder, with `/`. */
export type ContentItem = Readonly<{ path: string; name: string; isFolder: boolean; files: number; bytes: number }>

/** Who asks Google for access: the app's own registration, or one of the person's. The secret of a desktop app is none. */
export type DriveAppId = Readonly<{ clientId: string; clientSecret: string }>

/**
 * Where the backup is kept, as on the command line (docs/cli.md); `account:` and a number for a place whose account is
 * kept, sealed, with the state of this device.
 */
export type PlaceSpec = string

/**
 * Every message between the main process and the engine process. `run` names a long piece of work, chosen by the
 * caller, so that progress and cancel can speak of it. A session keeps an opened repository inside the engine
 * process, so that a secret is typed once and never kept outside.
 */
export const engineContract = {
  secret: {
    rate: call<{ password: string }, Strength>(),
    suggestWords: call<void, string>(),
    generateKey: call<void, string>(), // 64 lower-case hex digits
    /** Throws `key-malformed` with the reason; answers the tidied 64 digits. */
    parseKey: call<{ key: string }, string>(),
    /**
     * Makes a new secret ready for a change that is to come later; needs nothing but this device. Throws `secret-weak`,
     * `key-malformed`, and `wrong-secret` when the device key does not open what this device keeps.
     */
    prepare: call<{ repository: string; secret: SecretInput; deviceKey: Uint8Array }, PreparedSecret>(),
    /**
     * Puts a new secret in place of all of its kind (a lone one of the other kind goes too, unless `keepOther`). This
     * device's own key opens the backup: main has made sure that who asks for it may. Answers which secrets open the
     * backup now, and how many old slots the place would not delete. A failure with {changed: perhaps} came after the
     * new secret may have begun to count; asked again, the change is made whole.
     */
    change: call<
      {
        place: PlaceSpec
        repository: string
        secret: SecretInput | PreparedSecret
        keepOther: boolean
        deviceKey: Uint8Array
      },
      { secrets: readonly ('password' | 'key')[]; left: number }
    >(),
    /**
     * Gives the backup a new root key: what is stored from now on does not open with one that was stolen. `secrets` are
     * those that open the backup, one of each kind it has; they go on to open it. Throws `usage` when one is missing,
     * `wrong-secret` when one does not open. Cut off after it began to count, this device must sign in again.
     */
    rotate: call<
      { place: PlaceSpec; repository: string; secrets: readonly SecretInput[]; deviceKey: Uint8Array },
      { epoch: number; secrets: readonly ('password' | 'key')[]; left: number }
    >(),
  },
  place: {
    /**
     * Looks at a place without any secret, after a real write, read and delete there (not with `readOnly`: a backup
     * on a disk that cannot be written must be found for restore too).
     * Throws `destination-missing`, `sign-in-needed` (no permission), `destination-full`.
     */
    look: call<{ place: PlaceSpec; readOnly?: boolean }, { repositories: readonly FoundRepository[] }>(),
    /** Whether this computer has iCloud Drive. */
    iCloud: call<void, { isThere: boolean }>(),
  },
  account: {
    /**
     * Signs in to Google in the person's browser and keeps the account, sealed. Answers the place in it, and the address
     * that people know the account by. `again` replaces an account that counts no more; it must be the same person's.
     * Throws `sign-in-needed` with reason `denied`, `scope`, `client`, `refused`, `too-late`, `other-account`; `cancelled`.
     */
    signInToDrive: call<
      { run: string; app: DriveAppId; page: { title: string; text: string }; again: PlaceSpec | null },
      { place: PlaceSpec; address: string }
    >(),
    /** The address that is to be opened in the person's browser. */
    openBrowser: event<{ run: string; address: string }>(),
    /** Takes access back at the provider, as far as it can be reached, and forgets the account here. */
    disconnect: call<{ place: PlaceSpec }, void>(),
  },
  source: {
    /** Counts a folder of chats; throws `source-unreadable`. `sameDisk` compares it with the place, if one is given. */
    look: call<{ path: string; place: PlaceSpec | null }, { files: number; bytes: number; sameDisk: boolean }>(),
  },
  repository: {
    create: call<
      { place: PlaceSpec; secret: SecretInput; another: boolean; deviceKey: Uint8Array },
      { repository: string; mark: string }
    >(),
    /** Joins a repository that is there already: opens it with the secret and keeps the root under the device key. */
    signIn: call<
      { place: PlaceSpec; repository: string; secret: SecretInput; deviceKey: Uint8Array },
      { repository: string; mark: string; secrets: readonly ('password' | 'key')[] }
    >(),
  },
  backup: {
    start: call<
      {
        run: string
        place: PlaceSpec
        repository: string
        sources: readonly { path: string; label: string }[]
        deviceKey: Uint8Array
        manners?: Manners
      },
      BackupEnding
    >(),
    progress: event<{ run: string; progress: BackupProgress }>(),
  },
  restore: {
    open: call<
      { place: PlaceSpec; repository: string; secret: SecretInput },
      { session: string; snapshots: readonly SnapshotSummary[] }
    >(),
    contents: call<{ session: string; snapshot: string }, readonly ContentItem[]>(),
    /** `only` empty means everything. */
    start: call<
      { run: string; session: string; snapshot: string; only: readonly string[]; to: string },
      RestoreOutcome
    >(),
    progress: event<{ run: string; done: DoneCount }>(),
    close: call<{ session: string }, void>(),
  },
  turnOff: {
    /** Opens a slot with the secret; with the place unreachable, the copy of the slot kept on this device. */
    open: call<
      { place: PlaceSpec; repository: string; secret: SecretInput },
      { session: string; snapshots: number; bytes: number }
    >(),
    finish: call<{ run: string; session: string; deleteBackups: boolean }, TurnOffOutcome>(),
    progress: event<{ run: string; done: number; total: number }>(),
    /** Goes on with a deletion that was interrupted; the device key opens what is left to know. */
    resume: call<{ run: string; place: PlaceSpec; repository: string; deleteBackups: boolean }, TurnOffOutcome>(),
    close: call<{ session: string }, void>(),
  },
  /** Housekeeping. Each may take long, gives way when it is cancelled, and goes on from there the next time. */
  upkeep: {
    /**
     * Drops snapshots by `keep` and cleans up behind them (prune). Throws `looks-wrong` {reason: prune, n, m} when more
     * than a fifth of what is stored would go and nobody has `accepted` that, {reason: frozen} while a backup waits for a
     * yes, accepted or not.
     */
    cleanUp: call<
      {
        run: string
        place: PlaceSpec
        repository: string
        keep: KeepCounts
        fewer: KeepCounts | null
        accepted: boolean
        deviceKey: Uint8Array
      },
      CleanUpOutcome
    >(),
    prove: call<{ run: string; place: PlaceSpec; repository: string; deviceKey: Uint8Array }, ProofOutcome>(),
    /** Every computer that has joined, the one that wrote last first. */
    devices: call<{ place: PlaceSpec; repository: string; deviceKey: Uint8Array }, readonly DeviceSummary[]>(),
    /** Says for all devices that this one is gone for good; after a month nobody waits for it. One that comes back is a new one. */
    retire: call<{ place: PlaceSpec; repository: string; deviceId: string; deviceKey: Uint8Array }, void>(),
  },
  run: {
    /** Holds at once for what is being sent. */
    limit: call<{ bytesPerSecond: number | null }, void>(),
    cancel: call<{ run: string }, void>(),
  },
}

export type EngineContract = typeof engineContract
