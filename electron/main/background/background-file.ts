import { z } from 'zod'
import { DEFAULT_BACKGROUND_SETTINGS, FREQUENCIES } from '#common/background.ts'
import { ERROR_CODES, type PlainError } from '#common/errors.ts'
import { type Kept, KeptFile } from '../kept-file.ts'
import type { Settings } from '../settings.ts'
import { NO_NOTICES } from './notice-rules.ts'
import { NO_SCHEDULE } from './scheduler.ts'
import { NO_UPKEEP } from './upkeep-rules.ts'

const ms = z.number().int()
const hour = z.number().int().min(0).max(23)
const count = z.number().int().min(0)

const rule = z
  .strictObject({
    frequency: z.enum(FREQUENCIES),
    hour,
    weekday: z.number().int().min(0).max(6),
    monthDay: z.number().int().min(1).max(31),
  })
  .readonly()

/** The engine keeps the newest three snapshots whatever is asked. */
export const keepSchema = z
  .strictObject({
    daily: z.number().int().min(1).max(366),
    weekly: z.number().int().min(0).max(520),
    monthly: z.number().int().min(0).max(240),
  })
  .readonly()

export const hoursSchema = z.strictObject({ from: hour, to: hour }).readonly()
export const batterySchema = z.number().int().min(0).max(100)
export const bytesPerSecondSchema = z.number().int().min(16_384).max(1e10).nullable()
export const hourSchema = hour
export const frequencySchema = z.enum(FREQUENCIES)

const settings = z
  .strictObject({
    rule,
    batteryAtLeast: batterySchema,
    onMetered: z.boolean(),
    avoidNetworks: z.array(z.string().max(256)).max(100).readonly(),
    waitForFullScreen: z.boolean(),
    bytesPerSecond: bytesPerSecondSchema,
    limitHours: hoursSchema,
    keep: keepSchema,
  })
  .readonly()

const schedule = z
  .strictObject({
    rule: rule.nullable(),
    zone: z.string(),
    dueMs: ms.nullable(),
    jitterMs: count,
    servedMs: ms.nullable(),
    owed: z
      .strictObject({ atMs: ms, why: z.enum(['slot', 'missed', 'retry', 'carry-on']) })
      .readonly()
      .nullable(),
    failures: count,
    runningSinceMs: ms.nullable(),
    pausedUntilMs: ms.nullable(),
  })
  .readonly()

const failure = z
  .strictObject({
    code: z.enum(ERROR_CODES as [string, ...string[]]).transform((code) => code as (typeof ERROR_CODES)[number]),
    facts: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
  })
  .readonly()

const notices = z
  .strictObject({
    told: z.record(z.string(), z.strictObject({ day: z.string(), times: count }).readonly()).readonly(),
    step: count,
    firstDone: z.boolean(),
    badTimes: count,
    heldSinceMs: ms.nullable(),
  })
  .readonly()

const proof = z.strictObject({ atMs: ms, files: count, databases: count, broken: count }).readonly()
const storage = z
  .strictObject({
    atMs: ms,
    usedBytes: count,
    goingBytes: count,
    fewerDays: z.strictObject({ keep: keepSchema, bytes: count }).readonly().nullable(),
  })
  .readonly()

const upkeep = z
  .strictObject({
    cleanedMs: ms.nullable(),
    proof: proof.nullable(),
    storage: storage.nullable(),
    silentDevices: z
      .array(z.strictObject({ deviceId: z.string(), name: z.string(), lastMs: ms }).readonly())
      .readonly(),
    /** When a question about a device was answered with: it is still in use. */
    stillUsed: z.record(z.string(), ms).readonly(),
    retryMs: ms.nullable(),
    failures: count,
    asksBytes: count.nullable(),
    accepted: z.boolean(),
    rereadAll: z.boolean(),
  })
  .readonly()

const reminder = z.strictObject({ sinceMs: ms.nullable(), passed: count, laterMs: ms.nullable() }).readonly()

const NO_REMINDER = { sinceMs: null, passed: 0, laterMs: null } as const

/**
 * What the app remembers of what happens by itself. A part that cannot be read is begun anew: nothing here is needed to
 * open a backup. Not sealed, like the other settings: names of networks and of other computers stand here in clear.
 */
const backgroundFile = z
  .object({
    version: z.literal(1),
    settings: settings.catch(DEFAULT_BACKGROUND_SETTINGS),
    /** The repository that all below is about. */
    repository: z.string().nullable().catch(null),
    schedule: schedule.catch(NO_SCHEDULE),
    /** Why the last backup failed; null when it did not. */
    problem: failure.nullable().catch(null),
    notices: notices.catch(NO_NOTICES),
    upkeep: upkeep.catch(NO_UPKEEP),
    reminder: reminder.catch(NO_REMINDER),
  })
  .readonly()

export type BackgroundFile = z.infer<typeof backgroundFile>
export type KeptBackground = Kept<BackgroundFile>

/** All that is about one repository, as it begins. */
export const NO_MEMORY = {
  repository: null,
  schedule: NO_SCHEDULE,
  problem: null,
  notices: NO_NOTICES,
  upkeep: NO_UPKEEP,
  reminder: NO_REMINDER,
} as const satisfies Partial<BackgroundFile>

export const NO_BACKGROUND: BackgroundFile = { version: 1, settings: DEFAULT_BACKGROUND_SETTINGS, ...NO_MEMORY }

/** @throws as `KeptFile.open` */
export function openBackground(path: string, nowMs = Date.now()): Promise<KeptFile<BackgroundFile>> {
  return KeptFile.open(path, { parse: (raw) => backgroundFile.parse(raw), empty: NO_BACKGROUND }, nowMs)
}

/** Why the last backup failed, as it stands after a restart. */
export function keptProblem({ repository, problem }: BackgroundFile, { protection }: Settings): PlainError | null {
  return repository !== null && repository === protection?.repository ? problem : null
}
