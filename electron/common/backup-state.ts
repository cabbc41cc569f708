import type { BackupProgress, DoneCount, SnapshotSummary } from '#common/engine-contract.ts'
import type { PlainError } from '#common/errors.ts'

/** What the person holds: either opens the backup. */
export type SecretKind = 'password' | 'key'

/**
 * What a person wants of the secrets: another one in place of one that is known, the other kind beside it, or a new one
 * because what opened the backup was forgotten. `kind` is that of the new secret.
 */
export type SecretTask = Readonly<{ want: 'change' | 'add' | 'forgot'; kind: SecretKind }>

/** How the system found out who is there. */
export type PresenceKind = 'touch-id'

/** A new secret that was asked for without a known one, and does not count yet. Times are Unix milliseconds. */
export type WaitingSecret = Readonly<{
  kind: SecretKind
  presence: PresenceKind | null // null: the system offers no such check
  askedAtMs: number
  /** By this computer's clock. Moves when the clock is put to another time; the wait itself does not. */
  startsAtMs: number
  /** False from the moment in which it begins to count. */
  canCancel: boolean
  /** Why it does not count yet although its time has come; it is tried again by itself. */
  problem: PlainError | null
}>

/** A place as the window may know it: never a path. */
export type PlaceLabel = Readonly<{ kind: 'folder' | 'gdrive' | 'icloud'; name: string }>

/**
 * Which kinds of place can be chosen besides a folder. Google Drive needs a client id: of the build, or of the person's
 * own (settings); without one it says what to do.
 */
export type PlaceKinds = Readonly<{ drive: 'ready' | 'needs-client-id'; iCloud: boolean }>

/** One folder of chats as the window may know it; counts are null until somebody looked. */
export type ChatsLabel = Readonly<{ name: string; files: number | null; bytes: number | null }>

/** A backup found at a place, told without any secret. `mark` is its everyday name, e.g. "Wren 42". */
export type FoundBackup = Readonly<{ repository: string; mark: string; lastAddedMs: number | null }>

/** The last backup that ended well. Times are Unix milliseconds, sizes bytes before compression unless said. */
export type LastBackup = Readonly<{
  takenAtMs: number
  files: number
  bytes: number
  addedBytes: number // written to the place by that run
  seconds: number
  skippedFiles: number
}>

/** What is known while backups are on. */
export type Protection = Readonly<{
  place: PlaceLabel
  chats: readonly ChatsLabel[]
  mark: string
  secrets: readonly SecretKind[] // what opens the backup, as this computer last saw it
  waiting: WaitingSecret | null
  sinceMs: number
  lastBackup: LastBackup | null
  /** Local dates (YYYY-MM-DD) of the last 14 days on which a backup ended well. */
  backupDays: readonly string[]
}>

/** The wizard's answers so far. */
export type SetupDraft = Readonly<{
  chats: readonly ChatsLabel[]
  place: PlaceLabel | null
  /** Backups that are at the place already; the person must say which way to go. */
  existing: readonly FoundBackup[]
  /** True when the place lies on the same disk as the chats. */
  sameDisk: boolean
  /** True while the person signs in to Google in the browser. */
  isSigningIn?: boolean
}>

export type SetupStep =
  | Readonly<{ at: 'chats' | 'place' | 'lock' | 'password' | 'key' }>
  /** Two groups (1 to 16) of the shown key are asked back. */
  | Readonly<{ at: 'confirm-key'; groups: readonly [number, number] }>

/** A top-level folder or file inside a snapshot that can be chosen for restore. */
export type RestoreItem = Readonly<{ path: string; name: string; isFolder: boolean; files: number; bytes: number }>

export type RestoreResult = Readonly<{
  folder: string // last part of the folder's path
  files: number
  bytes: number
  missing: number
  notes: number
  seconds: number
}>

export type RestoreStep =
  | Readonly<{ at: 'find'; place: PlaceLabel | null; found: readonly FoundBackup[]; isSigningIn?: boolean }>
  /** `problem`: why a restore that was being written has to be unlocked again. */
  | Readonly<{ at: 'unlock'; place: PlaceLabel; backup: FoundBackup; problem?: PlainError }>
  | Readonly<{ at: 'day'; snapshots: readonly SnapshotSummary[] }>
  /** `problem`: why the last attempt to write ended; what was restored before it stays. */
  | Readonly<{
      at: 'pick'
      snapshot: SnapshotSummary
      items: readonly RestoreItem[]
      folder: string | null
      problem?: PlainError
    }>
  | Readonly<{ at: 'writing'; done: DoneCount }>
  | Readonly<{ at: 'done'; result: RestoreResult }>

export type TurnOffStep =
  /** `problem`: why a deletion that was confirmed could not begin. */
  | Readonly<{ at: 'secret'; problem?: PlainError }>
  | Readonly<{ at: 'confirm'; token: string; snapshots: number; bytes: number }>
  | Readonly<{ at: 'deleting'; done: number; total: number }>

export type ChangeSecretStep =
  | Readonly<{ at: 'prove' }> // a secret that opens the backup now, whichever
  | Readonly<{ at: 'password' | 'key' }>
  /** Two groups (1 to 16) of the shown key are asked back. */
  | Readonly<{ at: 'confirm-key'; groups: readonly [number, number] }>
  /** A new secret whose wait has ended begins to count, by itself; for some seconds. */
  | Readonly<{ at: 'starting' }>
  /** The new secret counts. `left`: old locks that the place would not delete. */
  | Readonly<{ at: 'done'; left: number }>

/** What the app is doing, as one value. The main process owns it; the window only shows it. */
export type BackupState =
  | Readonly<{ kind: 'off'; hasDraft: boolean; leftBehind: number }> // leftBehind: objects a turn-off could not delete
  | Readonly<{ kind: 'setting-up'; step: SetupStep; draft: SetupDraft }>
  | (Protection & Readonly<{ kind: 'on'; problem: PlainError | null; showFirstDone: boolean }>)
  | (Protection & Readonly<{ kind: 'backing-up'; progress: BackupProgress; startedAtMs: number }>)
  | Readonly<{ kind: 'restoring'; step: RestoreStep; protection: Protection | null }>
  | (Protection & Readonly<{ kind: 'changing-secret'; task: SecretTask; step: ChangeSecretStep }>)
  | (Protection & Readonly<{ kind: 'turning-off'; step: TurnOffStep }>)

export type BackupStateKind = BackupState['kind']

/** Which state may follow which. Anything else is a bug and throws. */
const NEXT: Readonly<Record<BackupStateKind, readonly BackupStateKind[]>> = {
  off: ['off', 'setting-up', 'restoring'],
  'setting-up': ['setting-up', 'on', 'off'],
  on: ['on', 'backing-up', 'restoring', 'changing-secret', 'turning-off'],
  'backing-up': ['backing-up', 'on'],
  restoring: ['restoring', 'on', 'off'],
  'changing-secret': ['changing-secret', 'on'],
  'turning-off': ['turning-off', 'off', 'on'],
}

export function canFollow(from: BackupStateKind, to: BackupStateKind): boolean {
  return NEXT[from].includes(to)
}
