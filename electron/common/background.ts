import type { ErrorCode, PlainError } from '#common/errors.ts'

/** How often a backup runs by itself. `manual`: only when somebody presses Back up. */
export const FREQUENCIES = ['daily', 'weekly', 'monthly', 'manual'] as const
export type Frequency = (typeof FREQUENCIES)[number]

/** When the clock on the wall asks for a backup. */
export type Rule = Readonly<{
  frequency: Frequency
  hour: number // 0 to 23
  weekday: number // 0 to 6, 0 is Sunday; counts when weekly
  monthDay: number // 1 to 31; counts when monthly; in a shorter month its last day
}>

/** How many days, weeks and months one can go back to (design: 7, 4 and 12). */
export type Keep = Readonly<{ daily: number; weekly: number; monthly: number }>

/** Hours of the day, each 0 to 23; `to` is not among them. From 22 to 6 goes over midnight; equal ones are all day. */
export type Hours = Readonly<{ from: number; to: number }>

/** What a person sets about what happens by itself. */
export type BackgroundSettings = Readonly<{
  rule: Rule
  /** On battery, nothing begins by itself below this percentage; 0: the battery does not matter. */
  batteryAtLeast: number
  /** Whether backups run by themselves on a connection that is paid by use, as far as the system tells. */
  onMetered: boolean
  /** Networks on which nothing runs by itself, by the names the system has for them. */
  avoidNetworks: readonly string[]
  /** Whether to wait while a full-screen program or a presentation is on, as far as the system tells. */
  waitForFullScreen: boolean
  /** Bytes a second that are sent at most; null: as fast as it goes. */
  bytesPerSecond: number | null
  /** When that limit holds. */
  limitHours: Hours
  keep: Keep
}>

/** What a person may change at once. The weekday and the day of the month are those on which they choose. */
export type BackgroundChange = Readonly<
  Partial<Omit<BackgroundSettings, 'rule' | 'avoidNetworks'>> & { frequency?: Frequency; hour?: number }
>

/** Why a backup that is due does not run yet. */
export const WAIT_REASONS = ['offline', 'battery', 'metered', 'network', 'hot', 'full-screen', 'place', 'work'] as const
export type WaitReason = (typeof WAIT_REASONS)[number]

/** How long a person can pause: so many hours, or until tomorrow morning. */
export const PAUSES = ['1-hour', '8-hours', 'until-tomorrow'] as const
export type Pause = (typeof PAUSES)[number]

/** The last time everything was fetched from the place and opened again. */
export type LastProof = Readonly<{ atMs: number; files: number; databases: number; broken: number }>

/** What the backup takes at the place, in bytes. */
export type Storage = Readonly<{
  atMs: number
  usedBytes: number
  /** Of these, what goes by itself within about a month. */
  goingBytes: number
  /** What more would go with the shorter choice of days to go back to; null when there is none shorter. */
  fewerDays: Readonly<{ keep: Keep; bytes: number }> | null
}>

/** Another computer that has not been heard of for 90 days. While it is waited for, less can be cleaned up. */
export type SilentDevice = Readonly<{ deviceId: string; name: string; lastMs: number }>

/** What happens by itself, as one value beside the BackupState. The main process owns it; window and tray show it. */
export type Background = Readonly<{
  settings: BackgroundSettings
  /** When a backup runs next by itself; null when none will. */
  nextBackupMs: number | null
  /** A backup is due and waits for this. */
  waiting: WaitReason | null
  pausedUntilMs: number | null
  /** What is being done beside backups, quietly. */
  upkeep: 'cleaning-up' | 'proving' | null
  lastProof: LastProof | null
  storage: Storage | null
  silentDevices: readonly SilentDevice[]
  /** So many bytes would go at once by cleaning up, and a person is asked first; null: nothing is asked. */
  asksToCleanUp: number | null
  /** Whether it is time to ask whether the person still knows the password. Asked on home, never in the way. */
  askPassword: boolean
  /** The network of now by its name, when the system tells, and whether it is one to avoid. */
  network: Readonly<{ name: string; isAvoided: boolean }> | null
}>

/** What was done. */
export const DEEDS = ['backup', 'clean-up', 'proof', 'restore', 'turned-on', 'turned-off'] as const
export type DeedDone = (typeof DEEDS)[number]

/**
 * One line of the diary. It holds counts and codes, and no name of anything.
 * `code` null: it ended well. `cancelled` is an ordinary ending.
 */
export type HistoryEntry = Readonly<{
  atMs: number // when it ended
  deed: DeedDone
  by: 'schedule' | 'person'
  code: ErrorCode | null
  seconds: number
  files: number
  bytes: number
  addedBytes: number // for clean-up: freed
  /** How many files were skipped for each reason. */
  skipped: Readonly<Record<string, number>>
}>

/** The state of the app in one glance, as the tray and its flyout show it. */
export type Glance =
  | Readonly<{ kind: 'off' }>
  | (GlanceTimes & Readonly<{ kind: 'idle'; waiting: WaitReason | null }>)
  | (GlanceTimes &
      Readonly<{ kind: 'backing-up'; phase: 'preparing' | 'looking' | 'saving' | 'checking'; share: number | null }>)
  /** `problem` null: no backup ended well for too long, or never. */
  | (GlanceTimes & Readonly<{ kind: 'needs-you'; problem: PlainError | null }>)
  | (GlanceTimes & Readonly<{ kind: 'paused'; untilMs: number }>)

export type GlanceTimes = Readonly<{ lastBackupMs: number | null; nextBackupMs: number | null }>

export const DEFAULT_BACKGROUND_SETTINGS: BackgroundSettings = {
  rule: { frequency: 'daily', hour: 2, weekday: 0, monthDay: 1 },
  batteryAtLeast: 30,
  onMetered: false,
  avoidNetworks: [],
  waitForFullScreen: true,
  bytesPerSecond: null,
  limitHours: { from: 8, to: 22 },
  keep: { daily: 7, weekly: 4, monthly: 12 },
}
