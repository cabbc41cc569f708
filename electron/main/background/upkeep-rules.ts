import type { LastProof, SilentDevice, Storage } from '#common/background.ts'

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

/** What is known of the housekeeping, kept over restarts. */
export type UpkeepMemory = Readonly<{
  cleanedMs: number | null
  proof: LastProof | null
  storage: Storage | null
  silentDevices: readonly SilentDevice[]
  stillUsed: Readonly<Record<string, number>>
  retryMs: number | null // nothing is tried before
  failures: number
  /** Cleaning up would take so much at once that a person is asked first; null: nothing is asked. */
  asksBytes: number | null
  accepted: boolean // a person wants the next cleaning up, with all that goes
  rereadAll: boolean // a proof found damage, and the next backup looks for it and stores it anew
}>

export const NO_UPKEEP: UpkeepMemory = {
  cleanedMs: null,
  proof: null,
  storage: null,
  silentDevices: [],
  stillUsed: {},
  retryMs: null,
  failures: 0,
  asksBytes: null,
  accepted: false,
  rereadAll: false,
}

export type Chore = 'cleaning-up' | 'proving'

const CLEAN_EVERY_MS = 7 * DAY_MS
const PROVE_EVERY_MS = 30 * DAY_MS
/** The first proof does not follow on the heels of the first backup, which was read back just now. */
const FIRST_PROOF_AFTER_MS = DAY_MS
/** People come first, but not for ever. */
const IDLE_SECONDS = 300
const LONGEST_WAIT_MS = 3 * DAY_MS

export type UpkeepMoment = Readonly<{
  nowMs: number
  sinceMs: number // when backups were turned on
  lastBackupMs: number | null
  idleSeconds: number // nobody has touched the computer for so long
}>

/** What should be done now, if nothing holds it back; null: nothing is due, or somebody is at work. */
export function choreDue(memory: UpkeepMemory, moment: UpkeepMoment): Chore | null {
  const { nowMs, idleSeconds, lastBackupMs } = moment
  if (lastBackupMs === null || isBefore(nowMs, memory.retryMs)) return null
  for (const [chore, sinceMs] of [
    ['cleaning-up', dueSince(nowMs, memory.cleanedMs, CLEAN_EVERY_MS, moment.sinceMs + CLEAN_EVERY_MS)],
    ['proving', dueSince(nowMs, memory.proof?.atMs ?? null, PROVE_EVERY_MS, moment.sinceMs + FIRST_PROOF_AFTER_MS)],
  ] as const) {
    if (nowMs < sinceMs) continue
    if (idleSeconds >= IDLE_SECONDS || nowMs - sinceMs > LONGEST_WAIT_MS) return chore
  }
  return null
}

/** Whether anything is due at all, so that what it needs to know is looked up. */
export const isChoreDue = (memory: UpkeepMemory, moment: Omit<UpkeepMoment, 'idleSeconds'>): boolean =>
  choreDue(memory, { ...moment, idleSeconds: Number.POSITIVE_INFINITY }) !== null

/** After a failure it is tried again an hour later, then a day, then with the next time. */
export function afterChoreFailed(memory: UpkeepMemory, nowMs: number): UpkeepMemory {
  const waitMs = memory.failures === 0 ? HOUR_MS : DAY_MS
  return { ...memory, failures: memory.failures + 1, retryMs: nowMs + waitMs }
}

/** Put off because somebody needed the backup meanwhile; no failure. */
export const afterChoreGaveWay = (memory: UpkeepMemory, nowMs: number): UpkeepMemory => ({
  ...memory,
  retryMs: nowMs + HOUR_MS,
})

/** Devices to ask about: those that were not answered for in the last 90 days. */
export const ASK_AGAIN_MS = 90 * DAY_MS
export function toAskAbout({ silentDevices, stillUsed }: UpkeepMemory, nowMs: number): readonly SilentDevice[] {
  return silentDevices.filter(
    ({ deviceId }) => nowMs - (stillUsed[deviceId] ?? Number.NEGATIVE_INFINITY) >= ASK_AGAIN_MS,
  )
}

/** A clock that was ahead must not keep anything from ever being done: a time in the future counts as none. */
function dueSince(nowMs: number, lastMs: number | null, everyMs: number, firstMs: number): number {
  return lastMs === null || lastMs > nowMs ? Math.min(firstMs, nowMs + everyMs) : lastMs + everyMs
}

const isBefore = (nowMs: number, retryMs: number | null): boolean =>
  retryMs !== null && nowMs < retryMs && retryMs - nowMs <= DAY_MS
