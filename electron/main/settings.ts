import { z } from 'zod'
import { ERROR_CODES } from '#common/errors.ts'

const chats = z
  .strictObject({
    path: z.string(),
    name: z.string(), // also the label of the source inside the backup; unique
    files: z.number().nullable(),
    bytes: z.number().nullable(),
  })
  .readonly()

/** `spec` as the engine knows it; a place with an account stands there by a number only. */
const place = z
  .strictObject({ spec: z.string(), name: z.string(), kind: z.enum(['gdrive', 'icloud']).optional() })
  .readonly()

/** The person's own registration with Google. The secret of a desktop app is none (RFC 8252, 8.5). */
const driveApp = z.strictObject({ clientId: z.string(), clientSecret: z.string() }).readonly()

const lastBackup = z
  .strictObject({
    takenAtMs: z.number(),
    files: z.number(),
    bytes: z.number(),
    addedBytes: z.number(),
    seconds: z.number(),
    skippedFiles: z.number(),
  })
  .readonly()

const problem = z
  .strictObject({
    code: z.enum(ERROR_CODES),
    facts: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
  })
  .readonly()

/** A new secret that was asked for without a known one; see WaitingSecrets for what each mark promises. */
const waiting = z
  .strictObject({
    at: z.enum(['waiting', 'starting', 'in-force']),
    kind: z.enum(['password', 'key']),
    sealed: z.string(), // opens only with the device key in the keychain, and then not to what was typed
    presence: z.enum(['touch-id']).nullable(),
    askedAtMs: z.number(),
    wait: z
      .strictObject({ leftMs: z.number(), creditMs: z.number(), wallMs: z.number(), uptimeMs: z.number() })
      .readonly(),
    announced: z.enum(['nothing', 'asked', 'last-hour']),
    problem: problem.nullable(),
  })
  .readonly()

const protection = z
  .strictObject({
    repository: z.string().min(1),
    mark: z.string(),
    place,
    chats: z.array(chats).readonly(),
    secrets: z.array(z.enum(['password', 'key'])).readonly(),
    waiting: waiting.nullable().default(null),
    sinceMs: z.number(),
    lastBackup: lastBackup.nullable(),
    backupDays: z.array(z.string()).readonly(),
    firstDoneSeen: z.boolean(),
  })
  .readonly()

const draft = z
  .strictObject({
    at: z.enum(['chats', 'place', 'lock', 'password', 'key']),
    chats: z.array(chats).readonly(),
    place: place.nullable(),
    existing: z
      .array(
        z.strictObject({ repository: z.string(), mark: z.string(), lastAddedMs: z.number().nullable() }).readonly(),
      )
      .readonly(),
    startBeside: z.boolean(),
    sameDisk: z.boolean(),
  })
  .readonly()

/** A set-up that got as far as the secret; see SetupService for what each mark promises. */
const creation = z.discriminatedUnion('at', [
  z.strictObject({ at: z.literal('asked') }).readonly(),
  z.strictObject({ at: z.literal('made'), protection }).readonly(),
])

/** A turn-off that was confirmed and has not ended; see TurnOffService. */
const leaving = z
  .strictObject({
    protection,
    deleteBackups: z.boolean(),
    engineDone: z.boolean(), // false: killed on the way, to be carried on
    remaining: z.number(), // objects that could not be deleted so far
  })
  .readonly()

const windowPlace = z
  .strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
  .readonly()
  .nullable()
  .catch(null) // a strange number here is no reason to forget the rest

/**
 * What this app remembers on this computer. Paths live here and in the engine, never in a window.
 *
 * Not sealed: the folders of the chats and of the backup, their names, counts and dates stand here in clear, because
 * the app must know them before any secret is at hand, and they lie open on this computer anyway. No secrets.
 */
export const settingsSchema = z
  .strictObject({
    version: z.literal(1),
    window: windowPlace,
    driveApp: driveApp.optional(),
    startAtSignIn: z.boolean().nullable().default(null), // null: never chosen
    carriesOnSaid: z.boolean().default(false), // that the app goes on when its window is closed
    draft: draft.nullable(),
    creation: creation.nullable(),
    protection: protection.nullable(),
    leaving: z.array(leaving).readonly(),
  })
  .readonly()

export type Settings = z.infer<typeof settingsSchema>
export type StoredChats = z.infer<typeof chats>
export type StoredPlace = z.infer<typeof place>
export type StoredWaiting = z.infer<typeof waiting>
export type StoredProtection = z.infer<typeof protection>
export type StoredDraft = z.infer<typeof draft>
export type Leaving = z.infer<typeof leaving>
export type WindowPlace = NonNullable<Settings['window']>

export const NO_SETTINGS: Settings = {
  version: 1,
  window: null,
  startAtSignIn: null,
  carriesOnSaid: false,
  draft: null,
  creation: null,
  protection: null,
  leaving: [],
}

export const NO_DRAFT: StoredDraft = {
  at: 'chats',
  chats: [],
  place: null,
  existing: [],
  startBeside: false,
  sameDisk: false,
}
