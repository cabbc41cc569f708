import { type Background, DEFAULT_BACKGROUND_SETTINGS, type HistoryEntry } from '#common/background.ts'
import type {
  BackupState,
  FoundBackup,
  LastBackup,
  Protection,
  SetupDraft,
  SetupStep,
  WaitingSecret,
} from '#common/backup-state.ts'
import type { BackupProgress, DoneCount, SnapshotSummary } from '#common/engine-contract.ts'
import type { ErrorCode, ErrorFacts } from '#common/errors.ts'
import { dateKey, dayLater } from '../words/day-strip.ts'

/** The people and the moments of the gallery. All is made up, and always the same. */

/** Monday 23 November 2026, five past two in the afternoon. */
export const NOW_MS = new Date(2026, 10, 23, 14, 5).getTime()
const HOUR_MS = 3_600_000

type Of<K extends BackupState['kind']> = Extract<BackupState, { kind: K }>

export const off: Of<'off'> = { kind: 'off', hasDraft: false, leftBehind: 0 }

const LAST: LastBackup = {
  takenAtMs: NOW_MS - HOUR_MS / 4,
  files: 8910,
  bytes: 11_312_000_000,
  addedBytes: 22_400_000,
  seconds: 38,
  skippedFiles: 0,
}

const daysBefore = (...days: readonly number[]): readonly string[] => days.map((day) => dateKey(dayLater(NOW_MS, -day)))
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

export const PROTECTION: Protection = {
  place: { kind: 'folder', name: 'Family disk' },
  chats: [
    { name: 'WhatsApp exports', files: 8702, bytes: 11_100_000_000 },
    { name: 'Telegram', files: 208, bytes: 212_000_000 },
  ],
  mark: 'Wren 42',
  secrets: ['password'],
  waiting: null,
  sinceMs: new Date(2026, 2, 3, 20, 15).getTime(),
  lastBackup: LAST,
  backupDays: daysBefore(...range(0, 13)),
}

export const on = (part: Partial<Of<'on'>> = {}): Of<'on'> => ({
  kind: 'on',
  ...PROTECTION,
  problem: null,
  showFirstDone: false,
  ...part,
})

/** Backups failed for two days. */
export const failing = (code: ErrorCode, facts: ErrorFacts = {}): Of<'on'> =>
  on({
    problem: { code, facts },
    lastBackup: { ...LAST, takenAtMs: new Date(2026, 10, 21, 2, 4).getTime() },
    backupDays: daysBefore(...range(2, 13)),
  })

const done = (doneFiles: number, totalFiles: number, averageBytes: number): DoneCount => ({
  doneFiles,
  totalFiles,
  doneBytes: doneFiles * averageBytes,
  totalBytes: totalFiles * averageBytes,
})

type Counts = readonly [messages: number, photos: number, voice: number, videos: number]

export const progress = (
  phase: BackupProgress['phase'],
  [messages, photos, voice, videos]: Counts,
  total: Counts = [6, 7402, 1114, 388],
): BackupProgress => ({
  phase,
  kinds: {
    messages: done(messages, total[0], 60_000_000),
    photos: done(photos, total[1], 600_000),
    voice: done(voice, total[2], 90_000),
    videos: done(videos, total[3], 10_500_000),
  },
})

export const backingUp = (what: BackupProgress, isFirst = false): Of<'backing-up'> => ({
  kind: 'backing-up',
  ...PROTECTION,
  lastBackup: isFirst ? null : { ...LAST, takenAtMs: NOW_MS - 24 * HOUR_MS },
  backupDays: isFirst ? [] : daysBefore(...range(1, 13)),
  sinceMs: isFirst ? NOW_MS - HOUR_MS / 2 : PROTECTION.sinceMs,
  progress: what,
  startedAtMs: NOW_MS - HOUR_MS / 4,
})

export const DRAFT: SetupDraft = {
  chats: PROTECTION.chats,
  place: PROTECTION.place,
  existing: [],
  sameDisk: false,
}

export const settingUp = (
  at: Exclude<SetupStep['at'], 'confirm-key'>,
  draft: Partial<SetupDraft> = {},
): Of<'setting-up'> => ({ kind: 'setting-up', step: { at }, draft: { ...DRAFT, ...draft } })

export const lock = settingUp('lock')

export const FOUND: readonly FoundBackup[] = [
  { repository: 'a'.repeat(32), mark: 'Wren 42', lastAddedMs: NOW_MS - HOUR_MS / 4 },
  { repository: 'b'.repeat(32), mark: 'Fern 7', lastAddedMs: new Date(2025, 4, 2, 9, 30).getTime() },
]

const snapshot = (at: number, takenAtMs: number, device = 'Maya’s MacBook Air', deviceId = '1'): SnapshotSummary => ({
  id: at.toString(16).padStart(16, '0'),
  takenAtMs,
  device,
  deviceId,
  files: 8910 - at * 31,
  bytes: 11_312_000_000 - at * 61_000_000,
})

