import type { SecretKind } from '#common/backup-state.ts'

const DAY_MS = 24 * 3600 * 1000

/** Days after a password was set on which it is asked whether the person still knows it. */
const ASKED_AFTER_DAYS = [1, 7, 30, 90] as const

/** `sinceMs`: when the password of now was set; null: with the backup. `passed`: how many questions are over. */
export type ReminderMemory = Readonly<{ sinceMs: number | null; passed: number; laterMs: number | null }>

/** Whether it is time to ask. Keys are on paper, and nobody is asked to learn them. */
export function isTimeToAsk(
  { sinceMs, passed, laterMs }: ReminderMemory,
  protection: Readonly<{ secrets: readonly SecretKind[]; sinceMs: number }>,
  nowMs: number,
): boolean {
  if (!protection.secrets.includes('password') || (laterMs !== null && nowMs < laterMs)) return false
  return passed < questionsBy(sinceMs ?? protection.sinceMs, nowMs)
}

/** The password was typed and opened the backup: all questions up to now are answered. */
export function known(memory: ReminderMemory, sinceMs: number, nowMs: number): ReminderMemory {
  return { ...memory, passed: questionsBy(memory.sinceMs ?? sinceMs, nowMs), laterMs: null }
}

/** Asked again tomorrow. */
export const later = (memory: ReminderMemory, nowMs: number): ReminderMemory => ({ ...memory, laterMs: nowMs + DAY_MS })

/** A new password begins from the start. */
export const renewed = (nowMs: number): ReminderMemory => ({ sinceMs: nowMs, passed: 0, laterMs: null })

const questionsBy = (sinceMs: number, nowMs: number): number =>
  ASKED_AFTER_DAYS.filter((days) => nowMs - sinceMs >= days * DAY_MS).length