export const SNAPSHOTS: readonly SnapshotSummary[] = [
  snapshot(0, NOW_MS - HOUR_MS / 4),
  ...range(0, 12).map((day) => snapshot(day + 1, dayLater(NOW_MS, -day) - 10 * HOUR_MS)),
  ...range(1, 8).map((month) => snapshot(month + 20, new Date(2026, 10 - month, 28, 2, 3).getTime())),
]

export const TWO_COMPUTERS = SNAPSHOTS.map((one, at) =>
  at % 3 === 1 ? { ...one, device: 'Studio PC', deviceId: '2' } : one,
)

type RestoreStep = Of<'restoring'>['step']

export const restoring = (step: RestoreStep, isSignedIn = false): Of<'restoring'> => ({
  kind: 'restoring',
  step,
  protection: isSignedIn ? PROTECTION : null,
})

export const unlockStep = {
  at: 'unlock',
  place: PROTECTION.place,
  backup: { repository: 'a'.repeat(32), mark: 'Wren 42', lastAddedMs: NOW_MS - HOUR_MS / 4 },
} as const satisfies RestoreStep

export const pickStep = (part: Partial<Extract<RestoreStep, { at: 'pick' }>> = {}): RestoreStep => ({
  at: 'pick',
  snapshot: snapshot(0, NOW_MS),
  items: [
    ['WhatsApp Chat with Mum', 2411, 3_810_000_000],
    ['WhatsApp Chat with Sunday lunch', 1907, 2_704_000_000],
    ['WhatsApp Chat with Jonas', 944, 811_000_000],
    ['WhatsApp Chat with Grandpa Leo', 311, 402_000_000],
    ['WhatsApp Chat with School run 4B', 820, 1_240_000_000],
    ['WhatsApp Chat with Book club', 214, 96_000_000],
    ['WhatsApp Chat with Amira K.', 506, 733_000_000],
    ['WhatsApp Chat with Running pals', 121, 64_000_000],
  ].map(([name, files, bytes]) => ({
    path: `WhatsApp exports/${name}`,
    name: String(name),
    isFolder: true,
    files: Number(files),
    bytes: Number(bytes),
  })),
  folder: null,
  ...part,
})

export const turningOff = (step: Of<'turning-off'>['step'], part: Partial<Protection> = {}): Of<'turning-off'> => ({
  kind: 'turning-off',
  ...PROTECTION,
  ...part,
  step,
})

export const BACKGROUND: Background = {
  settings: DEFAULT_BACKGROUND_SETTINGS,
  nextBackupMs: new Date(2026, 10, 24, 2).getTime(),
  waiting: null,
  pausedUntilMs: null,
  upkeep: null,
  lastProof: { atMs: new Date(2026, 10, 3, 2, 19).getTime(), files: 8910, databases: 6, broken: 0 },
  storage: {
    atMs: NOW_MS,
    usedBytes: 11_900_000_000,
    goingBytes: 310_000_000,
    fewerDays: { keep: { daily: 7, weekly: 4, monthly: 3 }, bytes: 900_000_000 },
  },
  silentDevices: [],
  askPassword: false,
  asksToCleanUp: null,
  network: null,
}

export const WAITING: WaitingSecret = {
  kind: 'password',
  presence: 'touch-id',
  askedAtMs: NOW_MS - 5.33 * HOUR_MS,
  startsAtMs: NOW_MS + 18.67 * HOUR_MS,
  canCancel: true,
  problem: null,
}

export const changing = (
  task: Of<'changing-secret'>['task'],
  step: Of<'changing-secret'>['step'],
  part: Partial<Protection> = {},
): Of<'changing-secret'> => ({ kind: 'changing-secret', ...PROTECTION, ...part, task, step })

const entry = (atMs: number, part: Partial<HistoryEntry> = {}): HistoryEntry => ({
  atMs,
  deed: 'backup',
  by: 'schedule',
  code: null,
  seconds: 38,
  files: 8910,
  bytes: 11_312_000_000,
  addedBytes: 22_400_000,
  skipped: {},
  ...part,
})
const at = (day: number, hour: number, minute: number): number => new Date(2026, 10, day, hour, minute).getTime()

export const HISTORY: readonly HistoryEntry[] = [
  entry(at(23, 13, 50), { by: 'person' }),
  entry(at(22, 2, 4), { addedBytes: 20_100_000, seconds: 36, skipped: { unreadable: 2 } }),
  entry(at(20, 9, 14), { addedBytes: 61_000_000, seconds: 46 }),
  entry(at(20, 2, 0), { code: 'destination-missing' }),
  entry(at(19, 21, 7), { code: 'cancelled', by: 'person' }),
  entry(at(3, 2, 30), { deed: 'clean-up', addedBytes: 41_000_000 }),
  entry(at(3, 2, 19), { deed: 'proof', seconds: 840 }),
  entry(at(1, 18, 2), { deed: 'restore', files: 311, seconds: 12 }),
  entry(at(1, 17, 0), { deed: 'turned-on' }),
]

/** Not a key of anything. */
export const KEY = '7c21e9a40b6f83d5f14e2a90c7b85d369e0c41fab273d68e05c9fa176e42b38d'
